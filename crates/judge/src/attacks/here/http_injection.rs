//! Plain http that is changed on the way from this computer.

use midwatch_model::{AttackId, Confidence, Finding, Outcome, Station, Verdict};

use crate::attack::{by_severity, link};
use crate::{Attack, Scope};

/// A captive portal writes plain http anew, as long as it is there.
fn weigh(finding: &Finding) -> Option<Verdict> {
    match finding.id.as_str() {
        "captive-portal" if finding.confidence != Confidence::Tentative => Some(Verdict::Partly),
        _ => by_severity(finding),
    }
}

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::HttpInjection,
    about: "Somebody on the way from this computer reads plain http and writes it anew: a provider that adds lines or \
            advertisements, a proxy, a network that shows its own pages.",
    gain: "To put what they like into pages and downloads that come over plain http.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    decided: "Exposed where an echo that the user runs shows that the body of an answer was changed, or that TLS is opened \
              on the way. Partly where lines were added or changed, or where the network \
              answers for every site of --sites with a page of its own (captive portal). Unknown where no echo was asked (--echo), or it did \
              not answer. Protected where requests and answers came through untouched.",
    defence: "HTTPS-Only in the browser; a VPN on networks that are not yours.",
    scope: Scope::Here,
    weigh,
    exposed: "so what comes over plain http is what somebody between wants it to be",
    partly: "so somebody between reads plain http and can change it",
    gaps: |view| {
        let whole = |outcome: &Outcome<_>| outcome.is_seen();
        let asked = view.here.echoes.iter().filter(|seen| whole(&seen.fact.request)).count();
        match (view.here.echoes.is_empty(), asked) {
            (true, _) => vec![link("no echo was asked what reaches it of plain http (--echo)", &[])],
            (false, 0) => {
                let ids: Vec<&str> = view.here.echoes.iter().map(|seen| seen.id).collect();
                vec![link("the echo did not tell what reached it", &ids)]
            }
            _ => Vec::new(),
        }
    },
    reasons: |view| {
        let untouched = view
            .here
            .echoes
            .iter()
            .filter(|seen| seen.fact.request.value().is_some_and(|request| request.is_untouched()));
        untouched
            .map(|seen| {
                let text =
                    format!("what was sent to {} over plain http came through untouched", seen.fact.endpoint);
                link(text, &[seen.id])
            })
            .collect()
    },
    remains: |_| {
        vec![
            "Ways to other places than the echo's may differ.".into(),
            "Somebody who only reads along changes nothing, and is not seen.".into(),
        ]
    },
};
