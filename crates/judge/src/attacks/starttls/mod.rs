//! The attack methods on services whose connections begin in plain text, one file each.

pub(super) mod dns_spoofing;
pub(super) mod eavesdropping;
mod grounds;
pub(super) mod impersonation;
pub(super) mod ip_hijacking;
pub(super) mod stripping_and_downgrade;
#[cfg(test)]
mod tests;
