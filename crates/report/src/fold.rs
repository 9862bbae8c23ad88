//! Folds findings of one check into one group, so that a fault on 200 pages is told once.

use midwatch_model::{AttackId, Confidence, Evidence, Finding, Fix, Severity, Station};

/// The findings of one check on one target that say the same of different places, worst first.
pub(crate) struct Group<'a> {
    /// How many groups of the same check stand before it.
    nth: usize,
    /// The worst of them; it speaks for the group.
    pub first: &'a Finding,
    /// All of them, `first` included.
    pub members: Vec<&'a Finding>,
}

impl<'a> Group<'a> {
    pub fn id(&self) -> &'a str {
        &self.first.id
    }

    /// The id as it can stand in one report: the second group of a check gets a number.
    pub fn anchor(&self) -> String {
        if self.nth == 0 { self.id().to_owned() } else { format!("{}-{}", self.id(), self.nth + 1) }
    }

    pub fn severity(&self) -> Severity {
        self.first.severity
    }

    /// The severity of a member, where it is another than that of the group.
    pub fn milder(&self, member: &Finding) -> Option<Severity> {
        Some(member.severity).filter(|severity| *severity != self.severity())
    }

    /// The best confidence that any member has.
    pub fn confidence(&self) -> Confidence {
        self.members.iter().map(|finding| finding.confidence).max().unwrap_or(self.first.confidence)
    }

    pub fn count(&self) -> usize {
        self.members.len()
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

/// Groups by id and title, worst group first; what is equally bad stays in the order of the report.
pub(crate) fn groups(findings: &[Finding]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    for finding in sorted {
        let nth = groups.iter().filter(|group| group.first.id == finding.id).count();
        let same =
            |group: &&mut Group<'_>| (&group.first.id, &group.first.title) == (&finding.id, &finding.title);
        match groups.iter_mut().find(same) {
            Some(group) => group.members.push(finding),
            None => groups.push(Group { nth, first: finding, members: vec![finding] }),
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
    fn one_group_for_each_thing_said_and_the_worst_first() {
        let report = sample::report();
        let findings = &report.targets[0].findings;
        let groups = groups(findings);
        assert_eq!(groups.iter().map(Group::count).sum::<usize>(), findings.len());
        assert!(groups.windows(2).all(|pair| pair[0].severity() >= pair[1].severity()));
        let mut anchors: Vec<_> = groups.iter().map(Group::anchor).collect();
        anchors.sort_unstable();
        anchors.dedup();
        assert_eq!(anchors.len(), groups.len());
        for group in &groups {
            assert!(group.members.windows(2).all(|pair| pair[0].severity >= pair[1].severity));
        }
    }
}
