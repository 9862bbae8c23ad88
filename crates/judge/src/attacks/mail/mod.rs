//! The attack methods on a domain's mail, one file each.

mod grounds;

pub(super) mod dns_spoofing;
pub(super) mod eavesdropping;
pub(super) mod email_hijacking;
pub(super) mod impersonation;
pub(super) mod ip_hijacking;
pub(super) mod stripping_and_downgrade;
