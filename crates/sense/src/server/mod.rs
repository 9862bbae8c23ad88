//! This computer as a server: what its programs are told to serve.
//!
//! Files are read, and no program is run: a server's configuration may name programs, and whoever can write it would
//! have them run by whoever looks.

pub mod settings;
