//! What this computer and its network show.

use std::net::IpAddr;

use midwatch_model::{CertificateChain, Echo, ResolverAnswers};

use super::Seen;

/// The facts of `midwatch here`, by kind.
#[derive(Debug, Default)]
pub(crate) struct Here<'a> {
    /// What echoes say.
    pub(crate) echoes: Vec<Seen<'a, Echo>>,
    /// What the system's resolver answers.
    pub(crate) resolvers: Vec<Seen<'a, ResolverAnswers>>,
    /// The chains of public sites, as they are met from here. What is at fault with the sites themselves is for
    /// their owners, so that no check of theirs looks at these.
    pub(crate) chains: Vec<Seen<'a, CertificateChain>>,
}

/// An address that only machines of the same network, or this one, can reach.
pub(crate) fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(ip) => {
            // 100.64.0.0/10 is shared address space (RFC 6598).
            let shared = matches!(ip.octets(), [100, 64..=127, ..]);
            shared || ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified()
        }
        IpAddr::V6(ip) => {
            ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local()
        }
    }
}
