//! HTTP header fields and their meaning, no I/O.
