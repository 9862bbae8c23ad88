//! Folds findings of one check into one group, so that a fault on 200 pages is told once.

use midwatch_model::{AttackId, Confidence, Evidence, Finding, Fix, Severity, Station};

/// The findings of one check on one target, worst first.
pub(crate) struct Group<'a> {
    /// The worst of them; it speaks for the group.
    pub first: &'a Finding,
    /// All of them, `first` included.
    pub members: Vec<&'a Finding>,
}

impl<'a> Group<'a> {
    pub fn id(&self) -> &'a str {
        &self.first.id
    }

    pub fn severity(&self) -> Severity {
        self.first.severity
    }

    /// The best confidence that any member has.
    pub fn confidence(&self) -> Confidence {
        self.members.iter().map(|finding| finding.confidence).max().unwrap_or(self.first.confidence)
    }

    pub fn count(&self) -> usize {
        self.members.len()
    }

    /// True where every member has the same title, so that the place alone tells them apart.
    pub fn same_title(&self) -> bool {
        self.members.iter().all(|finding| finding.title == self.first.title)
    }

    /// Each different fix once, in the order of the members.
    pub fn fixes(&self) -> Vec<&'a Fix> {
        distinct(self.members.iter().map(|finding| &finding.fix))
    }

    /// Each different answer to "what does an attacker gain" once.
    pub fn gains(&self) -> Vec<&'a str> {
        distinct(self.members.iter().map(|finding| finding.gain.as_str()))
    }

    /// Each different piece of evidence once, that of the worst member first.
    pub fn evidence(&self) -> Vec<&'a Evidence> {
        distinct(self.members.iter().flat_map(|finding| &finding.evidence))
    }

    /// Each benign cause once.
    pub fn benign(&self) -> Vec<&'a str> {
        distinct(self.members.iter().flat_map(|finding| finding.benign.iter().map(String::as_str)))
    }

    /// Each source once.
    pub fn sources(&self) -> Vec<&'a str> {
        distinct(self.members.iter().map(|finding| finding.source.as_str()))
    }

    /// The attack methods that any member serves, in the order of reports.
    pub fn attacks(&self) -> Vec<AttackId> {
        let mut attacks: Vec<_> =
            self.members.iter().flat_map(|finding| finding.attacks.iter().copied()).collect();
        attacks.sort_unstable();
        attacks.dedup();
        attacks
    }

    /// The stations from which any member works, in the order of the path.
    pub fn from(&self) -> Vec<Station> {
        let mut from: Vec<_> = self.members.iter().flat_map(|finding| finding.from.iter().copied()).collect();
        from.sort_unstable();
        from.dedup();
        from
    }
}

/// Groups by id, worst group first; what is equally bad stays in the order of the report.
pub(crate) fn groups(findings: &[Finding]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    for finding in sorted {
        match groups.iter_mut().find(|group| group.first.id == finding.id) {
            Some(group) => group.members.push(finding),
            None => groups.push(Group { first: finding, members: vec![finding] }),
        }
    }
    groups
}

fn distinct<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen = Vec::new();
    for item in items {
        if !seen.contains(&item) {
            seen.push(item);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn one_group_for_each_check_and_the_worst_first() {
        let report = sample::report();
        let findings = &report.targets[0].findings;
        let groups = groups(findings);
        assert_eq!(groups.iter().map(Group::count).sum::<usize>(), findings.len());
        assert!(groups.windows(2).all(|pair| pair[0].severity() >= pair[1].severity()));
        let mut ids: Vec<_> = groups.iter().map(Group::id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), groups.len());
        for group in &groups {
            assert!(group.members.windows(2).all(|pair| pair[0].severity >= pair[1].severity));
        }
    }
}
