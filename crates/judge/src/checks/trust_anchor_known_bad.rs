//! A trust anchor whose key is public, or that was misused.

use midwatch_model::{AttackId::*, Confidence, KnownBy, KnownKind, Severity, Station};

use super::support::{anchor_place, anchor_story};
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "trust-anchor-known-bad",
    title: "A trust anchor whose key is public, or that was misused",
    severity: Severity::Critical,
    says: "{place} lets anybody sign certificates for this computer",
    about: "Some products shipped a root together with its private key, and some authorities were misused. Their roots \
            were taken out of every programme; this computer still trusts one of them.",
    gain: "Anybody on the way reads and changes everything that is sent over https, without a warning: where the key is \
           public it takes no more than a download.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    attacks: &[Impersonation, ManInTheBrowser, StrippingAndDowngrade],
    decided: "An anchor whose key or name is in the bundled table of such roots. By its key it is certain; by its name it \
              is firm, because anybody can write a name.",
    benign: &["A certificate that has the name of such a root and another key, for a test."],
    fix: "Take it out at once: delete the file and run update-ca-certificates (Debian) or update-ca-trust (Fedora), or \
          delete it in the browser's list of authorities. Then look for the product that added it.",
    settings: &[],
    source: "The bundled table; each finding names its source",
    find: |view, found| {
        for (seen, anchor) in view.here.local.anchors() {
            let Some(known) = anchor.known.as_ref().filter(|known| known.kind == KnownKind::BadRoot) else {
                continue;
            };
            let story = anchor_story(anchor, view.now);
            let confidence = match known.by {
                KnownBy::Key => Confidence::Certain,
                KnownBy::Name => Confidence::Firm,
            };
            found
                .at(anchor_place(seen.fact, anchor))
                .confidence(confidence)
                .source(known.source.as_str())
                .see(seen.id, format!("expected it in no store, observed {}: {story}", known.name));
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::KnownAnchor;

    use super::*;
    use crate::testing::*;

    fn with(kind: KnownKind, by: KnownBy) -> Vec<(Severity, Confidence)> {
        let mut anchor = local_anchor("CN=Superfish, Inc.");
        anchor.known = Some(KnownAnchor { name: "Superfish".into(), kind, by, source: "a list".into() });
        let found = Scene::here_local().anchors(&[anchor]).find(CHECK.id);
        found.into_iter().map(|one| (one.severity, one.confidence)).collect()
    }

    #[test]
    fn a_bad_root_is_critical_and_surer_by_its_key() {
        assert_eq!(with(KnownKind::BadRoot, KnownBy::Key), [(Severity::Critical, Confidence::Certain)]);
        assert_eq!(with(KnownKind::BadRoot, KnownBy::Name), [(Severity::Critical, Confidence::Firm)]);
    }

    #[test]
    fn others_are_not() {
        assert!(with(KnownKind::Proxy, KnownBy::Key).is_empty());
        let own = Scene::empty().anchors(&[local_anchor("CN=Own Root")]);
        assert!(own.find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
