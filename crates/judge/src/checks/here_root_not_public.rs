//! A site whose certificate only this computer trusts.

use midwatch_model::{AttackId::*, CertificateChain, Confidence, KnownKind, Severity, Station};

use super::support;
use crate::Check;
use crate::view::trust::public_store;

pub(crate) static CHECK: Check = Check {
    id: "here-root-not-public",
    title: "A public site shows a certificate that only this computer trusts",
    severity: Severity::High,
    says: "{place} shows a certificate whose root is trusted on this computer and by no public programme",
    about: "Sites for everybody have certificates of public authorities. Where the chain that is met from here leads to \
            a root that was added to this computer instead, somebody between opens TLS, and the browser says nothing, \
            because it was told to trust them.",
    gain: "Everything that is sent to the site and comes from it, with a padlock that looks right.",
    from: &[Station::You, Station::Router, Station::Network],
    attacks: &[Impersonation, Eavesdropping, HttpInjection],
    decided: "A chain met for one of the sites of --sites that this computer's store or a root of --trust vouches for, \
              and no public root programme does. Critical where the root is one whose key is public. Where its name or \
              key is in the table of products that open TLS, the product is named.",
    benign: &[
        "A company's proxy or security software whose root was added on purpose.",
        "A site of one's own organisation among those that were named, with a certificate of its own authority.",
    ],
    fix: "Find out who added the root (midwatch here lists those that are not public). Where nobody did on purpose, \
          remove it, and look for the program that put it there before you log in to anything.",
    settings: &[],
    source: "Durumeric and others, \"The Security Impact of HTTPS Interception\" (2017); RFC 5280 6.1.1 (d)",
    find: |view, found| {
        for seen in &view.here.chains {
            if public_store(seen.fact).is_some() || !seen.fact.trust.iter().any(|decision| decision.trusted) {
                continue;
            }
            let bad = seen.fact.known.as_ref().is_some_and(|known| known.kind == KnownKind::BadRoot);
            found
                .at(support::place(seen.fact))
                .severity(if bad { Severity::Critical } else { Severity::High })
                .confidence(Confidence::Firm)
                .see(seen.id, what(seen.fact));
        }
    },
};

fn what(chain: &CertificateChain) -> String {
    let last = chain.certificates.iter().rev().find_map(|certificate| certificate.parsed.as_ref());
    let issuer = last.map_or("nobody that can be read", |last| last.issuer.as_str());
    let known = chain.known.as_ref().map(|known| format!(", known as {} ({})", known.name, known.source));
    format!(
        "{} leads to {issuer}{}, which no public programme has",
        support::which(chain, 0),
        known.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use midwatch_model::{KnownBy, KnownIssuer};

    use super::*;
    use crate::testing::*;

    #[test]
    fn the_product_is_named_where_it_is_known() {
        let known = |kind| {
            Scene::met_here(|chain| {
                (chain.trust[0].store, chain.trust[0].trusted) = ("system".into(), true);
                chain.known = Some(KnownIssuer {
                    name: "A product".into(),
                    kind,
                    at: 0,
                    by: KnownBy::Name,
                    matched: "CN=A product".into(),
                    source: "its maker's page".into(),
                });
            })
        };
        let found = known(KnownKind::Proxy).find(CHECK.id);
        assert_eq!(found[0].severity, Severity::High);
        let detail = &found[0].evidence[0].detail;
        assert!(detail.contains("known as A product (its maker's page)"), "{detail}");
        assert_eq!(known(KnownKind::BadRoot).severities(CHECK.id), [Severity::Critical]);
    }

    #[test]
    fn a_root_of_this_computer_alone_is_found() {
        let store = |store: &str, trusted: bool| {
            Scene::met_here(|chain| {
                (chain.trust[0].store, chain.trust[0].trusted) = (store.into(), trusted);
            })
        };
        assert_eq!(store("system", true).severities(CHECK.id), [Severity::High]);
        assert_eq!(store("given", true).severities(CHECK.id), [Severity::High]);
        assert!(store("mozilla", true).find(CHECK.id).is_empty());
        assert!(store("system", false).find(CHECK.id).is_empty(), "whom nobody trusts is another check's");
        // On a site's own audit it says nothing.
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }
}
