//! Addresses that are set up differently.

use std::collections::BTreeSet;

use midwatch_model::{AttackId::*, Outcome, Severity, TlsVersion, VersionFacts};

use super::support;
use crate::check::{Findings, ON_PATH_OR_DNS};
use crate::fixes::Setting;
use crate::{Check, View};

pub(crate) static CHECK: Check = Check {
    id: "tls-addresses-differ",
    title: "The addresses of the name are set up differently",
    severity: Severity::Low,
    says: "the addresses of {place} are set up differently",
    about: "A name with several addresses sends each visitor to one of them, and whoever answers the visitor's DNS \
            question or breaks connections can choose which. The weakest of them counts for all.",
    gain: "The weakest set-up among the addresses.",
    from: ON_PATH_OR_DNS,
    attacks: &[StrippingAndDowngrade, DnsSpoofing],
    decided: "Two addresses were measured, and one accepts what the other refuses. Medium where that is a version \
              below TLS 1.2, low for other versions and for suites. Different certificates are info. What could \
              not be measured is not compared.",
    benign: &[
        "A change of configuration may have been on its way from machine to machine.",
        "Machines in different places may hold certificates of their own, renewed at different times.",
    ],
    fix: "Give every machine behind the name the same configuration.",
    settings: &[Setting::ModernTls],
    source: "RFC 9325 3.1.1 (versions) and 4.1 (suites), for each address",
    find: |view, found| {
        let reached: Vec<_> =
            view.endpoints.iter().filter(|endpoint| endpoint.fact.accepted().next().is_some()).collect();
        for version in TlsVersion::ALL {
            let of = |is: fn(&Outcome<VersionFacts>) -> bool| {
                reached.iter().filter(move |endpoint| endpoint.fact.version(version).is_some_and(is))
            };
            let differ = of(Outcome::is_seen).next().is_some() && of(Outcome::is_refused).next().is_some();
            if differ {
                let severity = if version < TlsVersion::Tls12 { Severity::Medium } else { Severity::Low };
                let mut draft = found
                    .at(view.endpoint_name())
                    .severity(severity)
                    .title("The addresses of the name accept different versions");
                for (does, endpoints) in [
                    ("accepts", of(Outcome::is_seen).collect::<Vec<_>>()),
                    ("refuses", of(Outcome::is_refused).collect()),
                ] {
                    for endpoint in endpoints {
                        draft = draft.see(endpoint.id, format!("{} {does} {version}", endpoint.fact.address));
                    }
                }
            }
            differing_suites(view, found, version);
        }
        differing_certificates(view, found);
    },
};

/// Suites of a version that one address accepts and another, whose list is whole, does not.
fn differing_suites(view: &View<'_>, found: &mut Findings, version: TlsVersion) {
    let whole: Vec<_> = support::accepted(view)
        .into_iter()
        .filter(|accepted| accepted.version == version && accepted.facts.suites_incomplete.is_none())
        .collect();
    let names = |facts: &VersionFacts| -> BTreeSet<String> {
        facts.suites.iter().map(|suite| suite.name.clone()).collect()
    };
    let everywhere = whole
        .iter()
        .map(|accepted| names(accepted.facts))
        .reduce(|all, other| all.intersection(&other).cloned().collect())
        .unwrap_or_default();
    for accepted in &whole {
        let only: Vec<String> = names(accepted.facts).difference(&everywhere).cloned().collect();
        if !only.is_empty() {
            let what = format!(
                "{} accepts {} in {version}, which another address does not",
                accepted.at,
                support::names(&only)
            );
            found
                .at(view.endpoint_name())
                .title("The addresses of the name accept different suites")
                .see(accepted.id, what);
        }
    }
}

/// Addresses that show other certificates than the first.
fn differing_certificates(view: &View<'_>, found: &mut Findings) {
    let chains = || {
        view.chains.iter().filter(|chain| chain.fact.host.to_string() == view.certificate_host()).filter_map(
            |chain| Some((chain.id, chain.fact.address, chain.fact.certificates.first()?.sha256.as_str())),
        )
    };
    let at = |address| -> BTreeSet<&str> {
        chains().filter(|(_, other, _)| *other == address).map(|(.., leaf)| leaf).collect()
    };
    let Some((_, first, _)) = chains().next() else { return };
    if chains().all(|(_, address, _)| at(address) == at(first)) {
        return;
    }
    for (id, address, leaf) in chains() {
        found
            .at(view.endpoint_name())
            .severity(Severity::Info)
            .title("The addresses of the name show different certificates")
            .see(id, format!("{address} shows the certificate with SHA-256 {leaf}"));
    }
}

#[cfg(test)]
mod tests {
    use midwatch_model::TlsEndpoint;

    use super::*;
    use crate::testing::*;

    fn two(change: impl Fn(&mut TlsEndpoint)) -> Scene {
        Scene::sound().tls(|tls| {
            tls.address = address("192.0.2.8:443");
            change(tls);
        })
    }

    #[test]
    fn an_old_version_at_one_address_is_medium() {
        let old = |tls: &mut TlsEndpoint| accept(tls, TlsVersion::Tls10, &["TLS_RSA_WITH_AES_128_CBC_SHA"]);
        assert_eq!(two(old).severities(CHECK.id), [Severity::Medium]);
        let no13 = |tls: &mut TlsEndpoint| set_version(tls, TlsVersion::Tls13, Outcome::refused("alert"));
        assert_eq!(two(no13).severities(CHECK.id), [Severity::Low]);
    }

    #[test]
    fn suites_are_compared() {
        let fewer =
            |tls: &mut TlsEndpoint| accept(tls, TlsVersion::Tls12, &["TLS_RSA_WITH_AES_128_GCM_SHA256"]);
        let found = two(fewer).find(CHECK.id);
        assert_eq!(found.iter().map(|finding| finding.severity).collect::<Vec<_>>(), [Severity::Low]);
        let details = found.iter().flat_map(|finding| &finding.evidence);
        assert!(details.clone().any(|evidence| evidence.detail.contains("TLS_RSA_WITH_AES_128_GCM_SHA256")));
        assert!(
            details
                .clone()
                .any(|evidence| evidence.detail.contains("3 suites") || evidence.detail.contains("CHACHA20"))
        );
    }

    #[test]
    fn certificates_are_compared() {
        let other = two(|_| {}).chain(|chain| {
            chain.address = address("192.0.2.8:443");
            if let Some(leaf) = chain.certificates.first_mut() {
                leaf.sha256 = "03".into();
            }
        });
        assert_eq!(other.severities(CHECK.id), [Severity::Info]);
        let same = two(|_| {}).chain(|chain| chain.address = address("192.0.2.8:443"));
        assert!(same.find(CHECK.id).is_empty());
    }

    #[test]
    fn silence_is_no_difference() {
        assert!(two(|_| {}).find(CHECK.id).is_empty());
        assert!(two(silence).find(CHECK.id).is_empty());
        assert!(two(|tls| set_version(tls, TlsVersion::Tls13, timeout())).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }
}
