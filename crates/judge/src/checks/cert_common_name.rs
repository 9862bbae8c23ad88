//! A host in the common name and not where it is looked for.

use midwatch_model::{AttackId::*, ParsedCertificate, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;

pub(crate) static CHECK: Check = Check {
    id: "cert-common-name",
    title: "The common name says something else than the names of the certificate",
    severity: Severity::Info,
    says: "the common name of the certificate of {place} is not among its names",
    about: "Browsers look for a host among the certificate's names (subjectAltName) and nowhere else. Old programs \
            look at the common name too, or alone: for them such a certificate is for another host, and no \
            authority's check of the names says that it may be.",
    gain: "With a program that still looks there, to be the host of the common name.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation],
    decided: "The leaf of a chain that a public root programme trusts has a common name that is none of its names, \
              character for character; or the leaf of any chain has no names and a common name that looks like a \
              host. A certificate with so many names that not all were kept is left out.",
    benign: &["A private authority may write into the common name what it likes, which is not counted."],
    fix: "Get a certificate without a common name, or with one of its names there.",
    settings: &[],
    source: "CA/Browser Forum Baseline Requirements 7.1.4.3 and 7.1.2.7.12; RFC 9525 6.1",
    find: |view, found| {
        for chain in &view.chains {
            let Some(leaf) = support::leaf(chain.fact) else { continue };
            let public = support::public_leaf(chain.fact).is_some();
            let Some(what) = fault(leaf, public) else { continue };
            let what = format!("{} {what}", support::which(chain.fact, 0));
            found.at(support::place(chain.fact)).see(chain.id, what);
        }
    },
};

fn fault(leaf: &ParsedCertificate, public: bool) -> Option<String> {
    let name = leaf.common_name.as_deref()?;
    if leaf.names.is_empty() && leaf.odd_names.is_empty() {
        return is_host_like(name).then(|| format!("has the common name {name} and no subjectAltName"));
    }
    let other =
        public && leaf.names.len() < support::MAX_NAMES_KEPT && !leaf.names.iter().any(|other| other == name);
    other.then(|| format!("has the common name {name}, which is not among its names"))
}

/// At least two labels with nothing in them that names of people and devices have.
fn is_host_like(name: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '*'))
    };
    midwatch_fields::site::is_address(name) || name.contains('.') && name.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn named(common: &str, names: &[&str]) -> Scene {
        Scene::sound().change_chain(|chain| {
            change_leaf(chain, |leaf| {
                leaf.common_name = Some(common.into());
                leaf.names = names.iter().map(|name| (*name).into()).collect();
            });
        })
    }

    #[test]
    fn a_name_of_its_own_is_found() {
        for (common, names, found) in [
            ("shop.example", &["shop.example"][..], false),
            ("bank.example", &["shop.example"], true),
            ("Shop.example", &["shop.example"], true),
            ("Shop Limited", &["shop.example"], true),
            ("shop.example", &[], true),
            ("192.0.2.7", &[], true),
            ("Shop Limited", &[], false),
        ] {
            assert_eq!(!named(common, names).find(CHECK.id).is_empty(), found, "{common} {names:?}");
        }
        assert!(Scene::sound().find(CHECK.id).is_empty());
        let without = Scene::sound().change_chain(|chain| change_leaf(chain, |leaf| leaf.common_name = None));
        assert!(without.find(CHECK.id).is_empty());
    }

    #[test]
    fn a_private_authority_and_a_list_that_was_cut_are_left_alone() {
        let private = |chain: &mut midwatch_model::CertificateChain| chain.trust[0].store = "given".into();
        assert!(named("bank.example", &["shop.example"]).change_chain(private).find(CHECK.id).is_empty());
        assert_eq!(named("bank.example", &[]).change_chain(private).find(CHECK.id).len(), 1);
        let many = named("bank.example", &["shop.example"; support::MAX_NAMES_KEPT]);
        assert!(many.find(CHECK.id).is_empty());
    }
}
