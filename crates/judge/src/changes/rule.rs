//! The shape of a rule on changes.

use midwatch_model::{
    AttackId, CertificateMemo, Change, History, Likelihood, Memo, Remembered, Severity, Time,
};

use super::Looked;

/// Lines of one value that a change holds at most; the last one then says how many more there are.
const MAX_LINES: usize = 20;

/// A pure function from what is remembered of a place and what was met there to a change, with the page that explains it.
pub struct Rule {
    /// The stable id, kebab-case, never reused, and no check's.
    pub id: &'static str,
    /// One line; a change has a closer one.
    pub title: &'static str,
    /// How bad it is as a rule; `decided` says when it is worse or better.
    pub severity: Severity,
    /// What it is, and what it may mean.
    pub about: &'static str,
    /// How it is decided, and how likely it is benign, with the thresholds.
    pub decided: &'static str,
    /// Causes without an attacker that could not be excluded.
    pub benign: &'static [&'static str],
    /// What to do now, in words.
    pub advice: &'static str,
    /// The standard or source of the rule.
    pub source: &'static str,
    /// The attack methods that it may be a sign of.
    pub attacks: &'static [AttackId],
    /// The checks whose findings come or go with the change: such a finding of the same look stands in the change, and
    /// raises no event of its own.
    pub explains: &'static [&'static str],
    /// Looks at what is remembered of one place and what was met there, which differ.
    pub find: for<'a> fn(&Pair<'a>, &mut Found<'a>),
}

/// What is remembered of one place, and what was met there. The two differ.
#[derive(Clone, Copy)]
pub struct Pair<'a> {
    /// What is remembered.
    pub(crate) history: &'a History,
    /// What was met.
    pub(crate) memo: &'a Memo,
    /// Everything else of the look.
    pub(crate) looked: &'a Looked<'a>,
    /// What other rules say of this look; the rules on findings come last.
    pub(crate) told: &'a [Change],
}

impl<'a> Pair<'a> {
    /// What the latest look that learnt anything met.
    pub(crate) fn was(&self) -> &'a Remembered {
        &self.history.latest.memo.what
    }

    /// What was met now.
    pub(crate) fn is(&self) -> &'a Remembered {
        &self.memo.what
    }

    /// Everything that is remembered, the latest first.
    pub(crate) fn known(&self) -> impl Iterator<Item = &'a Remembered> {
        let history = self.history;
        std::iter::once(&history.latest).chain(&history.earlier).map(|kept| &kept.memo.what)
    }

    /// In how many looks something was so.
    pub(crate) fn looks_with(&self, is: impl Fn(&Remembered) -> bool) -> u64 {
        let all = std::iter::once(&self.history.latest).chain(&self.history.earlier);
        all.filter(|kept| is(&kept.memo.what)).map(|kept| kept.count).sum()
    }

    /// The place.
    pub(crate) fn place(&self) -> &'a str {
        &self.memo.place
    }

    /// The moment.
    pub(crate) fn now(&self) -> Time {
        self.looked.now
    }

    /// What is known of another kind at a place: what this look met, else what was met last.
    pub(crate) fn beside(&self, place: &str, kind: &str) -> Option<&'a Remembered> {
        let is = |memo: &&Memo| memo.place == place && memo.what.kind() == kind;
        let met = self.looked.memos.iter().find(is);
        let kept = || self.looked.histories.iter().map(|history| &history.latest.memo).find(is);
        met.or_else(kept).map(|memo| &memo.what)
    }

    /// The certificates of a memo; none where it is one of another kind.
    pub(crate) fn certificates(what: &Remembered) -> Option<&[CertificateMemo]> {
        match what {
            Remembered::Certificates { certificates } => Some(certificates),
            _ => None,
        }
    }
}

/// The changes of one rule at one place while it runs.
pub struct Found<'a> {
    rule: &'static Rule,
    pair: Pair<'a>,
    pub(crate) list: Vec<Change>,
}

impl<'a> Found<'a> {
    pub(super) fn new(rule: &'static Rule, pair: &Pair<'a>) -> Found<'a> {
        Found { rule, pair: *pair, list: Vec::new() }
    }

    /// Adds a change, with everything that the rule says of all its changes. The title stands alone as a subject.
    pub(crate) fn at(&mut self, title: impl Into<String>) -> Draft<'_> {
        let rule = self.rule;
        self.list.push(Change {
            id: rule.id.into(),
            severity: rule.severity,
            likelihood: Likelihood::Unclear,
            title: title.into(),
            place: self.pair.place().to_owned(),
            expected: Vec::new(),
            met: Vec::new(),
            because: Vec::new(),
            benign: rule.benign.iter().map(|cause| (*cause).into()).collect(),
            advice: rule.advice.into(),
            attacks: rule.attacks.to_vec(),
            source: rule.source.into(),
            was: Some(self.pair.history.latest.memo.clone()),
            is: Some(self.pair.memo.clone()),
        });
        let last = self.list.len() - 1;
        Draft { change: &mut self.list[last] }
    }
}

/// A change that is being written.
pub(crate) struct Draft<'a> {
    change: &'a mut Change,
}

impl Draft<'_> {
    /// Another severity than the rule's own.
    pub(crate) fn severity(self, severity: Severity) -> Self {
        self.change.severity = severity;
        self
    }

    /// How likely it is benign, where that is not unclear.
    pub(crate) fn likely(self, likelihood: Likelihood) -> Self {
        self.change.likelihood = likelihood;
        self
    }

    /// Another place than the memo's.
    pub(crate) fn place(self, place: &str) -> Self {
        self.change.place = place.to_owned();
        self
    }

    /// What was expected, and what was met.
    pub(crate) fn differs<A: Into<String>, B: Into<String>>(
        self,
        expected: impl IntoIterator<Item = A>,
        met: impl IntoIterator<Item = B>,
    ) -> Self {
        self.change.expected = lines(expected);
        self.change.met = lines(met);
        self
    }

    /// A reason for the severity and the likelihood, a sentence.
    pub(crate) fn because(self, reason: impl Into<String>) -> Self {
        self.change.because.push(reason.into());
        self
    }

    /// Several.
    pub(crate) fn reasons(self, reasons: impl IntoIterator<Item = String>) -> Self {
        self.change.because.extend(reasons);
        self
    }
}

fn lines<S: Into<String>>(all: impl IntoIterator<Item = S>) -> Vec<String> {
    let mut lines: Vec<String> = all.into_iter().map(Into::into).collect();
    let more = lines.len().saturating_sub(MAX_LINES);
    lines.truncate(MAX_LINES);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines
}
