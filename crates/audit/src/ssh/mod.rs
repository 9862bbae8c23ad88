//! What others know of an SSH server's host keys: one module for each source, each a pure function of facts.

pub mod published;
pub mod sshfp;
pub mod trust_file;
