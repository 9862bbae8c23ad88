//! A trust anchor of a product that opens TLS on the way.

use midwatch_model::{AttackId::*, Confidence, KnownBy, KnownKind, Severity, Station};

use super::support::{anchor_place, anchor_story};
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "trust-anchor-interception-product",
    title: "A trust anchor of a product that opens TLS on the way",
    severity: Severity::Medium,
    says: "{place} belongs to a product that opens connections",
    about: "Security software and company proxies end each connection, read it, and go on with a certificate of their own, \
            which this computer accepts because of this anchor. What the product checks of the real server, and how well, \
            nobody but the product sees.",
    gain: "The product reads everything. Where it verifies badly, somebody behind it does as well.",
    from: &[Station::You, Station::Network],
    attacks: &[Impersonation, ManInTheBrowser],
    decided: "An anchor whose key or name is in the bundled table of such products. That it is there does not show that the \
              product runs, or that it opens a given connection: midwatch site tells that of a site.",
    benign: &["A company's own proxy or security software that its users know of."],
    fix: "Where the product is meant to be there, nothing is to be done but to keep it up to date. Where it is gone, or \
          nobody knows it, take its anchor out.",
    settings: &[],
    source: "Durumeric et al., The Security Impact of HTTPS Interception, NDSS 2017; the bundled table",
    find: |view, found| {
        for (seen, anchor) in view.here.local.anchors() {
            let is_product = |kind: KnownKind| matches!(kind, KnownKind::SecurityProduct | KnownKind::Proxy);
            let Some(known) = anchor.known.as_ref().filter(|known| is_product(known.kind)) else { continue };
            let story = anchor_story(anchor, view.now);
            let confidence = match known.by {
                KnownBy::Key => Confidence::Certain,
                KnownBy::Name => Confidence::Firm,
            };
            found.at(anchor_place(seen.fact, anchor)).confidence(confidence).see(
                seen.id,
                format!("expected public roots alone, observed {} ({}): {story}", known.name, known.source),
            );
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::KnownAnchor;

    use super::*;
    use crate::testing::*;

    fn with(kind: KnownKind) -> Vec<Severity> {
        let mut anchor = local_anchor("CN=Product Root");
        let by = KnownBy::Name;
        anchor.known = Some(KnownAnchor { name: "Product".into(), kind, by, source: "a list".into() });
        Scene::empty().anchors(&[anchor]).severities(CHECK.id)
    }

    #[test]
    fn products_and_proxies_are_named() {
        assert_eq!(with(KnownKind::SecurityProduct), [Severity::Medium]);
        assert_eq!(with(KnownKind::Proxy), [Severity::Medium]);
    }

    #[test]
    fn others_are_not() {
        assert!(with(KnownKind::BadRoot).is_empty());
        assert!(with(KnownKind::DeveloperTool).is_empty());
        assert!(Scene::here_local().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
