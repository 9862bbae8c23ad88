//! The attack methods as they show on a server from inside.
//!
//! The server's own files are what is looked at, so that a method counts as closed as far as they tell. Each kind of
//! fact has its gaps and its reasons in a file of its own.

pub(crate) mod eavesdropping;
pub(crate) mod impersonation;
mod listening;
pub(crate) mod session_hijacking;
mod sites;
pub(crate) mod stripping_and_downgrade;
