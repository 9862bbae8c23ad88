//! SARIF 2.1.0 (OASIS Standard, 27 March 2020), for code-scanning services.

use std::collections::BTreeMap;
use std::net::Ipv6Addr;

use midwatch_model::{Confidence, Finding, Fix, Report, Severity, State, Target, TargetReport};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::fold::{self, Group};
use crate::{clean, gaps, json as json_format, words};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The report as a SARIF 2.1.0 log with one run, ending with a line feed.
///
/// - Each check that found something is a rule, with its fix as help.
/// - Each finding is a result. Its artifact is the URL that the finding is about, or that of the target where
///   the finding is about something else; its logical location is the finding's place in words.
/// - `partialFingerprints` hold `midwatchFinding/v1`, which stays the same from run to run as long as check,
///   target and place do.
/// - Targets that could not be measured are notifications of the invocation, which then counts as not
///   successful. The verdicts on attack methods stand in the run's properties.
pub fn sarif(report: &Report) -> String {
    let rules = Rules::of(report);
    let mut seen = BTreeMap::new();
    let results: Vec<Value> = report
        .targets
        .iter()
        .flat_map(|target| target.findings.iter().map(move |finding| (target, finding)))
        .map(|(target, finding)| result(&rules, &mut seen, target, finding))
        .collect();
    json_format::pretty(&json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "midwatch",
                    "version": clean::line(&report.midwatch),
                    "informationUri": env!("CARGO_PKG_REPOSITORY"),
                    "rules": rules.values,
                }
            },
            "columnKind": "unicodeCodePoints",
            "invocations": [invocation(report)],
            "properties": {
                "targets": report.targets.iter().map(|target| json!({
                    "target": clean::line(&target.target.to_string()),
                    "state": target.state,
                    "attacks": target.attacks.iter()
                        .map(|attack| (attack.id.id().to_owned(), json!(attack.verdict)))
                        .collect::<serde_json::Map<_, _>>(),
                })).collect::<Vec<_>>(),
            },
            "results": results,
        }],
    }))
}

/// The rules, sorted by id, and where each stands.
struct Rules {
    values: Vec<Value>,
    at: BTreeMap<String, usize>,
}

impl Rules {
    fn of(report: &Report) -> Self {
        // One rule for each check, told by the worst finding of all targets.
        let all: Vec<Finding> =
            report.targets.iter().flat_map(|target| target.findings.iter().cloned()).collect();
        let mut groups = fold::groups(&all);
        groups.sort_by(|a, b| a.id().cmp(b.id()));
        let at = groups.iter().enumerate().map(|(at, group)| (group.id().to_owned(), at)).collect();
        Rules { values: groups.iter().map(rule).collect(), at }
    }
}

fn rule(group: &Group<'_>) -> Value {
    let first = group.first;
    let mut tags = vec!["security".to_owned()];
    tags.extend(group.attacks().iter().map(|attack| attack.id().to_owned()));
    json!({
        "id": clean::line(&first.id),
        "shortDescription": { "text": text(&first.title) },
        "fullDescription": { "text": text(&first.gain) },
        "defaultConfiguration": { "level": level(first.severity) },
        "help": { "text": help_text(first), "markdown": help_markdown(first) },
        "properties": {
            "tags": tags,
            "precision": precision(group.confidence()),
            "problem.severity": problem_severity(first.severity),
            "security-severity": security_severity(first.severity),
            "source": clean::line(&first.source),
        },
    })
}

fn result(
    rules: &Rules,
    seen: &mut BTreeMap<[u8; 32], u32>,
    target: &TargetReport,
    finding: &Finding,
) -> Value {
    let mut message = format!("{}: {}.", finding.title.trim_end_matches('.'), finding.place);
    if !finding.gain.is_empty() {
        message.push(' ');
        message.push_str(&finding.gain);
    }
    let evidence: Vec<_> = finding
        .evidence
        .iter()
        .map(|one| format!("{} ({})", clean::line(&one.detail), clean::line(&one.observation)))
        .collect();
    let mut value = json!({
        "ruleId": clean::line(&finding.id),
        "level": level(finding.severity),
        "message": { "text": text(&message) },
        "locations": [{
            "physicalLocation": { "artifactLocation": { "uri": artifact(&target.target, &finding.place) } },
            "logicalLocations": [{
                "name": clean::line(&finding.place),
                "fullyQualifiedName": clean::line(&format!("{} {}", target.target, finding.place)),
                "kind": "resource",
            }],
        }],
        "partialFingerprints": { "midwatchFinding/v1": fingerprint(seen, target, finding) },
        "properties": {
            "severity": finding.severity,
            "confidence": finding.confidence,
            "security-severity": security_severity(finding.severity),
            "attacks": finding.attacks,
            "from": finding.from,
            "evidence": evidence,
            "benign": finding.benign.iter().map(|cause| clean::line(cause)).collect::<Vec<_>>(),
        },
    });
    if let (Some(at), Some(object)) = (rules.at.get(&finding.id), value.as_object_mut()) {
        object.insert("ruleIndex".into(), json!(at));
    }
    value
}

fn invocation(report: &Report) -> Value {
    let mut notifications = Vec::new();
    for target in &report.targets {
        let name = target.target.to_string();
        let uri = artifact(&target.target, &name);
        let mut notify = |level: &str, message: &str| {
            notifications.push(json!({
                "level": level,
                "message": { "text": text(message) },
                "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri } } }],
            }));
        };
        if target.state == State::NotMeasured || target.error.is_some() {
            let why = target.error.as_deref().unwrap_or("nothing could be measured");
            let level = if target.state == State::NotMeasured { "error" } else { "warning" };
            notify(level, &format!("{name} could not be measured: {why}"));
        }
        if target.state != State::NotMeasured {
            for gap in gaps::gaps(target).iter().filter(|gap| gap.asked) {
                notify(
                    "note",
                    &format!("{} could not be measured: {} ({})", gap.what, gap.why, gap.subjects.join(", ")),
                );
            }
        }
    }
    json!({
        "executionSuccessful": report.targets.iter().all(|target| target.state != State::NotMeasured),
        "startTimeUtc": report.started.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        "toolExecutionNotifications": notifications,
    })
}

/// Text that is never empty, as SARIF wants it for messages.
fn text(text: &str) -> String {
    let text = clean::line(text);
    if text.trim().is_empty() { "-".into() } else { text }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

fn problem_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "recommendation",
    }
}

/// A number that code-scanning services sort by: over 9.0 is critical, from 7.0 high, from 4.0 medium, above
/// zero low.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.5",
        Severity::Info => "0.0",
    }
}

fn precision(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Certain => "very-high",
        Confidence::Firm => "high",
        Confidence::Tentative => "low",
    }
}

fn help_text(finding: &Finding) -> String {
    let mut out = text(&finding.fix.summary);
    for server in &finding.fix.servers {
        out.push_str(&format!("\n\n{}, {}:", server.server, clean::line(&server.place)));
        for line in clean::lines(&server.lines) {
            out.push_str(&format!("\n    {line}"));
        }
    }
    if !finding.source.is_empty() {
        out.push_str(&format!("\n\nSource: {}", clean::line(&finding.source)));
    }
    out
}

fn help_markdown(finding: &Finding) -> String {
    let mut out = String::new();
    if !finding.gain.is_empty() {
        out.push_str(&format!("**What an attacker gains:** {}\n\n", markdown(&finding.gain)));
    }
    if !finding.from.is_empty() {
        out.push_str(&format!("**From:** {}\n\n", words::stations(&finding.from)));
    }
    out.push_str(&markdown_fix(&finding.fix));
    if !finding.source.is_empty() {
        out.push_str(&format!("**Source:** {}\n", markdown(&finding.source)));
    }
    if out.is_empty() { "-".into() } else { out }
}

fn markdown_fix(fix: &Fix) -> String {
    let mut out = String::new();
    if !fix.summary.is_empty() {
        out.push_str(&format!("**Fix:** {}\n\n", markdown(&fix.summary)));
    }
    for server in &fix.servers {
        out.push_str(&format!("{}, {}:\n\n", server.server, markdown(&server.place)));
        // Indented code ends only where a line is not indented, so no line can break out of it.
        for line in clean::lines(&server.lines) {
            out.push_str(&format!("    {line}\n"));
        }
        out.push('\n');
    }
    out
}

/// Text with everything escaped that Markdown or HTML within it gives a meaning to.
fn markdown(text: &str) -> String {
    let mut out = String::new();
    for c in clean::line(text).chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '#' | '|' | '!' | '~') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The URI of what a finding is about: the place itself where it is a URL, else the target's.
fn artifact(target: &Target, place: &str) -> String {
    if place.starts_with("http://") || place.starts_with("https://") {
        return uri(place);
    }
    match target {
        Target::Site { .. } => uri(&target.to_string()),
        Target::Tls { host, port, .. } => uri(&format!("tls://{host}:{port}")),
        Target::Ssh { host, port, .. } => uri(&format!("ssh://{host}:{}", port.unwrap_or(22))),
        Target::Git { input, .. } => uri(input),
        Target::Repository { path } => uri(path),
        Target::Mail { domain, .. } => uri(&format!("mailto:postmaster@{domain}")),
        Target::Here { .. } => "midwatch:here".to_owned(),
        Target::Server => "midwatch:host".to_owned(),
        Target::TlsReports { .. } => "midwatch:mail-reports".to_owned(),
    }
}

/// Percent-encodes what may not stand in a URI (RFC 3986), and leaves everything else as it is.
fn uri(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let mut out = format!("{scheme}://");
    push_authority(&mut out, authority);
    let mut fragment = false;
    let bytes = path.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        let stays = match byte {
            // The first one begins the fragment; a second one may not stand in it.
            b'#' => !std::mem::replace(&mut fragment, true),
            b'%' => bytes.get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit)),
            byte => is_unreserved_or_delimiter(byte) || matches!(byte, b'/' | b'?' | b':' | b'@'),
        };
        push_byte(&mut out, byte, stays);
    }
    out
}

/// A host, or an address in brackets, and a port; what is neither becomes part of the host, encoded.
fn push_authority(out: &mut String, authority: &str) {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, Some(port)),
        _ => (authority, None),
    };
    let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    if literal.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok()) {
        out.push_str(host);
    } else {
        host.bytes().for_each(|byte| push_byte(out, byte, is_unreserved_or_delimiter(byte)));
    }
    if let Some(port) = port {
        out.push(':');
        out.push_str(port);
    }
}

fn push_byte(out: &mut String, byte: u8, stays: bool) {
    if stays {
        out.push(char::from(byte));
    } else {
        out.push_str(&format!("%{byte:02X}"));
    }
}

/// `unreserved` and `sub-delims` of RFC 3986, section 2.
fn is_unreserved_or_delimiter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte)
}

/// SHA-256 over check, target and place; where all three occur again, a number keeps the prints apart.
fn fingerprint(seen: &mut BTreeMap<[u8; 32], u32>, target: &TargetReport, finding: &Finding) -> String {
    let mut hash = Sha256::new();
    for part in [finding.id.as_str(), &target.target.to_string(), &finding.place] {
        // The length in front keeps ("ab", "c") and ("a", "bc") apart.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest: [u8; 32] = hash.finalize().into();
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let times = seen.entry(digest).and_modify(|times| *times += 1).or_insert(1);
    format!("{hex}:{times}")
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::OnceLock;

    use super::*;
    use crate::sample;

    fn value(report: &Report) -> Value {
        serde_json::from_str(&sarif(report)).expect("valid JSON")
    }

    /// The official schema, read once.
    fn validator() -> &'static jsonschema::Validator {
        static VALIDATOR: OnceLock<jsonschema::Validator> = OnceLock::new();
        VALIDATOR.get_or_init(|| {
            let mut schema: Value =
                serde_json::from_str(include_str!("../tests/data/sarif-schema-2.1.0.json")).expect("JSON");
            // As published, two patterns have a bracket too many and are no ECMA 262 regular expressions.
            for owner in ["run", "toolComponent"] {
                let pattern = &mut schema["definitions"][owner]["properties"]["language"]["pattern"];
                assert_eq!(*pattern, "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$");
                *pattern = json!("^[a-zA-Z]{2}(-[a-zA-Z]{2})?$");
            }
            jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema")
        })
    }

    /// The SARIF of a report is what the official schema asks for.
    pub(crate) fn is_valid(report: &Report) {
        let errors: Vec<_> = validator()
            .iter_errors(&value(report))
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }

    #[test]
    fn valid_against_the_schema() {
        let empty = Report::new("0.1.0", sample::report().started, vec![]);
        for report in [sample::report(), sample::weak(), sample::sound(), empty] {
            is_valid(&report);
        }
    }

    #[test]
    fn the_schema_is_really_applied() {
        assert!(!validator().is_valid(&json!({ "version": "2.1.0", "runs": [{ "tool": {} }] })));
        assert!(!validator().is_valid(&json!({ "version": "2.1.0", "runs": [{ "tool": { "driver": {
            "name": "x", "informationUri": "no uri" } } }] })));
    }

    #[test]
    fn one_result_for_each_finding_and_each_points_to_its_rule() {
        let report = sample::report();
        let log = value(&report);
        let run = &log["runs"][0];
        let results = run["results"].as_array().expect("results");
        assert_eq!(results.len(), report.targets.iter().map(|target| target.findings.len()).sum::<usize>());
        for result in results {
            let at = result["ruleIndex"].as_u64().expect("an index") as usize;
            assert_eq!(run["tool"]["driver"]["rules"][at]["id"], result["ruleId"]);
        }
        assert_eq!(run["invocations"][0]["executionSuccessful"], false, "one target was not measured");
    }

    #[test]
    fn fingerprints_are_unique_and_do_not_depend_on_the_run() {
        let prints = |report: &Report| -> BTreeMap<String, String> {
            value(report)["runs"][0]["results"]
                .as_array()
                .expect("results")
                .iter()
                .map(|result| {
                    let print = result["partialFingerprints"]["midwatchFinding/v1"].to_string();
                    let name =
                        result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].to_string();
                    (print, format!("{} {name}", result["ruleId"]))
                })
                .collect()
        };
        let report = sample::report();
        let count: usize = report.targets.iter().map(|target| target.findings.len()).sum();
        let first = prints(&report);
        assert_eq!(first.len(), count);

        let mut later = report.clone();
        later.midwatch = "9.9.9".into();
        later.started = "2031-01-01T00:00:00Z".parse().expect("a time");
        later.targets.reverse();
        for target in &mut later.targets {
            target.findings.reverse();
            for finding in &mut target.findings {
                finding.evidence.clear();
                finding.severity = Severity::Low;
            }
        }
        assert_eq!(prints(&later), first);

        let twice = {
            let mut twice = sample::weak();
            let again = twice.targets[0].findings[0].clone();
            twice.targets[0].findings.push(again);
            twice
        };
        assert_eq!(prints(&twice).len(), twice.targets[0].findings.len());
    }

    #[test]
    fn places_become_uris() {
        assert_eq!(
            uri("https://[2001:db8::7]:8443/a b?c=[1]#d#e"),
            "https://[2001:db8::7]:8443/a%20b?c=%5B1%5D#d%23e"
        );
        assert_eq!(uri("http://x.example/100%/%41\"<>\\"), "http://x.example/100%25/%41%22%3C%3E%5C");
        assert_eq!(uri("https://user@[host]:8o/"), "https://user%40%5Bhost%5D%3A8o/");
        let target = &sample::report().targets[0].target;
        assert_eq!(artifact(target, "cookie sid of shop.example"), "https://shop.example/");
        assert_eq!(artifact(target, "shop.example:443"), "https://shop.example/");
    }

    #[test]
    fn markdown_takes_no_orders() {
        assert_eq!(markdown("<img src=x> `a` [b](c)"), "\\<img src=x\\> \\`a\\` \\[b\\](c)");
    }

    #[test]
    fn snapshot() {
        insta::assert_snapshot!(sarif(&sample::report()));
    }
}
