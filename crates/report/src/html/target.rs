//! One target: the verdict, the picture of the path, the attack methods, and then the rest.

use std::collections::BTreeSet;
use std::fmt::Write;

use midwatch_model::{AttackId, AttackVerdict, PathHop, State, TargetReport, Verdict};

use super::escape::{Breaking, Esc, Prose, id};
use super::fragments::TargetParts;
use super::{findings, host_keys, icons, measured, way};
use crate::facts;
use crate::fold::{self, Group};
use crate::gaps::{self, Gap};
use crate::words;

/// What the parts of a target need in order to point to each other.
pub(super) struct Anchors {
    /// The number of the target in the document, from 1.
    pub target: usize,
    /// The observations that have a place in the document.
    pub observations: BTreeSet<String>,
    /// The checks that found something.
    pub findings: BTreeSet<String>,
    /// The attack methods that there is a verdict on.
    pub attacks: BTreeSet<AttackId>,
}

impl Anchors {
    /// A link to an observation, or its bare id where it has no place here.
    pub fn observation(&self, observation: &str) -> String {
        if self.observations.contains(observation) {
            format!(
                "<a class=\"o\" href=\"#t{}-o-{}\">{}</a>",
                self.target,
                id(observation),
                Esc(observation)
            )
        } else {
            format!("<span class=\"o\">{}</span>", Esc(observation))
        }
    }

    /// A link to the verdict on an attack method, or its bare name where there is none: a method that a finding
    /// serves need not be one that was looked at.
    pub fn attack(&self, attack: AttackId) -> String {
        let name = Esc(attack.name());
        match self.attacks.contains(&attack) {
            true => format!("<a href=\"#t{}-a-{attack}\">{name}</a>", self.target),
            false => name.to_string(),
        }
    }

    /// A link to the findings of a check, or its bare id.
    pub fn finding(&self, finding: &str) -> String {
        if self.findings.contains(finding) {
            format!("<a href=\"#t{}-f-{}\">{}</a>", self.target, id(finding), Esc(finding))
        } else {
            format!("<span>{}</span>", Esc(finding))
        }
    }
}

pub(super) fn write(out: &mut String, number: usize, target: &TargetReport) {
    let parts = parts(number, target);
    let _ = writeln!(out, "<section class=\"target\" id=\"t{number}\" aria-labelledby=\"t{number}-h\">");
    let _ = writeln!(out, "<h2 id=\"t{number}-h\">{}</h2>", Breaking(&target.target));
    out.push_str(&parts.banner);
    // The way is what somebody who asks about this computer wants to see first.
    let (first, second) = match words::is_here(target) {
        true => (&parts.path, &parts.glance),
        false => (&parts.glance, &parts.path),
    };
    out.push_str(first);
    out.push_str(second);
    for part in [&parts.host_keys, &parts.attacks, &parts.findings, &parts.measured, &parts.unknown] {
        out.push_str(part);
    }
    out.push_str("</section>\n");
}

/// The parts of a target's section.
pub(super) fn parts(number: usize, target: &TargetReport) -> TargetParts {
    let groups = fold::groups(&target.findings);
    let (measured, mut observations) = measured::section(number, target);
    let host_keys = host_keys::section(number, target, &mut observations);
    let anchors = Anchors {
        target: number,
        observations,
        findings: groups.iter().map(|group| group.id().to_owned()).collect(),
        attacks: target.attacks.iter().map(|attack| attack.id).collect(),
    };
    let mut parts = TargetParts { host_keys, measured, ..TargetParts::default() };
    banner(&mut parts.banner, target, number);
    match crate::way::way(target).as_slice() {
        [] => path(&mut parts.path, target, number),
        hops => way::write(&mut parts.path, hops, &anchors),
    }
    glance(&mut parts.glance, target, &groups, &anchors);
    attacks(&mut parts.attacks, target, &anchors);
    findings::write(&mut parts.findings, &groups, &anchors);
    unknown(&mut parts.unknown, target, number);
    parts
}

/// The verdict in a word and a sentence, and how many findings.
fn banner(out: &mut String, target: &TargetReport, number: usize) {
    let verdict = words::overall(target);
    let _ = write!(
        out,
        "<div class=\"banner {verdict}\">\n<p class=\"verdict\">{}{}</p>\n<p class=\"sentence\">{}</p>\n",
        icons::verdict(verdict),
        Esc(words::overall_word(target)),
        Esc(words::overall_sentence(target)),
    );
    if let Some(error) = &target.error {
        let _ = writeln!(out, "<p>Could not be measured: {}.</p>", Esc(error));
    } else if target.state == State::Partly {
        let _ = writeln!(
            out,
            "<p>Not everything could be measured: <a href=\"#t{number}-unknown\">what, and why</a>.</p>"
        );
    }
    let counts = words::severities(&target.findings);
    if !counts.is_empty() {
        out.push_str("<ul class=\"counts\" aria-label=\"Findings by severity\">");
        for (severity, count) in counts {
            let _ = write!(out, "<li class=\"sev {severity}\"><b>{count}</b> {severity}</li>");
        }
        out.push_str("</ul>\n");
    } else if target.state != State::NotMeasured {
        out.push_str("<p>No findings.</p>\n");
    }
    out.push_str("</div>\n");
}

/// What to fix first, and what was measured in short.
fn glance(out: &mut String, target: &TargetReport, groups: &[Group<'_>], anchors: &Anchors) {
    let facts = facts::summary(target);
    if !facts.is_empty() || !groups.is_empty() {
        out.push_str("<div class=\"glance\">\n");
        if !groups.is_empty() {
            let heading = if groups.len() > 3 { "To fix first" } else { "To fix" };
            let _ = write!(out, "<div>\n<h3>{heading}</h3>\n<ol class=\"first\">\n");
            for group in groups.iter().take(3) {
                let places =
                    if group.count() > 1 { format!(" ({} places)", group.count()) } else { String::new() };
                let _ = writeln!(
                    out,
                    "<li><a href=\"#t{}-f-{}\">{}</a>{places}</li>",
                    anchors.target,
                    id(&group.anchor()),
                    Esc(&group.first.title),
                );
            }
            out.push_str("</ol>\n</div>\n");
        }
        if !facts.is_empty() {
            out.push_str("<div>\n<h3>In short</h3>\n<dl class=\"facts\">\n");
            for (label, text) in facts {
                let _ = writeln!(out, "<div><dt>{label}</dt><dd>{}</dd></div>", Breaking(text));
            }
            out.push_str("</dl>\n</div>\n");
        }
        out.push_str("</div>\n");
    }
}

/// The picture of the path.
fn path(out: &mut String, target: &TargetReport, number: usize) {
    if target.path.is_empty() {
        return;
    }
    let _ = write!(
        out,
        "<section class=\"way\" aria-labelledby=\"t{number}-path\">\n<h3 id=\"t{number}-path\">The way to the server, and who can do what on it</h3>\n<ol class=\"path\">\n"
    );
    for hop in &target.path {
        station(out, hop);
    }
    out.push_str("</ol>\n</section>\n");
}

/// A station of the picture.
pub(super) fn station(out: &mut String, hop: &PathHop) {
    let verdict = hop.mark.verdict;
    let _ = write!(
        out,
        "<li class=\"{verdict}\"><span class=\"stop\">{}{}</span><div><b class=\"name\">{}</b> <span class=\"word\">{verdict}</span>",
        icons::station(hop.station),
        icons::verdict(verdict),
        Esc(hop.station.name()),
    );
    if !hop.mark.because.is_empty() {
        let _ = write!(out, "<p>{}</p>", Prose(&hop.mark.because));
    }
    out.push_str("</div></li>\n");
}

/// A card for each attack method, worst first, with its chain of evidence.
fn attacks(out: &mut String, target: &TargetReport, anchors: &Anchors) {
    if target.attacks.is_empty() {
        return;
    }
    let number = anchors.target;
    let _ = write!(
        out,
        "<section aria-labelledby=\"t{number}-attacks\">\n<h3 id=\"t{number}-attacks\">What an attacker could do</h3>\n<div class=\"cards\">\n"
    );
    let mut attacks: Vec<&AttackVerdict> = target.attacks.iter().collect();
    attacks.sort_by_key(|attack| std::cmp::Reverse(attack.verdict));
    for attack in attacks {
        card(out, attack, anchors);
    }
    out.push_str("</div>\n</section>\n");
}

fn card(out: &mut String, attack: &AttackVerdict, anchors: &Anchors) {
    let verdict = attack.verdict;
    let _ = write!(
        out,
        "<article class=\"card {verdict}\" id=\"t{}-a-{}\">\n<h4>{}<span>{}</span> <span class=\"word\">{verdict}</span></h4>\n",
        anchors.target,
        attack.id,
        icons::verdict(verdict),
        Esc(attack.id.name()),
    );
    // The links of a chain follow one from the other; reasons stand side by side.
    let (open, close) = match verdict {
        Verdict::Exposed | Verdict::Partly => ("<ol class=\"chain\">", "</ol>"),
        Verdict::Unknown | Verdict::Protected => ("<ul class=\"reasons\">", "</ul>"),
    };
    let _ = writeln!(out, "{open}");
    for because in &attack.because {
        let _ = write!(out, "<li>{}", Prose(&because.text));
        let mut rests: Vec<String> =
            because.findings.iter().map(|finding| anchors.finding(finding)).collect();
        rests.extend(because.observations.iter().map(|observation| anchors.observation(observation)));
        if !rests.is_empty() {
            let _ = write!(out, " <span class=\"rests\">{}</span>", rests.join(" "));
        }
        out.push_str("</li>\n");
    }
    let _ = writeln!(out, "{close}");
    for remains in &attack.remains {
        let _ = writeln!(out, "<p class=\"remains\"><b>Remains:</b> {}</p>", Prose(remains));
    }
    out.push_str("</article>\n");
}

/// What could not be measured, and why.
fn unknown(out: &mut String, target: &TargetReport, number: usize) {
    let gaps = gaps::gaps(target);
    let (asked, not_asked): (Vec<&Gap>, Vec<&Gap>) = gaps.iter().partition(|gap| gap.asked);
    if gaps.is_empty() {
        return;
    }
    let _ = writeln!(out, "<div class=\"unknowns\" id=\"t{number}-unknown\">");
    if !asked.is_empty() {
        out.push_str("<h3>What could not be measured, and why</h3>\n");
        rows(out, "What could not be measured", &asked);
    }
    if !not_asked.is_empty() {
        let _ = writeln!(
            out,
            "<details class=\"plain\"><summary>Not asked, or does not apply ({})</summary>",
            not_asked.len()
        );
        rows(out, "Not asked, or does not apply", &not_asked);
        out.push_str("</details>\n");
    }
    out.push_str("</div>\n");
}

fn rows(out: &mut String, label: &str, gaps: &[&Gap]) {
    measured::table(out, label, &["What", "Why", "Where"], |out| {
        for gap in gaps.iter().take(measured::MOST) {
            let _ = write!(out, "<tr><td>{}</td><td>{}</td><td>", Prose(&gap.what), Prose(&gap.why));
            for (at, subject) in gap.subjects.iter().take(20).enumerate() {
                let _ = write!(
                    out,
                    "{}<span class=\"url\">{}</span>",
                    if at > 0 { "<br>" } else { "" },
                    Breaking(subject)
                );
            }
            if gap.subjects.len() > 20 {
                let _ = write!(out, "<br>and {} more", gap.subjects.len() - 20);
            }
            out.push_str("</td></tr>\n");
        }
    });
    measured::left_out(out, gaps.len());
}
