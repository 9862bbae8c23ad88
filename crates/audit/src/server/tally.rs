//! What the audits found, by fault and not by site.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use midwatch_model::{AttackId, FaultTally, Finding, Fix, Severity, SiteFault, SiteFaults, State, Verdict};

use super::Came;

/// Sites that a fault names.
const EXAMPLES: usize = 5;

/// Sites that could not be measured and are named.
const SILENT: usize = 20;

/// Audits added up, one by one.
#[derive(Debug, Default)]
pub(super) struct Tally {
    audited: u32,
    not_measured: u32,
    silent: Vec<String>,
    faults: BTreeMap<(String, Severity), SiteFault>,
    verdicts: BTreeMap<(AttackId, Verdict), u32>,
}

impl Tally {
    /// Adds what an audit came to.
    pub(super) fn add(&mut self, came: Came) {
        self.audited = self.audited.saturating_add(1);
        if came.state == State::NotMeasured {
            self.not_measured = self.not_measured.saturating_add(1);
            let why = came.error.unwrap_or_else(|| "nothing answered".into());
            first(&mut self.silent, &format!("{}: {why}", came.site), SILENT);
        }
        // A site has a fault once, as bad as it is at its worst.
        let mut worst: BTreeMap<&str, &Finding> = BTreeMap::new();
        for finding in &came.findings {
            let known = worst.entry(&finding.id).or_insert(finding);
            if finding.severity > known.severity {
                *known = finding;
            }
        }
        for (id, finding) in worst {
            let fault = self.faults.entry((id.to_owned(), finding.severity)).or_insert_with(|| SiteFault {
                id: id.to_owned(),
                severity: finding.severity,
                sites: 0,
                examples: Vec::new(),
                detail: String::new(),
                fix: Fix::default(),
            });
            fault.sites = fault.sites.saturating_add(1);
            // Audits end in any order, and the same sites are told however they did.
            if first(&mut fault.examples, &came.site, EXAMPLES) {
                fault.detail = finding.evidence.first().map(|one| one.detail.clone()).unwrap_or_default();
                fault.fix = finding.fix.clone();
            }
        }
        for (attack, verdict) in came.verdicts {
            let count = self.verdicts.entry((attack, verdict)).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// The whole, worst faults first.
    pub(super) fn finish(
        self,
        found: u32,
        patterns: u32,
        state: Option<String>,
        stopped: Option<String>,
    ) -> SiteFaults {
        let mut faults: Vec<SiteFault> = self.faults.into_values().collect();
        faults.sort_by(|a, b| {
            (Reverse(a.severity), Reverse(a.sites), &a.id).cmp(&(
                Reverse(b.severity),
                Reverse(b.sites),
                &b.id,
            ))
        });
        SiteFaults {
            found,
            patterns,
            audited: self.audited,
            not_measured: self.not_measured,
            silent: self.silent,
            faults,
            verdicts: self
                .verdicts
                .into_iter()
                .map(|((attack, verdict), sites)| FaultTally { attack, verdict, sites })
                .collect(),
            state,
            stopped,
        }
    }
}

/// Keeps the first texts of an alphabet, so many at most. True where this one is now the very first.
fn first(kept: &mut Vec<String>, text: &str, most: usize) -> bool {
    let at = kept.partition_point(|known| known.as_str() < text);
    if at < most {
        kept.insert(at, text.to_owned());
        kept.truncate(most);
    }
    at == 0
}

#[cfg(test)]
mod tests {
    use midwatch_model::{Confidence, Evidence};

    use super::*;

    fn came(site: &str, severities: &[Severity]) -> Came {
        let finding = |severity: &Severity| Finding {
            id: "hsts-missing".into(),
            severity: *severity,
            confidence: Confidence::Certain,
            title: String::new(),
            place: site.into(),
            gain: String::new(),
            from: vec![],
            evidence: vec![Evidence { observation: "o1".into(), detail: format!("seen at {site}") }],
            attacks: vec![],
            benign: vec![],
            fix: Fix::default(),
            source: String::new(),
        };
        Came {
            site: site.into(),
            state: State::Measured,
            error: None,
            findings: severities.iter().map(finding).collect(),
            verdicts: vec![(AttackId::Eavesdropping, Verdict::Partly)],
        }
    }

    #[test]
    fn the_order_in_which_audits_end_does_not_matter() {
        let names = ["c", "a", "f", "b", "e", "d", "g"];
        let of = |order: &mut dyn Iterator<Item = &&str>| {
            let mut tally = Tally::default();
            order.for_each(|name| tally.add(came(name, &[Severity::Low, Severity::High])));
            tally.finish(7, 0, None, None)
        };
        let one = of(&mut names.iter());
        assert_eq!(one, of(&mut names.iter().rev()));
        let [fault] = one.faults.as_slice() else { panic!("a site has a fault once: {one:?}") };
        assert_eq!((fault.sites, fault.severity), (7, Severity::High));
        assert_eq!(fault.examples, ["a", "b", "c", "d", "e"]);
        assert_eq!(fault.detail, "seen at a");
        assert_eq!(one.verdicts[0].sites, 7);
    }

    #[test]
    fn silence_is_counted_and_named() {
        let mut tally = Tally::default();
        let silent = Came { state: State::NotMeasured, error: Some("refused".into()), ..came("a", &[]) };
        tally.add(silent);
        let all = tally.finish(2, 0, None, None);
        assert_eq!(
            (all.audited, all.not_measured, all.silent.as_slice()),
            (1, 1, ["a: refused".to_owned()].as_slice())
        );
    }
}
