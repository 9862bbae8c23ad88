//! The virtual hosts: their names, certificates and sites.

use crate::Defence;
use crate::answer::{Answer, Defences, Visit};
use crate::pki::Fault;
use crate::shop::{self, Shop};
use crate::small;

/// A virtual host. `www.` before its name belongs to it too.
#[derive(Clone, Debug)]
pub(crate) struct VirtualHost {
    pub(crate) name: &'static str,
    pub(crate) site: Site,
    /// What is wrong with its certificate.
    pub(crate) fault: Option<Fault>,
    /// It speaks TLS 1.0 and 1.1 alone.
    pub(crate) old_tls: bool,
    /// What it shows, where it is a target to audit.
    pub(crate) about: Option<&'static str>,
}

/// What a host serves.
#[derive(Clone, Debug)]
pub(crate) enum Site {
    Shop(Shop),
    Small,
    Cdn,
}

impl VirtualHost {
    /// `www.` and the name.
    pub(crate) fn www(&self) -> String {
        format!("www.{}", self.name)
    }

    /// Answers a visit to one of its two names.
    pub(crate) fn answer(&self, visit: &Visit) -> Answer {
        match &self.site {
            Site::Shop(shop) => shop.answer(visit),
            Site::Small => small::answer(self.name, visit),
            Site::Cdn => shop::cdn(visit),
        }
    }
}

/// All hosts, with these defences on, in the order of the story.
pub(crate) fn all(defences: &Defences) -> Vec<VirtualHost> {
    let trusted = defences.contains(&Defence::TrustedCertificates);
    let faulty = |fault| if trusted { None } else { Some(fault) };
    let small = |name, about, fault, old_tls| VirtualHost {
        name,
        site: Site::Small,
        fault,
        old_tls,
        about: Some(about),
    };
    let shop = |host, defences, about| VirtualHost {
        name: host,
        site: Site::Shop(Shop { host, defences }),
        fault: None,
        old_tls: false,
        about: Some(about),
    };
    vec![
        shop(
            "shop.example",
            defences.clone(),
            "the weak shop: plain pages, a bare session cookie, mixed content, forms over http, no HSTS",
        ),
        small(
            "self-signed.example",
            "a certificate that vouches for itself",
            faulty(Fault::SelfSigned),
            false,
        ),
        small("expired.example", "a certificate that ended 30 days ago", faulty(Fault::Expired), false),
        small("wrong-name.example", "a certificate for another host", faulty(Fault::WrongName), false),
        small(
            "old.example",
            "a server that speaks TLS 1.0 and 1.1 alone, with CBC suites and 3DES",
            None,
            !defences.contains(&Defence::ModernTls),
        ),
        shop("safe.example", Defence::all(), "the same shop with every defence"),
        VirtualHost { name: shop::CDN, site: Site::Cdn, fault: None, old_tls: false, about: None },
    ]
}
