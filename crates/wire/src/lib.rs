//! bytes to protocol and back, no I/O.
