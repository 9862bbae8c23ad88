//! The words that several renderers share.

use midwatch_model::{
    AttackVerdict, Confidence, Finding, Remote, Severity, State, Station, Target, TargetReport, Time,
    TimestampSource, Verdict,
};

/// How a verdict is told apart without colour in every report for people: a sign for each.
pub fn sign(verdict: Verdict) -> char {
    match verdict {
        Verdict::Exposed => '✗',
        Verdict::Partly => '◐',
        Verdict::Unknown => '?',
        Verdict::Protected => '✓',
    }
}

pub(crate) fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Tentative => "tentative",
        Confidence::Firm => "firm",
        Confidence::Certain => "certain",
    }
}

/// Where a timestamp of a log comes.
pub(crate) fn place(source: TimestampSource) -> &'static str {
    match source {
        TimestampSource::Certificate => "the certificate",
        TimestampSource::Tls => "the TLS handshake",
        TimestampSource::Ocsp => "the OCSP answer",
    }
}

/// How many verdicts of each kind a target has.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tally {
    pub exposed: usize,
    pub partly: usize,
    pub unknown: usize,
    pub protected: usize,
}

impl Tally {
    pub fn of(attacks: &[AttackVerdict]) -> Self {
        let mut tally = Tally::default();
        for attack in attacks {
            match attack.verdict {
                Verdict::Exposed => tally.exposed += 1,
                Verdict::Partly => tally.partly += 1,
                Verdict::Unknown => tally.unknown += 1,
                Verdict::Protected => tally.protected += 1,
            }
        }
        tally
    }

    pub fn total(self) -> usize {
        self.exposed + self.partly + self.unknown + self.protected
    }

    /// The worst verdict; unknown where there is none at all, since nothing measured never reads as safe.
    pub fn worst(self) -> Verdict {
        if self.exposed > 0 {
            Verdict::Exposed
        } else if self.partly > 0 {
            Verdict::Partly
        } else if self.unknown > 0 || self.protected == 0 {
            Verdict::Unknown
        } else {
            Verdict::Protected
        }
    }
}

/// The verdict on a target as a whole.
pub(crate) fn overall(target: &TargetReport) -> Verdict {
    match target.state {
        State::NotMeasured => Verdict::Unknown,
        State::Measured | State::Partly => Tally::of(&target.attacks).worst(),
    }
}

/// The verdict on a target in one word, or two.
pub(crate) fn overall_word(target: &TargetReport) -> &'static str {
    match (target.state, overall(target)) {
        (State::NotMeasured, _) => "Not measured",
        (_, Verdict::Exposed) if is_here(target) => "Signs of somebody in the middle",
        (_, Verdict::Partly) if is_here(target) => "Weak signs",
        (_, Verdict::Unknown) if is_here(target) => "Not certain",
        (_, Verdict::Protected) if is_here(target) => "Nothing found",
        (_, Verdict::Exposed) => "Exposed",
        (_, Verdict::Partly) => "Partly exposed",
        (_, Verdict::Unknown) => "Unknown",
        (_, Verdict::Protected) => "Protected",
    }
}

/// True for an SSH server.
pub(crate) fn is_ssh(target: &TargetReport) -> bool {
    match &target.target {
        Target::Ssh { .. } => true,
        Target::Git { remote, .. } => matches!(remote, Remote::Ssh { .. }),
        Target::Site { .. }
        | Target::Tls { .. }
        | Target::Mail { .. }
        | Target::Repository { .. }
        | Target::Here { .. }
        | Target::Server
        | Target::TlsReports { .. } => false,
    }
}

/// True of a service that programs meet, and not browsers, by how TLS is asked for there.
pub(crate) fn is_for_programs(target: &TargetReport) -> bool {
    matches!(target.target, Target::Tls { starttls: Some(_), .. })
}

/// True for a domain's mail.
pub(crate) fn is_mail(target: &TargetReport) -> bool {
    matches!(target.target, Target::Mail { .. })
}

/// True for this computer, on which signs of somebody are looked for and no openings.
pub(crate) fn is_here(target: &TargetReport) -> bool {
    matches!(target.target, Target::Here { .. })
}

/// What stands behind [`overall_word`], in one or two sentences.
pub(crate) fn overall_sentence(target: &TargetReport) -> String {
    let tally = Tally::of(&target.attacks);
    let total = tally.total();
    if target.state == State::NotMeasured {
        return "Nothing could be measured, so nothing is known to be safe.".into();
    }
    if let Target::TlsReports { .. } = target.target {
        return "What follows is what senders report. Nobody proves it, and the mail servers themselves were not looked at."
            .into();
    }
    if total == 0 {
        return "No attack method was looked at.".into();
    }
    if is_here(target) {
        let (shown, hinted) = (count(tally.exposed, "attack method"), tally.partly);
        let clear = format!("{} of {total} show nothing.", tally.protected);
        return match tally.worst() {
            Verdict::Exposed => format!("Signs of {shown} were found. {clear}"),
            Verdict::Partly => {
                format!("Weak signs of {} were found. {clear}", count(hinted, "attack method"))
            }
            Verdict::Unknown => format!("{clear} For the others too little could be looked at."),
            Verdict::Protected => "As far as it can be seen from here.".into(),
        };
    }
    let some = match target.target {
        Target::Mail { .. } | Target::TlsReports { .. } => "for some mail, people or moments",
        Target::Tls { starttls: Some(_), .. } => "for some programs or at some moments",
        Target::Ssh { .. } | Target::Git { .. } | Target::Repository { .. } => {
            "for some clients or at some moments"
        }
        Target::Site { .. } | Target::Tls { .. } | Target::Here { .. } | Target::Server => {
            "for some visitors, pages or moments"
        }
    };
    let mut text = match tally.worst() {
        Verdict::Exposed => {
            let mut text = format!(
                "{} of {} {} open.",
                tally.exposed,
                count(total, "attack method"),
                are(tally.exposed)
            );
            if tally.partly > 0 {
                text.push_str(&format!(" {} more {} open {some}.", tally.partly, are(tally.partly)));
            }
            text
        }
        Verdict::Partly => {
            format!(
                "{} of {} {} open {some}.",
                tally.partly,
                count(total, "attack method"),
                are(tally.partly)
            )
        }
        Verdict::Unknown if tally.protected == 0 => {
            return "Not enough could be measured for any attack method.".into();
        }
        Verdict::Unknown => format!(
            "{} of {} {} closed.",
            tally.protected,
            count(total, "attack method"),
            are(tally.protected)
        ),
        Verdict::Protected if total == 1 => "The attack method that was looked at is closed.".into(),
        Verdict::Protected => format!("All {total} attack methods that were looked at are closed."),
    };
    if tally.unknown > 0 {
        text.push_str(&format!(" For {}, too little could be measured.", tally.unknown));
    }
    text
}

/// `3 pages`, `1 page`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        // `addresses`.
        _ if noun.ends_with('s') => format!("{number} {noun}es"),
        _ => format!("{number} {noun}s"),
    }
}

fn are(number: usize) -> &'static str {
    if number == 1 { "is" } else { "are" }
}

/// How many findings there are of each severity, worst first, those that occur.
pub(crate) fn severities(findings: &[Finding]) -> Vec<(Severity, usize)> {
    Severity::ALL
        .into_iter()
        .rev()
        .map(|severity| (severity, findings.iter().filter(|finding| finding.severity == severity).count()))
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// Stations as a list in words: `Wi-Fi, router and network`.
pub(crate) fn stations(stations: &[Station]) -> String {
    and(&stations.iter().map(|station| station.name()).collect::<Vec<_>>())
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn and<S: AsRef<str>>(items: &[S]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [head @ .., last] => {
            let head: Vec<_> = head.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", head.join(", "), last.as_ref())
        }
    }
}

/// A moment for people, UTC to the minute.
pub(crate) fn moment(time: Time) -> String {
    time.strftime("%-d %B %Y, %H:%M UTC").to_string()
}

/// A day for people, UTC.
pub(crate) fn day(time: Time) -> String {
    time.strftime("%-d %B %Y").to_string()
}
