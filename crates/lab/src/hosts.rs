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
    /// What part it plays in the story.
    pub(crate) role: Role,
}

/// The part that a host plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A target of the story, with what it shows.
    Target(&'static str),
    /// A shop that lacks little, with what it lacks: it shows what one defence decides.
    Gap(&'static str),
    /// Only other hosts' pages refer to it.
    Helper,
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

/// The shops that lack little: name, the defences they lack unless these are switched on, and what they show.
///
/// The weak shop lacks everything, so that one defence alone rarely turns a verdict there. Here it does. Where
/// HSTS would cover the gap (a browser that knows it sends nothing over http), HSTS is missing too.
const GAPS: [(&str, &[Defence], &str); 5] = [
    ("plain.example", &[Defence::HttpsEverywhere], "a sound shop whose pages answer over plain http too"),
    ("no-hsts.example", &[Defence::Hsts], "a sound shop without HSTS"),
    (
        "bare-cookies.example",
        &[Defence::Hsts, Defence::SecureCookies],
        "a shop without HSTS whose session cookie lacks Secure",
    ),
    ("mixed-content.example", &[Defence::NoMixedContent], "a sound shop with scripts and styles over http"),
    (
        "http-forms.example",
        &[Defence::Hsts, Defence::SafeForms],
        "a shop without HSTS whose forms are sent over http",
    ),
];

/// All hosts, with these defences on, in the order of the story.
pub(crate) fn all(defences: &Defences) -> Vec<VirtualHost> {
    let trusted = defences.contains(&Defence::TrustedCertificates);
    let faulty = |fault| if trusted { None } else { Some(fault) };
    let old = !defences.contains(&Defence::ModernTls);
    let mut hosts = vec![
        shop(
            "shop.example",
            defences.clone(),
            Role::Target(
                "the weak shop: plain pages, a bare session cookie, mixed content, forms over http, no HSTS",
            ),
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
            old,
        ),
        shop("safe.example", Defence::all(), Role::Target("the same shop with every defence")),
    ];
    for (name, missing, about) in GAPS {
        let mut on = Defence::all();
        on.retain(|defence| defences.contains(defence) || !missing.contains(defence));
        hosts.push(shop(name, on, Role::Gap(about)));
    }
    hosts.push(VirtualHost {
        name: shop::CDN,
        site: Site::Cdn,
        fault: None,
        old_tls: false,
        role: Role::Helper,
    });
    hosts
}

fn shop(host: &'static str, defences: Defences, role: Role) -> VirtualHost {
    VirtualHost { name: host, site: Site::Shop(Shop { host, defences }), fault: None, old_tls: false, role }
}

fn small(name: &'static str, about: &'static str, fault: Option<Fault>, old_tls: bool) -> VirtualHost {
    VirtualHost { name, site: Site::Small, fault, old_tls, role: Role::Target(about) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_host_that_a_defence_turns_exists() {
        let hosts = all(&Defences::new());
        for defence in Defence::ALL {
            for (name, _) in defence.turns() {
                assert!(hosts.iter().any(|host| host.name == *name), "{defence} turns {name}");
            }
        }
    }

    #[test]
    fn with_every_defence_no_host_has_a_fault() {
        for host in all(&Defence::all()) {
            assert_eq!((host.fault, host.old_tls), (None, false), "{}", host.name);
            if let Site::Shop(shop) = host.site {
                assert_eq!(shop.defences, Defence::all(), "{}", host.name);
            }
        }
    }

    #[test]
    fn a_gap_lacks_what_it_says_until_it_is_switched_on() {
        let lacks = |defences: &Defences, name| {
            let hosts = all(defences);
            let host = hosts.iter().find(|host| host.name == name).expect("a host");
            let Site::Shop(shop) = &host.site else { panic!("{name} is a shop") };
            Defence::all().difference(&shop.defences).copied().collect::<Vec<_>>()
        };
        assert_eq!(lacks(&Defences::new(), "bare-cookies.example"), [Defence::Hsts, Defence::SecureCookies]);
        let one = Defences::from([Defence::SecureCookies]);
        assert_eq!(lacks(&one, "bare-cookies.example"), [Defence::Hsts]);
        assert_eq!(lacks(&one, "no-hsts.example"), [Defence::Hsts]);
    }
}
