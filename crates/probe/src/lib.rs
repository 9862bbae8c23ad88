//! all network I/O.
