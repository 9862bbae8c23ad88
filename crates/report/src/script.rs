//! A shell script of the changes that stop the findings on a server, for its owner to read and to run.

use std::fmt::Write as _;

use midwatch_model::{Edit, Finding, Report, ServerProgramId};

use crate::clean;

/// What the script can do, before anything is done.
const PREAMBLE: &str = include_str!("script/preamble.sh");

/// The longest line of a comment, in characters.
const WIDTH: usize = 100;

/// The script, for POSIX sh. It changes nothing that it does not keep first, can be run again, and asks nothing.
///
/// Findings stand in it as comments, worst first, those of one program together, each with its changes; one without a change
/// that is known has what there is to decide. Every text from outside is quoted or cleaned: a file's name with quotes or line
/// feeds in it stays one word, and a comment stays a comment.
pub fn fix_script(report: &Report) -> String {
    let mut out = String::from("#!/bin/sh\n");
    let said = format!(
        "Changes that stop what midwatch {} found on this server at {}. Nothing was changed yet: read it, take out what you do \
         not want, and run it as root. With --reload the programs read their files anew, each after its own test. What a \
         file was before is kept below /var/backups; with --undo and the directory there it is put back, but for rights on \
         files, which stand in the comments.",
        report.midwatch, report.started
    );
    comment(&mut out, "", &said);
    // The texts in quotes are meant to stay as they are, and some functions are not used by every script.
    out.push_str("# shellcheck disable=SC2016,SC2317,SC2329\n");
    out.push_str(PREAMBLE);
    let findings: Vec<&Finding> = report.targets.iter().flat_map(|target| &target.findings).collect();
    let mut programs: Vec<Option<ServerProgramId>> = Vec::new();
    for finding in &findings {
        if !programs.contains(&finding.fix.edits.program) {
            programs.push(finding.fix.edits.program);
        }
    }
    for (number, program) in (1..).zip(programs) {
        let name = program.map_or("files and packages", ServerProgramId::name);
        let _ = write!(out, "\n# ---- {name} ----\nbegin {number}\n");
        for finding in findings.iter().filter(|finding| finding.fix.edits.program == program) {
            of_finding(&mut out, finding);
        }
        if let Some(program) = program {
            let (unit, test) = service(program);
            for line in before(program) {
                let _ = writeln!(out, "{line}");
            }
            let _ = writeln!(out, "finish {} {}{test}", quote(name), quote(unit));
        }
    }
    out.push_str(
        "\nrm -f -- \"$kept/new\" \"$kept/test\"\nif [ \"$left\" -gt 0 ]; then\n    \
         echo \"$left of the changes were not made: see above.\" >&2\n    exit 1\nfi\nexit 0\n",
    );
    out
}

fn of_finding(out: &mut String, finding: &Finding) {
    out.push('\n');
    comment(out, "", &format!("{} ({}): {}", finding.id, finding.severity, finding.title));
    comment(out, "  at ", &finding.place);
    for evidence in finding.evidence.iter().take(8) {
        comment(out, "  ", &evidence.detail);
    }
    if finding.fix.edits.is_empty() {
        comment(out, "  to decide: ", &finding.fix.summary);
        for server in finding.fix.servers.iter().filter(|server| server.seen) {
            comment(out, "  ", &format!("{}, {}:", server.server, server.place));
            for line in clean::lines(&server.lines) {
                let _ = writeln!(out, "#     {line}");
            }
        }
        return;
    }
    for edit in &finding.fix.edits.edits {
        one(out, edit);
    }
}

/// One change as a call of one function; where it cannot be written as one, what there is to do.
fn one(out: &mut String, edit: &Edit) {
    match edit {
        Edit::Line { file, line, was, becomes } if is_path(file) && is_line(was) && is_line(becomes) => {
            let _ = writeln!(out, "line {} {line} {} {}", quote(file), quote(was), quote(becomes));
        }
        Edit::Top { file, lines } if is_path(file) && lines.iter().all(|line| is_line(line)) => {
            for line in lines {
                let _ = writeln!(out, "top {} {}", quote(file), quote(line));
            }
        }
        Edit::End { file, lines } if is_path(file) && lines.iter().all(|line| is_line(line)) => {
            let lines: Vec<String> = lines.iter().map(|line| quote(line)).collect();
            let _ = writeln!(out, "end {} {}", quote(file), lines.join(" "));
        }
        Edit::Mode { path, mode } if is_path(path) && is_mode(mode) => {
            let _ = writeln!(out, "mode {mode} {}", quote(path));
        }
        Edit::Run { command, changes }
            if command.iter().chain(changes).all(|word| !word.contains('\0'))
                && changes.iter().all(|path| is_path(path))
                && command.first().is_some_and(|program| !program.starts_with('-')) =>
        {
            for path in changes {
                let _ = writeln!(out, "keep {}", quote(path));
            }
            let words: Vec<String> = command.iter().map(|word| quote(word)).collect();
            let _ = writeln!(out, "run {}", words.join(" "));
        }
        Edit::Decide { what } => comment(out, "  to decide: ", what),
        Edit::Line { file, becomes, .. } => {
            comment(out, "  to do by hand: ", &format!("in {file}, write {becomes}"))
        }
        Edit::Top { file, lines } | Edit::End { file, lines } => {
            comment(out, "  to do by hand: ", &format!("in {file}, write {}", lines.join(" ")));
        }
        Edit::Mode { path, mode } => comment(out, "  to do by hand: ", &format!("chmod {mode} {path}")),
        Edit::Run { command, .. } => comment(out, "  to do by hand: ", &command.join(" ")),
    }
}

/// An absolute path, which no command takes for an option.
fn is_path(path: &str) -> bool {
    path.starts_with('/') && !path.contains('\0')
}

/// Text that is one line, for a file that is made of lines.
fn is_line(line: &str) -> bool {
    !line.chars().any(|c| c != '\t' && clean::is_hidden(c))
}

/// A mode as chmod(1) takes it.
fn is_mode(mode: &str) -> bool {
    !mode.is_empty()
        && mode.chars().all(|c| c.is_ascii_alphanumeric() || "+-=,".contains(c))
        && !mode.starts_with('-')
}

/// The unit of a program, and its own test as words of shell, with a space before; none where it has none.
fn service(program: ServerProgramId) -> (&'static str, &'static str) {
    match program {
        ServerProgramId::Sshd => ("ssh", " sshd -t"),
        ServerProgramId::Postfix => ("postfix", " postfix check"),
        ServerProgramId::Dovecot => ("dovecot", " doveconf -n"),
        ServerProgramId::Exim => ("exim4", " exim4 -bV"),
        ServerProgramId::Vsftpd => ("vsftpd", ""),
        ServerProgramId::Proftpd => ("proftpd", " proftpd -t"),
        ServerProgramId::PureFtpd => ("pure-ftpd", ""),
        ServerProgramId::Openidc => ("apache2", " apache2ctl -t"),
        ServerProgramId::Webmin => ("webmin", ""),
        ServerProgramId::Chrony => ("chrony", " chronyd -p"),
        ServerProgramId::Ntpsec => ("ntpsec", ""),
        // These read their settings when they are asked, or are told by their own commands.
        ServerProgramId::Cpanel | ServerProgramId::Hestia | ServerProgramId::Timesyncd => ("", ""),
        ServerProgramId::Resolver => ("", " unbound-checkconf"),
    }
}

/// What a program's test needs before it can be run.
fn before(program: ServerProgramId) -> &'static [&'static str] {
    match program {
        // Debian's has it where sshd runs; where a socket starts it, it comes and goes.
        ServerProgramId::Sshd => &["[ -d /run/sshd ] || mkdir -m 0755 /run/sshd"],
        _ => &[],
    }
}

/// A word of shell that stands for exactly this text.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\0', "").replace('\'', "'\\''"))
}

/// A comment, cleaned and cut into lines.
fn comment(out: &mut String, begin: &str, text: &str) {
    let mut line = format!("# {begin}");
    let mut is_empty = true;
    for word in clean::line(text).split(' ') {
        if !is_empty && line.chars().count() + word.chars().count() >= WIDTH {
            out.push_str(line.trim_end());
            out.push('\n');
            line = "#     ".into();
        }
        line.push_str(word);
        line.push(' ');
        is_empty = false;
    }
    out.push_str(line.trim_end());
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use midwatch_model::{Edits, Evidence, Fix, Severity, State, Target, TargetReport};
    use proptest::prelude::*;

    use super::*;

    fn finding(program: Option<ServerProgramId>, edits: Vec<Edit>, text: &str) -> Finding {
        Finding {
            id: "server-test".into(),
            severity: Severity::High,
            confidence: midwatch_model::Confidence::Certain,
            title: format!("A title {text}"),
            place: format!("a place {text}"),
            gain: String::new(),
            from: vec![],
            evidence: vec![Evidence { observation: "o1".into(), detail: format!("observed {text}") }],
            attacks: vec![],
            benign: vec![],
            fix: Fix { summary: format!("do {text}"), edits: Edits { program, edits }, ..Fix::default() },
            source: String::new(),
        }
    }

    fn report(findings: Vec<Finding>) -> Report {
        let target = TargetReport {
            target: Target::Server,
            state: State::Measured,
            error: None,
            observations: vec![],
            findings,
            attacks: vec![],
            path: vec![],
        };
        Report::new("1.0.0", "2026-11-24T14:00:00Z".parse().expect("a time"), vec![target])
    }

    /// What a program says of a script on its standard input, where it is not well.
    fn says(program: &str, arguments: &[&str], script: &str) -> Option<String> {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .unwrap_or_else(|_| panic!("{program} is not installed: apt-get install {program}"));
        child.stdin.take().expect("its input").write_all(script.as_bytes()).expect("its input");
        let output = child.wait_with_output().expect("its end");
        let text =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (!output.status.success()).then_some(text)
    }

    fn all_of(text: &str) -> Vec<Finding> {
        let path = format!("/etc/{text}");
        let edits = vec![
            Edit::Line { file: path.clone(), line: 3, was: text.into(), becomes: format!("{text}x") },
            Edit::Top { file: path.clone(), lines: vec![text.into()] },
            Edit::End { file: path.clone(), lines: vec![text.into(), "b".into()] },
            Edit::Mode { path: path.clone(), mode: "o-rwx".into() },
            Edit::Run { command: vec!["true".into(), text.into()], changes: vec![path] },
            Edit::Decide { what: text.into() },
        ];
        vec![
            finding(Some(ServerProgramId::Sshd), edits.clone(), text),
            finding(Some(ServerProgramId::Chrony), vec![], text),
            finding(None, edits, text),
        ]
    }

    #[test]
    fn shellcheck_has_nothing_to_say() {
        for text in ["plain", "it's \"$(odd)\" `x` \\ end", "a\nb; rm -rf /\n#"] {
            let script = fix_script(&report(all_of(text)));
            assert_eq!(says("shellcheck", &["-s", "sh", "-"], &script), None, "{script}");
        }
    }

    #[test]
    fn no_line_of_a_comment_begins_without_its_sign() {
        let script = fix_script(&report(vec![finding(None, vec![], "a\nid > /tmp/x\n")]));
        let last = script.rsplit("# ---- files and packages ----").next().unwrap();
        let stray = last.lines().filter(|line| line.contains("/tmp/x")).any(|line| !line.starts_with("# "));
        assert!(!stray, "{last}");
        assert!(last.contains("# to decide") || last.contains("#   to decide"), "{last}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        /// Whatever stands in a path, a line or a sentence: the script parses, and each argument is that text and no other.
        #[test]
        fn what_comes_from_outside_stays_data(text in "(?s).{0,60}", odd in "[ '\"$`\\\\\n;&|<>(){}#!*?~-]{0,40}") {
            for text in [text, odd] {
                let text = text.replace('\0', "");
                let script = fix_script(&report(all_of(&text)));
                prop_assert_eq!(says("sh", &["-n"], &script), None, "{}", script);
                // The functions replaced by one that shows what it is given.
                let calls = script.split("begin 1\n").nth(1).unwrap().split("\nrm -f -- \"$kept/new\"").next().unwrap();
                let shows = "show() { for one in \"$@\"; do printf '%s\\0' \"$one\"; done; }\nline() { show line \"$@\"; }\ntop() { show top \"$@\"; }\n\
                             end() { show end \"$@\"; }\nmode() { show mode \"$@\"; }\nrun() { show run \"$@\"; }\nkeep() { :; }\n\
                             finish() { :; }\nbegin() { :; }\nmkdir() { :; }\n";
                let output = Command::new("sh").arg("-c").arg(format!("{shows}{calls}")).output().expect("sh");
                let said = String::from_utf8(output.stdout).expect("UTF-8");
                let words: Vec<&str> = said.split('\0').collect();
                let path = format!("/etc/{text}");
                prop_assert!(words.windows(3).any(|three| three == ["mode", "o-rwx", path.as_str()]), "{:?}", words);
                prop_assert!(words.windows(3).any(|three| three == ["run", "true", text.as_str()]), "{:?}", words);
                if is_line(&text) {
                    prop_assert!(words.windows(3).any(|three| three == ["top", path.as_str(), text.as_str()]), "{:?}", words);
                }
                prop_assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
            }
        }
    }
}
