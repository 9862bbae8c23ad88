//! The methods as they concern SSH servers, remotes of git and its repositories.

pub(crate) mod dns_spoofing;
pub(crate) mod eavesdropping;
mod grounds;
pub(crate) mod impersonation;
pub(crate) mod ip_hijacking;
pub(crate) mod stripping_and_downgrade;
