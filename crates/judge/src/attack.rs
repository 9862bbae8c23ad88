//! The shape of an attack method, and how findings fold into its verdict.

use midwatch_model::{AttackId, AttackVerdict, Because, Finding, Remote, Severity, Station, Target, Verdict};

use crate::View;
use crate::words;

/// Findings of different checks that one chain of evidence names at most.
const MAX_LINKS: usize = 6;

/// Observations that one link of a chain points at, at most.
const MAX_POINTERS: usize = 10;

/// What a page and a verdict are about. One method works in other ways on a site than on somebody's own computer, so
/// that it may have a page for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Web sites.
    Sites,
    /// Web sites and other TLS services.
    Services,
    /// Services whose connections begin in plain text and ask for TLS.
    Starttls,
    /// SSH servers, and git's remotes and repositories.
    Ssh,
    /// This computer and its network.
    Here,
    /// Domains' mail.
    Mail,
    /// This computer as a server.
    Server,
}

impl Scope {
    /// The commands whose targets are meant.
    pub fn commands(self) -> &'static [&'static str] {
        match self {
            Scope::Sites => &["site"],
            Scope::Services => &["site", "tls"],
            Scope::Starttls => &["tls --starttls"],
            Scope::Ssh => &["ssh", "git"],
            Scope::Here => &["here"],
            Scope::Mail => &["mail"],
            Scope::Server => &["host"],
        }
    }
}

/// A pure fold of findings and observations into a verdict.
pub struct Attack {
    /// The method.
    pub id: AttackId,
    /// What it is.
    pub about: &'static str,
    /// What an attacker gains.
    pub gain: &'static str,
    /// From where it works.
    pub from: &'static [Station],
    /// How the verdict is reached.
    pub decided: &'static str,
    /// What stops it.
    pub defence: &'static str,
    /// Which targets it can concern.
    pub scope: Scope,
    /// What a finding that serves this method proves by itself; `None` for nothing. [`by_severity`] as a rule.
    pub weigh: fn(&Finding) -> Option<Verdict>,
    /// The last link of the chain where it is open.
    pub exposed: &'static str,
    /// The last link of the chain where it is partly open.
    pub partly: &'static str,
    /// What has to be measured before it can count as closed, and was not.
    pub gaps: fn(&View<'_>) -> Vec<Because>,
    /// Why it is closed.
    pub reasons: fn(&View<'_>) -> Vec<Because>,
    /// What remains even so, and what was not looked at.
    pub remains: fn(&View<'_>) -> Vec<String>,
}

/// High and critical findings open a method, medium ones open it partly, others are no proof.
pub fn by_severity(finding: &Finding) -> Option<Verdict> {
    match finding.severity {
        Severity::Critical | Severity::High => Some(Verdict::Exposed),
        Severity::Medium => Some(Verdict::Partly),
        Severity::Low | Severity::Info => None,
    }
}

impl Attack {
    /// True where the method can concern the target.
    pub fn concerns(&self, target: &Target) -> bool {
        match target {
            Target::Site { .. } => matches!(self.scope, Scope::Sites | Scope::Services),
            Target::Tls { starttls: Some(_), .. } => self.scope == Scope::Starttls,
            Target::Tls { starttls: None, .. } | Target::Git { remote: Remote::Https { .. }, .. } => {
                self.scope == Scope::Services
            }
            // Where there is no protection, none can be taken away.
            Target::Git {
                remote: Remote::Git { .. } | Remote::Http { .. } | Remote::Other { .. }, ..
            } => self.scope == Scope::Ssh && self.id != AttackId::StrippingAndDowngrade,
            Target::Ssh { .. } | Target::Git { .. } => self.scope == Scope::Ssh,
            // Its files say nothing of names and routes; the servers that it asks have verdicts of their own.
            Target::Repository { .. } => {
                self.scope == Scope::Ssh && !matches!(self.id, AttackId::DnsSpoofing | AttackId::IpHijacking)
            }
            // A capture shows whose place somebody takes on a link, and neither this computer nor what is answered to it.
            Target::Here { capture: Some(_) } => {
                self.scope == Scope::Here && matches!(self.id, AttackId::IpHijacking | AttackId::DnsSpoofing)
            }
            Target::Here { capture: None } => self.scope == Scope::Here,
            Target::Mail { .. } => self.scope == Scope::Mail,
            Target::Server => self.scope == Scope::Server,
            // What others report proves nothing of a method; the servers themselves are not looked at.
            Target::TlsReports { .. } => false,
        }
    }

    /// The verdict: what the worst finding proves; else unknown where something was not measured; else
    /// protected, with the reasons. `findings` are sorted worst first.
    pub fn verdict(&self, view: &View<'_>, findings: &[Finding]) -> AttackVerdict {
        let weighed: Vec<(Verdict, &Finding)> = findings
            .iter()
            .filter(|finding| finding.attacks.contains(&self.id))
            .filter_map(|finding| Some(((self.weigh)(finding)?, finding)))
            .collect();
        let worst = weighed.iter().map(|(verdict, _)| *verdict).max();
        let gaps = (self.gaps)(view);
        let mut remains = (self.remains)(view);
        if let Some(verdict) = worst {
            remains.extend(gaps.into_iter().map(|gap| format!("Not measured: {}", gap.text)));
            let mut because = chain(&weighed);
            let so = if verdict == Verdict::Exposed { self.exposed } else { self.partly };
            because.push(Because { text: so.into(), findings: Vec::new(), observations: Vec::new() });
            return AttackVerdict { id: self.id, verdict, because, remains };
        }
        if !gaps.is_empty() {
            return AttackVerdict { id: self.id, verdict: Verdict::Unknown, because: gaps, remains };
        }
        let because = (self.reasons)(view);
        if because.is_empty() {
            let because = vec![link("too little was measured to say that it is closed", &[])];
            return AttackVerdict { id: self.id, verdict: Verdict::Unknown, because, remains };
        }
        AttackVerdict { id: self.id, verdict: Verdict::Protected, because, remains }
    }
}

/// One link for each check, those that prove most first.
fn chain(weighed: &[(Verdict, &Finding)]) -> Vec<Because> {
    let mut ids: Vec<(Verdict, &str)> = Vec::new();
    for (verdict, finding) in weighed {
        match ids.iter_mut().find(|(_, id)| *id == finding.id) {
            Some((known, _)) => *known = (*known).max(*verdict),
            None => ids.push((*verdict, &finding.id)),
        }
    }
    // Stable: findings came worst first.
    ids.sort_by_key(|(verdict, _)| std::cmp::Reverse(*verdict));
    let more = ids.len().saturating_sub(MAX_LINKS);
    let mut links: Vec<Because> = ids
        .iter()
        .take(MAX_LINKS)
        .map(|(_, id)| {
            let members: Vec<&Finding> =
                weighed.iter().map(|(_, finding)| *finding).filter(|finding| finding.id == *id).collect();
            of_findings(&members)
        })
        .collect();
    if more > 0 {
        let rest: Vec<String> = ids.iter().skip(MAX_LINKS).map(|(_, id)| (*id).to_owned()).collect();
        let text = format!("{} more of other kinds: {}", words::count(more, "finding"), rest.join(", "));
        links.push(Because { text, findings: rest, observations: Vec::new() });
    }
    links
}

/// The link for the findings of one check.
fn of_findings(members: &[&Finding]) -> Because {
    let Some(first) = members.first() else {
        return link("", &[]);
    };
    let says = match crate::checks().iter().find(|check| check.id == first.id) {
        Some(check) => check.sentence(&first.place),
        None => format!("{}: {}", first.title, first.place),
    };
    let text = match members.len() {
        1 => says,
        more => format!("{says}, and {} like it", more - 1),
    };
    let mut observations: Vec<String> = Vec::new();
    for evidence in members.iter().flat_map(|finding| &finding.evidence) {
        if !observations.contains(&evidence.observation) && observations.len() < MAX_POINTERS {
            observations.push(evidence.observation.clone());
        }
    }
    Because { text, findings: vec![first.id.clone()], observations }
}

/// A link that rests on observations alone.
pub(crate) fn link(text: impl Into<String>, observations: &[&str]) -> Because {
    let mut pointers: Vec<String> = Vec::new();
    for id in observations {
        if !pointers.iter().any(|known| known == id) && pointers.len() < MAX_POINTERS {
            pointers.push((*id).to_owned());
        }
    }
    Because { text: text.into(), findings: Vec::new(), observations: pointers }
}
