//! Names that are not written as they have to be.

use midwatch_model::{AttackId::*, OddNameKind, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;

pub(crate) static CHECK: Check = Check {
    id: "cert-name-form",
    title: "A certificate has a name that is not written as it has to be",
    severity: Severity::Info,
    says: "the certificate of {place} has a name that is not written as it has to be",
    about: "A name in a certificate is a DNS name in letters, digits and hyphens, with other scripts in their xn-- \
            form, or an address in four or sixteen octets. Programs differ in what they make of anything else: the \
            one that issues and the one that verifies may each read another name.",
    gain: "With a program that reads the name otherwise: to be a host that the authority never asked about.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation],
    decided: "The leaf's subjectAltName holds letters outside ASCII, an empty name or label, a dot at the end, a label \
              of more than 63 or a name of more than 253 characters, any other character than letters, digits, \
              hyphens and a leftmost star, an address as a DNS name, or an entry that cannot be read. The same of an \
              underscore, and of e-mail addresses, URIs and other kinds of names, where a public root programme \
              trusts the chain. Low with a public root programme, info otherwise; an underscore is info.",
    benign: &[
        "A private authority may put a user's e-mail address or a service's URI beside host names (SPIFFE \
               does), which is not counted.",
    ],
    fix: "Get a certificate with the names in their plain form: xn-- for other scripts, addresses as addresses, \
          nothing that is no host.",
    settings: &[],
    source: "CA/Browser Forum Baseline Requirements 7.1.2.7.12; RFC 5280 4.2.1.6 and 7.2; RFC 9525 6.2",
    find: |view, found| {
        for chain in &view.chains {
            let Some(leaf) = support::leaf(chain.fact) else { continue };
            let public = support::public_leaf(chain.fact).is_some();
            let severity = if public { Severity::Low } else { Severity::Info };
            let names = leaf.names.iter().filter_map(|name| Some((name, of_name(name, public)?)));
            let odd = leaf.odd_names.iter().filter_map(|odd| Some((&odd.value, of_kind(odd.kind, public)?)));
            for (name, (what, form)) in names.chain(odd) {
                let severity = if form == UNDERSCORE { Severity::Info } else { severity };
                let what =
                    format!("{} names {}: {what}", support::which(chain.fact, 0), support::quoted(name));
                found.at(support::place(chain.fact)).severity(severity).see(chain.id, what);
            }
        }
    },
};

const UNDERSCORE: bool = true;

/// What is wrong with a DNS name, and whether it is but an underscore.
fn of_name(name: &str, public: bool) -> Option<(&'static str, bool)> {
    if midwatch_fields::site::is_address(name) {
        return None;
    }
    let plain = name.strip_prefix("*.").unwrap_or(name);
    let strange = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '.' | '_' | '*');
    let what = if name.is_empty() {
        "it is empty"
    } else if !name.is_ascii() {
        "letters outside ASCII belong into their xn-- form"
    } else if name.ends_with('.') {
        "it ends with a dot"
    } else if plain.split('.').any(str::is_empty) {
        "a label is empty"
    } else if name.len() > 253 || plain.split('.').any(|label| label.len() > 63) {
        "it is longer than a DNS name can be"
    } else if plain.contains(strange) {
        "it holds a character that no host name has"
    } else if plain.split('.').any(|label| label.starts_with('-') || label.ends_with('-')) {
        "a label begins or ends with a hyphen"
    } else if public && plain.contains('_') {
        return Some(("an underscore is in no host name", UNDERSCORE));
    } else {
        // A star elsewhere is told by cert-wildcard.
        return None;
    };
    Some((what, false))
}

fn of_kind(kind: OddNameKind, public: bool) -> Option<(&'static str, bool)> {
    let what = match kind {
        OddNameKind::AddressAsName => "an address stands as a DNS name",
        OddNameKind::BrokenAddress => "an address has 4 or 16 octets",
        OddNameKind::Unreadable => "it cannot be read",
        OddNameKind::Email if public => "an e-mail address is no name of a server",
        OddNameKind::Uri if public => "a URI is no name of a server",
        OddNameKind::Other if public => "it is neither a DNS name nor an address",
        OddNameKind::Email | OddNameKind::Uri | OddNameKind::Other => return None,
    };
    Some((what, false))
}

#[cfg(test)]
mod tests {
    use midwatch_model::OddName;

    use super::*;
    use crate::testing::*;

    fn named(name: &str) -> Scene {
        Scene::sound().change_chain(|chain| change_leaf(chain, |leaf| leaf.names = vec![name.into()]))
    }

    fn odd(kind: OddNameKind) -> Scene {
        let name = OddName { kind, value: "a@shop.example".into() };
        Scene::sound().change_chain(|chain| change_leaf(chain, |leaf| leaf.odd_names = vec![name.clone()]))
    }

    fn private(scene: Scene) -> Scene {
        scene.change_chain(|chain| chain.trust[0].store = "given".into())
    }

    #[test]
    fn forms_are_weighed() {
        let (label, long) = (format!("{}.de", "a".repeat(64)), vec!["a"; 128].join("."));
        for name in [
            "",
            "müller.de",
            "shop.de.",
            "shop..de",
            ".shop.de",
            "a b.de",
            "-a.de",
            "a-.de",
            &label,
            &long,
            "\\xff.de",
        ] {
            assert_eq!(named(name).severities(CHECK.id), [Severity::Low], "{name}");
            assert_eq!(private(named(name)).severities(CHECK.id), [Severity::Info], "{name}");
        }
        for name in
            ["shop.de", "*.shop.de", "xn--mller-kva.de", "192.0.2.7", "2001:db8::1", "w*.shop.de", "a--b.de"]
        {
            assert!(named(name).find(CHECK.id).is_empty(), "{name}");
        }
        assert_eq!(named("a_b.shop.de").severities(CHECK.id), [Severity::Info]);
        assert!(private(named("a_b.shop.de")).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }

    #[test]
    fn other_kinds_are_a_public_authoritys_fault_alone() {
        for kind in [OddNameKind::AddressAsName, OddNameKind::BrokenAddress, OddNameKind::Unreadable] {
            assert_eq!(odd(kind).severities(CHECK.id), [Severity::Low], "{kind:?}");
            assert_eq!(private(odd(kind)).severities(CHECK.id), [Severity::Info], "{kind:?}");
        }
        for kind in [OddNameKind::Email, OddNameKind::Uri, OddNameKind::Other] {
            assert_eq!(odd(kind).severities(CHECK.id), [Severity::Low], "{kind:?}");
            assert!(private(odd(kind)).find(CHECK.id).is_empty(), "{kind:?}");
        }
    }
}
