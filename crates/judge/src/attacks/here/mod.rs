//! The attack methods as they show on one's own computer and network.
//!
//! Signs of somebody are what is looked for: where none is found and enough was looked at, a method counts as closed
//! as far as it can be seen from here.

pub(crate) mod dns_spoofing;
pub(crate) mod eavesdropping;
pub(crate) mod http_injection;
pub(crate) mod impersonation;
pub(crate) mod ip_hijacking;
pub(crate) mod man_in_the_browser;
