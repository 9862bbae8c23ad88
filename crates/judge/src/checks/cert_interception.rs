//! The certificate is one of a product that opens TLS on the way.

use midwatch_model::{AttackId::*, Confidence, KnownBy, KnownIssuer, KnownKind, Severity, Station};

use super::support;
use crate::Check;
use crate::view::trust::trusting_store;

pub(crate) static CHECK: Check = Check {
    id: "cert-interception",
    title: "The certificate is one of a product that opens TLS on the way",
    severity: Severity::High,
    says: "the certificate of {place} was made by something that opens TLS on the way",
    about: "Security software, company proxies and tools of developers stand between a computer and the servers that it \
            asks: they end the connection, read it, and go on with one of their own. They show certificates of a root \
            of theirs. What was measured then is the product and not the server.",
    gain: "Everything that passes through the product. Where its root is one whose key is public, everybody has that \
           gain.",
    from: &[Station::You, Station::Router, Station::Network],
    attacks: &[Impersonation],
    decided: "A chain that no public root programme trusts, with an issuer whose name or key is in the bundled table of \
              such products and of roots that were misused. Critical for a root whose key is public. Info where the \
              roots that were given with --trust vouch for it, which says that it is meant. A key is firm; a name can \
              be written by anybody and is tentative.",
    benign: &[
        "Security software on this computer, or a proxy of the company, that its owner set up.",
        "A test server that was set up with such a certificate.",
    ],
    fix: "Find out who set the product up, and audit from a network without it. Where nobody did, take its root out of \
          the computer's stores and look for the program that put it there.",
    settings: &[],
    source: "RFC 5280 6.1.1 (d); the table of each entry's source",
    find: |view, found| {
        for chain in &view.chains {
            let Some(known) = &chain.fact.known else { continue };
            let severity = match (known.kind, trusting_store(chain.fact).is_some()) {
                (KnownKind::BadRoot, _) => Severity::Critical,
                (_, true) => Severity::Info,
                (_, false) => Severity::High,
            };
            let confidence = match known.by {
                KnownBy::Key => Confidence::Firm,
                KnownBy::Name => Confidence::Tentative,
            };
            found
                .at(support::place(chain.fact))
                .severity(support::at_host(view, &chain.fact.host.to_string(), severity))
                .confidence(confidence)
                .see(chain.id, what(known, &support::which(chain.fact, known.at)));
        }
    },
};

fn what(known: &KnownIssuer, which: &str) -> String {
    let kind = match known.kind {
        KnownKind::SecurityProduct => "security software",
        KnownKind::Proxy => "a proxy or firewall",
        KnownKind::DeveloperTool => "a tool of developers",
        KnownKind::BadRoot => "a root that nobody may trust",
    };
    let by = match known.by {
        KnownBy::Key => "by its key",
        KnownBy::Name => "by its issuer's name",
    };
    format!("{which} is known {by}, {}, as {kind}: {} ({})", known.matched, known.name, known.source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn with(kind: KnownKind, by: KnownBy, trusted: bool) -> Scene {
        Scene::sound().change_chain(|chain| {
            for decision in &mut chain.trust {
                (decision.store, decision.trusted) = ("given".into(), trusted);
            }
            chain.known = Some(KnownIssuer {
                name: "A product".into(),
                kind,
                at: 0,
                by,
                matched: "CN=A product".into(),
                source: "a test".into(),
            });
        })
    }

    #[test]
    fn what_is_meant_counts_for_little_and_a_bad_root_never() {
        let severities = |kind, trusted| with(kind, KnownBy::Name, trusted).severities(CHECK.id);
        assert_eq!(severities(KnownKind::Proxy, false), [Severity::High]);
        assert_eq!(severities(KnownKind::Proxy, true), [Severity::Info]);
        assert_eq!(severities(KnownKind::BadRoot, true), [Severity::Critical]);
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }

    #[test]
    fn a_name_is_less_than_a_key() {
        let confidence = |by| with(KnownKind::Proxy, by, false).find(CHECK.id)[0].confidence;
        assert_eq!(confidence(KnownBy::Key), Confidence::Firm);
        assert_eq!(confidence(KnownBy::Name), Confidence::Tentative);
    }
}
