//! What the DNS adds to verdicts: evidence and what remains, and no verdict by itself. A certificate that is
//! trusted protects visitors on https whether the zone is signed or not.

use midwatch_model::{Because, Security};

use crate::View;
use crate::attack::link;
use crate::caa;
use crate::view::dns::is_secure;

/// The zone is signed, and what it says was proved.
pub(crate) fn signed(view: &View<'_>) -> Vec<Because> {
    match (view.dns.security(), view.dns.dnssec) {
        (Some((id, Security::Secure)), Some(seen)) => {
            let text = format!(
                "the addresses of {} are signed, and every signature holds from the root down: resolvers that check \
                 refuse a forged answer",
                seen.fact.name
            );
            vec![link(text, &[id])]
        }
        _ => Vec::new(),
    }
}

/// Authorities issue to the site's own account alone, by records that cannot be forged.
pub(crate) fn bound(view: &View<'_>) -> Vec<Because> {
    match issuance(view) {
        Issuance::Bound { id, signed: true } => vec![link(
            "signed CAA records let authorities issue to the site's own account alone, so that a route that was \
             hijacked gets no certificate (RFC 8657 5)",
            &[id],
        )],
        _ => Vec::new(),
    }
}

/// What a forged answer can still do.
pub(crate) fn spoofing(view: &View<'_>) -> Vec<String> {
    let unproved = "a forged answer leads to a server that cannot show the certificate, so that browsers stop there \
                    on https; only a visit that begins with http is open to it";
    let text = match view.dns.security() {
        Some((_, Security::Secure)) => return unchecked(),
        Some((_, Security::Insecure { .. })) => format!("The zone is not signed (DNSSEC): {unproved}."),
        Some((_, Security::Bogus { why, .. })) => {
            format!(
                "The answers that were had do not fit the zone's signatures ({why}), by mistake or by force."
            )
        }
        Some((_, Security::Indeterminate { why })) => {
            format!("Whether the zone's answers can be proved was not told: {why}.")
        }
        None => match view.dns.dnssec.and_then(|seen| seen.fact.security.why_not()) {
            Some(why) => format!("Whether the zone is signed (DNSSEC) could not be measured: {why}."),
            None => "Whether the zone is signed (DNSSEC) was not looked at.".into(),
        },
    };
    vec![text]
}

fn unchecked() -> Vec<String> {
    vec!["Many visitors' resolvers do not check signatures, and take a forged answer all the same.".into()]
}

/// What a route that was hijacked could get from an authority: it validates a name over that very route.
pub(crate) fn hijacked(view: &View<'_>) -> Vec<String> {
    let text = match issuance(view) {
        Issuance::Bound { signed: true, .. } => {
            "Somebody who holds the route to the site can pass an authority's validation, but CAA binds issuance to the \
             site's own account, in a signed zone."
        }
        Issuance::Bound { signed: false, .. } => {
            "Somebody who holds the route to the site can pass an authority's validation. CAA binds issuance to an \
             account, but the zone is not proved to be signed: who holds the route to its name servers too can forge \
             the records."
        }
        Issuance::Named => {
            "Somebody who holds the route to the site can get a trusted certificate from the authorities that CAA \
             allows: they validate the name over that very route, and no record binds them to an account (RFC 8657 5)."
        }
        Issuance::Anybody => {
            "Somebody who holds the route to the site can get a trusted certificate from any authority: each validates \
             the name over that very route, and there are no CAA records."
        }
        Issuance::Unknown => {
            "Somebody who holds the route to the site may get a trusted certificate from an authority; CAA records, \
             which can stop that, were not measured."
        }
    };
    vec![
        text.into(),
        "Authorities that look from several places (multi-perspective validation) see through hijacks \
                       that reach a part of the network alone."
            .into(),
    ]
}

enum Issuance<'a> {
    /// Every record that decides names an account, or nobody.
    Bound { id: &'a str, signed: bool },
    /// Authorities are named, and no account.
    Named,
    /// No record decides.
    Anybody,
    /// It could not be measured.
    Unknown,
}

fn issuance<'a>(view: &View<'a>) -> Issuance<'a> {
    let Some((seen, records)) = view.dns.caa() else { return Issuance::Unknown };
    let mut deciding = records.iter().filter(|record| caa::decides(record)).peekable();
    if deciding.peek().is_none() {
        return Issuance::Anybody;
    }
    if deciding.all(caa::is_bound) {
        return Issuance::Bound { id: seen.id, signed: is_secure(&seen.fact.security) };
    }
    Issuance::Named
}

/// Findings about proofs alone weigh nothing: the certificate decides what a visitor meets.
pub(crate) fn weigh(finding: &midwatch_model::Finding) -> Option<midwatch_model::Verdict> {
    match finding.id.as_str() {
        "dnssec-bogus" | "caa-forbids-issuer-met" => None,
        _ => crate::attack::by_severity(finding),
    }
}

#[cfg(test)]
mod tests {
    use midwatch_model::{AttackId, Outcome, Verdict};

    use super::*;
    use crate::testing::*;

    fn of(scene: &Scene, id: AttackId) -> (Verdict, String) {
        let judged = scene.judge();
        let attack = judged.attacks.into_iter().find(|attack| attack.id == id).expect("a verdict");
        let because: Vec<String> = attack.because.into_iter().map(|because| because.text).collect();
        (attack.verdict, format!("{} {}", because.join(" "), attack.remains.join(" ")))
    }

    #[test]
    fn a_sound_site_stays_protected_whatever_its_zone_says() {
        for security in [
            Security::Secure,
            Security::Insecure { why: "no DS".into() },
            Security::Bogus { why: "Signature Expired".into(), extended: None },
            Security::Indeterminate { why: "stripped".into() },
        ] {
            let scene = Scene::sound().dnssec(|fact| fact.security = Outcome::seen(security.clone()));
            for id in [AttackId::DnsSpoofing, AttackId::IpHijacking] {
                assert_eq!(of(&scene, id).0, Verdict::Protected, "{security:?}");
            }
        }
        let unsigned = Scene::sound().dnssec(|fact| {
            fact.security = Outcome::seen(Security::Insecure { why: "no DS".into() });
        });
        assert!(of(&unsigned, AttackId::DnsSpoofing).1.contains("not signed"));
        assert!(of(&Scene::sound(), AttackId::DnsSpoofing).1.contains("was not looked at"));
        let silent = Scene::sound().dnssec(|fact| fact.security = timeout());
        assert!(of(&silent, AttackId::DnsSpoofing).1.contains("could not be measured"));
    }

    #[test]
    fn what_a_hijacked_route_gets_depends_on_caa() {
        let said = |records: &[(&str, &str)]| of(&Scene::sound().caa(records), AttackId::IpHijacking).1;
        assert!(said(&[]).contains("from any authority"));
        assert!(said(&[("issue", "ca.example")]).contains("that CAA allows"));
        assert!(
            said(&[("issue", "ca.example; accounturi=https://ca.example/1")]).contains("in a signed zone")
        );
        assert!(of(&Scene::sound(), AttackId::IpHijacking).1.contains("were not measured"));
    }

    #[test]
    fn a_name_that_somebody_can_register_is_open() {
        let scene = Scene::sound().delegation(|zone| {
            zone.dangling = vec![midwatch_model::Dangling {
                name: "shop.example".into(),
                kind: midwatch_model::DanglingKind::Ns,
                target: "ns.gone.example".into(),
                registrable: Some("gone.example".into()),
            }];
        });
        assert_eq!(of(&scene, AttackId::DnsSpoofing).0, Verdict::Exposed);
    }
}
