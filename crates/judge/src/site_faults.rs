//! What the audits of a server's sites found, as findings of the server: each fault once, with the sites that have it.

use midwatch_model::{Confidence, Evidence, Finding, SiteFault};

use crate::View;
use crate::words;

/// Sites that a finding names.
const MOST: usize = 3;

/// One finding for each fault.
pub(crate) fn findings(view: &View<'_>) -> Vec<Finding> {
    let Some(seen) = view.inside.faults else { return Vec::new() };
    seen.fact.faults.iter().filter_map(|fault| finding(fault, seen.id)).collect()
}

/// None for a check that this version does not have.
fn finding(fault: &SiteFault, observation: &str) -> Option<Finding> {
    let check = crate::checks().iter().find(|check| check.id == fault.id)?;
    let count = fault.sites as usize;
    let named = words::and(fault.examples.get(..MOST).unwrap_or(&fault.examples));
    let more = count.saturating_sub(fault.examples.len().min(MOST));
    let place = match (count, more) {
        (1, _) => named,
        (_, 0) => format!("{}: {named}", words::count(count, "site")),
        _ => {
            let first = fault.examples.get(..MOST).unwrap_or(&fault.examples).join(", ");
            format!("{}: {first} and {more} more", words::count(count, "site"))
        }
    };
    let first = fault.examples.first().map(String::as_str).unwrap_or_default();
    Some(Finding {
        id: check.id.into(),
        severity: fault.severity,
        confidence: Confidence::Certain,
        title: check.title.into(),
        place,
        gain: check.gain.into(),
        from: check.from.to_vec(),
        evidence: vec![Evidence {
            observation: observation.into(),
            detail: if fault.detail.is_empty() { first.into() } else { format!("{first}: {}", fault.detail) },
        }],
        attacks: check.attacks.to_vec(),
        benign: check.benign.iter().map(|cause| (*cause).into()).collect(),
        fix: fault.fix.clone(),
        source: check.source.into(),
    })
}

#[cfg(test)]
mod tests {
    use midwatch_model::*;

    use crate::testing::*;

    fn faults(sites: u32, examples: &[&str]) -> Scene {
        let fault = SiteFault {
            id: "hsts-missing".into(),
            severity: Severity::High,
            sites,
            examples: examples.iter().map(|name| (*name).to_owned()).collect(),
            detail: "no header".into(),
            fix: Fix::default(),
        };
        let verdicts =
            vec![FaultTally { attack: AttackId::StrippingAndDowngrade, verdict: Verdict::Exposed, sites }];
        let all = SiteFaults {
            found: sites,
            audited: sites,
            faults: vec![fault],
            verdicts,
            ..SiteFaults::default()
        };
        Scene::served(&[]).fact(Fact::SiteFaults(Box::new(all)))
    }

    #[test]
    fn a_fault_is_one_finding_with_its_sites() {
        let of = |sites, examples: &[&str]| faults(sites, examples).judge().findings;
        let found = of(10_000, &["a.example", "b.example", "c.example", "d.example"]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].place, "10000 sites: a.example, b.example, c.example and 9997 more");
        assert_eq!(found[0].evidence[0].detail, "a.example: no header");
        assert_eq!(of(1, &["a.example"])[0].place, "a.example");
        assert_eq!(of(2, &["a.example", "b.example"])[0].place, "2 sites: a.example and b.example");
    }

    #[test]
    fn it_weighs_in_the_verdicts_of_the_server() {
        let verdict = faults(3, &["a.example"]).verdict(AttackId::StrippingAndDowngrade);
        assert_eq!(verdict, Verdict::Exposed);
    }
}
