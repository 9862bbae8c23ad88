//! Wildcards that reach too far, or that are none.

use midwatch_fields::site;
use midwatch_model::{AttackId::*, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;

pub(crate) static CHECK: Check = Check {
    id: "cert-wildcard",
    title: "A certificate has a wildcard that it should not have",
    severity: Severity::Medium,
    says: "the certificate of {place} has a wildcard that it should not have",
    about: "A star stands for one whole label at the left. Directly below a name that a registry runs, such as co.uk, \
            it stands for the sites of everybody there. Elsewhere in a name, or as a part of a label, it means \
            different things to different programs, and nothing to browsers.",
    gain: "With the key of a certificate for everything below a registry's name: to be any site there.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation],
    decided: "The leaf of any chain. Medium: the star stands alone, or directly below a name of the ICANN part of \
              the Public Suffix List, in a chain that a public root programme trusts. Low: more than one star, a \
              star that is a part of a label (also of an internationalised one), or one that is not leftmost.",
    benign: &[
        "Who runs a whole top-level domain for themselves, as some companies do, may have a wildcard for it.",
    ],
    fix: "Get a certificate that lists the names that the server has.",
    settings: &[],
    source: "CA/Browser Forum Baseline Requirements 3.2.2.6 and 1.6.1 (Wildcard Domain Name); RFC 9525 6.3",
    find: |view, found| {
        for chain in &view.chains {
            let Some(leaf) = support::leaf(chain.fact) else { continue };
            let public = support::public_leaf(chain.fact).is_some();
            let host = chain.fact.host.to_string();
            for name in &leaf.names {
                let Some((severity, what)) = fault(name, public) else { continue };
                let what = format!("{} names {name}: {what}", support::which(chain.fact, 0));
                found
                    .at(support::place(chain.fact))
                    .severity(support::at_host(view, &host, severity))
                    .see(chain.id, what);
            }
        }
    },
};

fn fault(name: &str, public: bool) -> Option<(Severity, &'static str)> {
    if !name.contains('*') {
        return None;
    }
    let Some((first, rest)) = name.split_once('.') else {
        let alone = "the star stands for every name of one label";
        return (public || name != "*")
            .then_some((if public { Severity::Medium } else { Severity::Low }, alone));
    };
    if rest.contains('*') {
        let several = first.contains('*');
        let what =
            if several { "it has more than one star" } else { "the star is not in the leftmost label" };
        Some((Severity::Low, what))
    } else if first != "*" {
        Some((Severity::Low, "the star is a part of a label"))
    } else if public && site::is_registry_suffix(rest) {
        Some((Severity::Medium, "it stands for the sites of everybody below a registry's name"))
    } else {
        None
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
    fn wildcards_are_weighed() {
        for (name, severity) in [
            ("*.shop.example", None),
            ("*.shop.co.uk", None),
            ("*.github.io", None),
            ("shop.co.uk", None),
            ("*.co.uk", Some(Severity::Medium)),
            ("*.com", Some(Severity::Medium)),
            ("*", Some(Severity::Medium)),
            ("*.*.shop.de", Some(Severity::Low)),
            ("w*.shop.de", Some(Severity::Low)),
            ("xn--*-abc.shop.de", Some(Severity::Low)),
            ("www.*.shop.de", Some(Severity::Low)),
            ("www.shop.*", Some(Severity::Low)),
        ] {
            assert_eq!(named(name).severities(CHECK.id).first().copied(), severity, "{name}");
        }
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }

    #[test]
    fn a_private_authority_may_have_its_own_suffixes() {
        let private = |chain: &mut midwatch_model::CertificateChain| chain.trust[0].store = "given".into();
        assert!(named("*.co.uk").change_chain(private).find(CHECK.id).is_empty());
        assert_eq!(named("w*.shop.de").change_chain(private).severities(CHECK.id), [Severity::Low]);
    }
}
