//! the renderers of a report.
