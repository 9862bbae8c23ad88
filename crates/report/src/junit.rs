//! JUnit XML, as continuous integration reads it.

use std::fmt::Write;

use midwatch_model::{AttackVerdict, Finding, Report, Severity, State, TargetReport, Verdict};

use crate::fold::{self, Group};
use crate::{clean, gaps, words};

/// The report as JUnit XML, ending with a line feed: a test suite for each target.
///
/// - The test case `measured` is in error where nothing of the target could be measured.
/// - Each check that found something is a test case. It fails where a finding is at or above `fail_on`.
/// - Each attack method is a test case. It fails where it is `exposed` or `partly` and a finding that serves
///   it is at or above `fail_on`, so that some test case fails exactly where there is such a
///   finding; `unknown` is skipped.
///
/// With `fail_on` none, nothing fails.
pub fn junit(report: &Report, fail_on: Option<Severity>) -> String {
    let suites: Vec<Suite> = report.targets.iter().map(|target| Suite::of(target, fail_on)).collect();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let sum = |outcome: fn(&Outcome) -> bool| suites.iter().map(|suite| suite.count(outcome)).sum::<usize>();
    let _ = writeln!(
        out,
        "<testsuites name=\"midwatch\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
        sum(|_| true),
        sum(Outcome::is_failure),
        sum(Outcome::is_error),
        sum(Outcome::is_skipped)
    );
    let timestamp = report.started.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    for suite in &suites {
        suite.write(&mut out, &report.midwatch, &timestamp);
    }
    out.push_str("</testsuites>\n");
    out
}

/// The test cases of one target.
struct Suite {
    name: String,
    host: String,
    cases: Vec<Case>,
}

struct Case {
    class: &'static str,
    name: String,
    outcome: Outcome,
}

/// What a test case says. The text of each is what stands in its element.
enum Outcome {
    /// With notes, where there are any.
    Passed(String),
    Failed {
        kind: String,
        message: String,
        text: String,
    },
    Error {
        message: String,
    },
    Skipped {
        message: String,
    },
}

impl Outcome {
    fn is_failure(&self) -> bool {
        matches!(self, Outcome::Failed { .. })
    }

    fn is_error(&self) -> bool {
        matches!(self, Outcome::Error { .. })
    }

    fn is_skipped(&self) -> bool {
        matches!(self, Outcome::Skipped { .. })
    }
}

impl Suite {
    fn of(target: &TargetReport, fail_on: Option<Severity>) -> Self {
        let fails = |finding: &Finding| fail_on.is_some_and(|least| finding.severity >= least);
        let mut cases =
            vec![Case { class: "midwatch.target", name: "measured".into(), outcome: measured(target) }];
        for group in fold::groups(&target.findings) {
            let outcome = check(&group, fails(group.first));
            cases.push(Case { class: "midwatch.check", name: group.id().to_owned(), outcome });
        }
        for attack in &target.attacks {
            let served =
                target.findings.iter().any(|finding| fails(finding) && finding.attacks.contains(&attack.id));
            let outcome = method(attack, served);
            cases.push(Case { class: "midwatch.attack", name: attack.id.id().to_owned(), outcome });
        }
        Suite { name: target.target.to_string(), host: target.target.whom(), cases }
    }

    fn count(&self, outcome: fn(&Outcome) -> bool) -> usize {
        self.cases.iter().filter(|case| outcome(&case.outcome)).count()
    }

    fn write(&self, out: &mut String, midwatch: &str, timestamp: &str) {
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" hostname=\"{}\" timestamp=\"{timestamp}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
            attribute(&self.name),
            attribute(&self.host),
            self.cases.len(),
            self.count(Outcome::is_failure),
            self.count(Outcome::is_error),
            self.count(Outcome::is_skipped)
        );
        out.push_str("    <properties>\n");
        let _ = writeln!(out, "      <property name=\"midwatch\" value=\"{}\"/>", attribute(midwatch));
        out.push_str("    </properties>\n");
        for case in &self.cases {
            case.write(out);
        }
        out.push_str("  </testsuite>\n");
    }
}

impl Case {
    fn write(&self, out: &mut String) {
        let _ = write!(out, "    <testcase classname=\"{}\" name=\"{}\"", self.class, attribute(&self.name));
        match &self.outcome {
            Outcome::Passed(notes) if notes.is_empty() => {
                out.push_str("/>\n");
                return;
            }
            Outcome::Passed(notes) => {
                let _ = write!(out, ">\n      <system-out>{}</system-out>\n", content(notes));
            }
            Outcome::Failed { kind, message, text } => {
                let _ = write!(
                    out,
                    ">\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n",
                    attribute(kind),
                    attribute(message),
                    content(text)
                );
            }
            Outcome::Error { message } => {
                let _ = write!(
                    out,
                    ">\n      <error type=\"not-measured\" message=\"{}\"/>\n",
                    attribute(message)
                );
            }
            Outcome::Skipped { message } => {
                let _ = write!(out, ">\n      <skipped message=\"{}\"/>\n", attribute(message));
            }
        }
        out.push_str("    </testcase>\n");
    }
}

fn measured(target: &TargetReport) -> Outcome {
    if target.state == State::NotMeasured {
        let why = target.error.as_deref().unwrap_or("nothing could be measured");
        return Outcome::Error { message: why.to_owned() };
    }
    let mut notes = String::new();
    if let Some(error) = &target.error {
        let _ = writeln!(notes, "{error}");
    }
    for gap in gaps::gaps(target).iter().filter(|gap| gap.asked) {
        let _ =
            writeln!(notes, "{} could not be measured: {} ({})", gap.what, gap.why, gap.subjects.join(", "));
    }
    Outcome::Passed(notes)
}

fn check(group: &Group<'_>, fails: bool) -> Outcome {
    let mut text = String::new();
    for finding in &group.members {
        let _ = writeln!(text, "{}: {}: {}", finding.severity, finding.place, finding.title);
        for evidence in &finding.evidence {
            let _ = writeln!(text, "  evidence: {} ({})", evidence.detail, evidence.observation);
        }
    }
    for gain in group.gains().iter().filter(|gain| !gain.is_empty()) {
        let _ = writeln!(text, "gain: {gain}");
    }
    for fix in group.fixes() {
        if !fix.summary.is_empty() {
            let _ = writeln!(text, "fix: {}", fix.summary);
        }
        for server in &fix.servers {
            let _ = writeln!(text, "{}, {}:", server.server, server.place);
            for line in clean::lines(&server.lines) {
                let _ = writeln!(text, "    {line}");
            }
        }
    }
    if !fails {
        return Outcome::Passed(text);
    }
    let places = if group.count() > 1 { format!(" ({} places)", group.count()) } else { String::new() };
    Outcome::Failed {
        kind: group.severity().to_string(),
        message: format!("{}{places}", group.first.title),
        text,
    }
}

fn method(attack: &AttackVerdict, served: bool) -> Outcome {
    let chain: Vec<&str> = attack.because.iter().map(|because| because.text.as_str()).collect();
    let open = matches!(attack.verdict, Verdict::Exposed | Verdict::Partly);
    let mut text = format!("{}\n", attack.verdict);
    for link in &chain {
        let _ = writeln!(text, "{} {link}", if open { "->" } else { "-" });
    }
    for remains in &attack.remains {
        let _ = writeln!(text, "remains: {remains}");
    }
    match attack.verdict {
        Verdict::Unknown => Outcome::Skipped { message: format!("unknown: {}", words::and(&chain)) },
        Verdict::Exposed | Verdict::Partly if served => Outcome::Failed {
            kind: attack.verdict.to_string(),
            message: format!(
                "{} is {}",
                attack.id.name(),
                if attack.verdict == Verdict::Exposed { "open" } else { "partly open" }
            ),
            text,
        },
        Verdict::Exposed | Verdict::Partly | Verdict::Protected => Outcome::Passed(text),
    }
}

/// Text for an attribute: one line, harmless, escaped.
fn attribute(text: &str) -> String {
    escape(&clean::line(text))
}

/// Text for an element: its lines stay apart.
fn content(text: &str) -> String {
    escape(&clean::lines(text).join("\n"))
}

/// Escapes what has a meaning in XML. [`clean`] has already spelt out the characters that XML 1.0 forbids.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    const ALL: [Option<Severity>; 6] = [
        None,
        Some(Severity::Info),
        Some(Severity::Low),
        Some(Severity::Medium),
        Some(Severity::High),
        Some(Severity::Critical),
    ];

    fn number(node: roxmltree::Node<'_, '_>, name: &str) -> usize {
        node.attribute(name).expect("an attribute").parse().expect("a number")
    }

    #[test]
    fn well_formed_and_the_counts_are_right() {
        for fail_on in ALL {
            let xml = junit(&sample::report(), fail_on);
            let document = roxmltree::Document::parse(&xml).expect("well-formed XML");
            let root = document.root_element();
            let counted = |node: roxmltree::Node<'_, '_>, tag: &str| {
                node.descendants().filter(|node| node.has_tag_name(tag)).count()
            };
            for node in root.descendants().filter(|node| node.has_tag_name("testsuite") || *node == root) {
                assert_eq!(number(node, "tests"), counted(node, "testcase"));
                assert_eq!(number(node, "failures"), counted(node, "failure"));
                assert_eq!(number(node, "errors"), counted(node, "error"));
                assert_eq!(number(node, "skipped"), counted(node, "skipped"));
            }
            assert_eq!(number(root, "errors"), 1, "one target was not measured");
            assert_eq!(number(root, "skipped"), 2, "one verdict of two targets each is unknown");
        }
    }

    #[test]
    fn failures_exactly_where_a_finding_is_bad_enough() {
        for report in [sample::report(), sample::weak(), sample::sound()] {
            for fail_on in ALL {
                let bad = report
                    .targets
                    .iter()
                    .flat_map(|target| &target.findings)
                    .any(|finding| fail_on.is_some_and(|least| finding.severity >= least));
                assert_eq!(junit(&report, fail_on).contains("<failure"), bad, "{fail_on:?}");
            }
        }
    }

    #[test]
    fn hostile_text_comes_back_as_it_went_in() {
        let xml = junit(&sample::weak(), Some(Severity::Info));
        let document = roxmltree::Document::parse(&xml).expect("well-formed XML");
        let shown = clean::line(sample::HOSTILE);
        assert!(document.descendants().any(|node| node.text().is_some_and(|text| text.contains(&shown))));
    }

    #[test]
    fn snapshot() {
        insta::assert_snapshot!(junit(&sample::report(), Some(Severity::High)));
    }
}
