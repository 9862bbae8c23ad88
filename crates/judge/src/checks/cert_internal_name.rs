//! A public certificate for a name that nobody can own.

use midwatch_model::{AttackId::*, Severity, Time};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::view::trust::public_store;

pub(crate) static CHECK: Check = Check {
    id: "cert-internal-name",
    title: "A public certificate holds a name that nobody can own",
    severity: Severity::Low,
    says: "the certificate of {place} holds a name of internal networks",
    about: "Names without a dot, names under .local and its like, and private addresses exist in many networks at \
            once. An authority cannot find out whose they are, so it may not put them into a certificate: whoever \
            gets one is that name in everybody's network.",
    gain: "To be a server of that name in another network without any warning; and from the report, to know names \
           of internal systems.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation],
    decided: "The leaf of a chain that a public root programme trusts lists a name without a dot, a name under a \
              domain that is reserved or never delegated (.local, .internal, .lan, .corp, .home, .mail, .test, \
              .invalid, .localhost, .alt, home.arpa), a private, loopback or link-local address, or, in a \
              certificate from 15 March 2026 on, a name of the reverse zones (in-addr.arpa, ip6.arpa). Names below \
              .example are left out: they stand in documentation, and no network uses them.",
    benign: &[],
    fix: "Leave the name out, and give internal systems names below a domain of your own.",
    settings: &[],
    source: "CA/Browser Forum Baseline Requirements 4.2.2 and 7.1.2.7.12; RFC 2606; RFC 6761; \
             RFC 6762; RFC 8375; RFC 9476",
    find: |view, found| {
        for chain in &view.chains {
            let leaf = chain.fact.certificates.first().and_then(|leaf| leaf.parsed.as_ref());
            let (Some(leaf), Some(_)) = (leaf, public_store(chain.fact)) else { continue };
            let internal: Vec<&str> = leaf
                .names
                .iter()
                .map(String::as_str)
                .filter(|name| is_internal(name) || is_reverse(name) && leaf.not_before >= reverse_since())
                .collect();
            if !internal.is_empty() {
                let names = support::names(&internal);
                let detail = format!("{} names {names}", support::which(chain.fact, 0));
                found.at(support::place(chain.fact)).see(chain.id, detail);
            }
        }
    },
};

/// Top-level domains that networks use and that no registry runs: reserved (RFC 2606, RFC 6761, RFC 6762, RFC 9476),
/// reserved by ICANN's board (internal), or put off for good because so many networks use them (corp, home, mail; lan
/// was never applied for). `example` is reserved as well and in no root zone, so that the letter of the Baseline
/// Requirements (1.6.1, Internal Name) has it too. It is left out: what makes an internal name dangerous is that
/// other networks have hosts of that name, and RFC 6761 section 6.5 keeps `example` for documentation.
const TOP: [&str; 10] =
    ["local", "internal", "lan", "corp", "home", "mail", "test", "invalid", "localhost", "alt"];

/// From when public authorities may not put names of the reverse zones into certificates (Baseline Requirements 4.2.2).
fn reverse_since() -> Time {
    Time::constant(1_773_532_800, 0)
}

fn is_reverse(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(".in-addr.arpa") || name.ends_with(".ip6.arpa")
}

fn is_internal(name: &str) -> bool {
    use std::net::IpAddr;
    match name.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_private() || address.is_loopback() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
        Err(_) => {
            let name = name.to_ascii_lowercase();
            match name.rsplit_once('.') {
                None => true,
                Some((before, top)) => {
                    TOP.contains(&top) || top == "arpa" && (before == "home" || before.ends_with(".home"))
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn named(name: &str) -> Scene {
        Scene::sound().change_chain(|chain| change_leaf(chain, |leaf| leaf.names = vec![name.into()]))
    }

    #[test]
    fn internal_names_are_found() {
        for name in ["mail", "nas.local", "*.corp", "a.home.arpa", "10.0.0.1", "fe80::1", "::1", "A.LAN"] {
            assert_eq!(named(name).find(CHECK.id).len(), 1, "{name}");
        }
        for name in
            ["shop.de", "local.shop.de", "*.shop.de", "192.0.2.7", "2001:db8::1", "in-addr.arpa.shop.de"]
        {
            assert!(named(name).find(CHECK.id).is_empty(), "{name}");
        }
    }

    #[test]
    fn reverse_zones_count_from_their_day_on() {
        let at = |day: &str| {
            let day = time(day);
            named("1.0.0.127.in-addr.arpa")
                .change_chain(move |chain| change_leaf(chain, |leaf| leaf.not_before = day))
        };
        assert!(at("2026-03-14T23:59:59Z").find(CHECK.id).is_empty());
        assert_eq!(at("2026-03-15T00:00:00Z").find(CHECK.id).len(), 1);
    }

    #[test]
    fn a_private_authority_names_what_it_likes() {
        let private = named("nas.local")
            .change_chain(|chain| chain.trust.iter_mut().for_each(|one| one.store = "given".into()));
        assert!(private.find(CHECK.id).is_empty());
    }
}
