//! The shape of a check.

use midwatch_model::{AttackId, Confidence, Evidence, Finding, Fix, ServerSoftware, Severity, Station};

use crate::View;
use crate::fixes::{Context, Setting};
use crate::programs;

/// Pieces of evidence that one finding holds at most; the last one then says how many more there are.
const MAX_EVIDENCE: usize = 20;

/// Somebody on the visitor's Wi-Fi, in the router, or in a network between.
pub(crate) const ON_PATH: &[Station] = &[Station::Wifi, Station::Router, Station::Network];

/// The same, and whoever answers the visitor's DNS questions.
pub(crate) const ON_PATH_OR_DNS: &[Station] =
    &[Station::Wifi, Station::Router, Station::Dns, Station::Network];

/// The benign cause of every finding that takes a cookie for the key to a session.
pub(crate) const MAYBE_NO_SESSION: &str =
    "Which cookie is the key to a session was told from names and values; this one may open nothing.";

/// A pure function from observations to findings, with the page that explains it.
pub struct Check {
    /// The stable id, kebab-case, never reused.
    pub id: &'static str,
    /// One line; a finding may have a closer one.
    pub title: &'static str,
    /// How bad it is as a rule; `decided` says when it is worse or better.
    pub severity: Severity,
    /// The fact as half a sentence for a chain of evidence, with `{place}` for where it is.
    pub says: &'static str,
    /// What it is.
    pub about: &'static str,
    /// What an attacker gains by it.
    pub gain: &'static str,
    /// From where on the path.
    pub from: &'static [Station],
    /// The attack methods that it serves.
    pub attacks: &'static [AttackId],
    /// How it is decided, with the thresholds.
    pub decided: &'static str,
    /// Causes without an attacker or a mistake that could not be excluded.
    pub benign: &'static [&'static str],
    /// The change that stops it, in words.
    pub fix: &'static str,
    /// The settings of servers that stop it.
    pub settings: &'static [Setting],
    /// The standard or source of its thresholds.
    pub source: &'static str,
    /// Looks at everything that was seen of a target.
    pub find: fn(&View<'_>, &mut Findings),
}

impl Check {
    /// What the check says. Findings with the same severity, place and title are one, with all their evidence.
    pub fn run(&'static self, view: &View<'_>) -> Vec<Finding> {
        let mut findings = Findings {
            check: self,
            context: view.fix_context(),
            seen: view.server,
            for_programs: view.is_for_programs(),
            list: Vec::new(),
        };
        (self.find)(view, &mut findings);
        findings.finish()
    }

    /// The fact about `place` as half a sentence.
    pub(crate) fn sentence(&self, place: &str) -> String {
        self.says.replace("{place}", place)
    }
}

/// The findings of one check while it runs.
pub struct Findings {
    check: &'static Check,
    context: Context,
    seen: Option<ServerSoftware>,
    /// No browser goes there.
    for_programs: bool,
    list: Vec<Finding>,
}

impl Findings {
    /// Adds a finding at `place`, with everything that the check says of all its findings. What differs is set
    /// on the draft.
    pub fn at(&mut self, place: impl Into<String>) -> Draft<'_> {
        let check = self.check;
        let said: fn(&'static str) -> &'static str =
            if self.for_programs { programs::said } else { |text| text };
        self.list.push(Finding {
            id: check.id.into(),
            severity: check.severity,
            confidence: Confidence::Certain,
            title: said(check.title).into(),
            place: place.into(),
            gain: said(check.gain).into(),
            from: check.from.to_vec(),
            evidence: Vec::new(),
            attacks: check.attacks.to_vec(),
            benign: check.benign.iter().map(|cause| said(cause).into()).collect(),
            fix: Fix { summary: said(check.fix).into(), servers: Vec::new() },
            source: check.source.into(),
        });
        let last = self.list.len() - 1;
        let finding = &mut self.list[last];
        let context = self.context.clone();
        let mut draft = Draft { finding, context, check, seen: self.seen };
        draft.renew_lines();
        draft
    }

    /// True where something is said of `place` already.
    pub fn has(&self, place: &str) -> bool {
        self.list.iter().any(|finding| finding.place == place)
    }

    fn finish(self) -> Vec<Finding> {
        let mut merged: Vec<Finding> = Vec::new();
        for finding in self.list {
            let same = merged.iter_mut().find(|known| {
                known.place == finding.place
                    && known.title == finding.title
                    && known.severity == finding.severity
                    && known.fix == finding.fix
            });
            match same {
                Some(known) => {
                    for evidence in finding.evidence {
                        if !known.evidence.contains(&evidence) {
                            known.evidence.push(evidence);
                        }
                    }
                }
                None => merged.push(finding),
            }
        }
        for finding in &mut merged {
            cut(&mut finding.evidence);
        }
        merged
    }
}

/// Keeps the first pieces of evidence and says how many more there were.
fn cut(evidence: &mut Vec<Evidence>) {
    let more = evidence.len().saturating_sub(MAX_EVIDENCE);
    evidence.truncate(MAX_EVIDENCE);
    if more > 0
        && let Some(last) = evidence.last_mut()
    {
        last.detail.push_str(&format!(" (and {more} more)"));
    }
}

/// A finding that is being written.
pub struct Draft<'a> {
    finding: &'a mut Finding,
    context: Context,
    check: &'static Check,
    seen: Option<ServerSoftware>,
}

impl Draft<'_> {
    /// Another severity than the check's own.
    pub fn severity(self, severity: Severity) -> Self {
        self.finding.severity = severity;
        self
    }

    /// Less than certain.
    pub fn confidence(self, confidence: Confidence) -> Self {
        self.finding.confidence = confidence;
        self
    }

    /// A closer title.
    pub fn title(self, title: impl Into<String>) -> Self {
        self.finding.title = title.into();
        self
    }

    /// A closer gain.
    pub fn gain(self, gain: impl Into<String>) -> Self {
        self.finding.gain = gain.into();
        self
    }

    /// A closer fix in words.
    pub fn fix(self, summary: impl Into<String>) -> Self {
        self.finding.fix.summary = summary.into();
        self
    }

    /// The standard that decided, where the evidence names it.
    pub fn source(self, source: impl Into<String>) -> Self {
        self.finding.source = source.into();
        self
    }

    /// Fewer attack methods than the check's own.
    pub fn attacks(self, attacks: &[AttackId]) -> Self {
        self.finding.attacks = attacks.to_vec();
        self
    }

    /// A cause that could not be excluded.
    pub fn benign(self, cause: impl Into<String>) -> Self {
        self.finding.benign.push(cause.into());
        self
    }

    /// The cookie that the configuration lines are for.
    pub fn cookie(mut self, name: &str) -> Self {
        self.context.cookie = Some(name.to_owned());
        self.renew_lines();
        self
    }

    /// The program that serves a site, and the site's name, that the configuration lines are for.
    pub(crate) fn served(mut self, by: Option<ServerSoftware>, name: &str) -> Self {
        self.context.host = name.to_owned();
        self.seen = by;
        self.renew_lines();
        self
    }

    /// Points at an observation, and says what in it matters.
    pub fn see(self, observation: &str, detail: impl Into<String>) -> Self {
        self.finding.evidence.push(Evidence { observation: observation.into(), detail: detail.into() });
        self
    }

    fn renew_lines(&mut self) {
        self.finding.fix.servers = self
            .check
            .settings
            .iter()
            .flat_map(|setting| crate::fixes::lines(*setting, &self.context, self.seen))
            .collect();
        self.finding.fix.servers.sort_by_key(|fix| (!fix.seen, fix.server));
    }
}
