//! Postfix (postconf(5), master(5)): main.cf, and the services of master.cf that take mail over the network, with what
//! their own lines set otherwise.

use std::collections::BTreeMap;

use midwatch_model::{ServerProgram, ServerProgramId, ServerSetting, Unread};

use super::source::{Line, Reader, at, last_of_each, with_defaults};
use crate::System;

pub(super) const MAIN: &str = "/etc/postfix/main.cf";
pub(super) const MASTER: &str = "/etc/postfix/master.cf";

/// What checks rest on, with what holds where no line has it (Postfix 2.3 or later).
const NAMES: [(&str, &str); 8] = [
    ("smtpd_sasl_auth_enable", "no"),
    ("smtpd_tls_auth_only", "no"),
    ("smtpd_tls_security_level", ""),
    ("smtpd_use_tls", "no"),
    ("smtpd_enforce_tls", "no"),
    ("smtpd_tls_wrappermode", "no"),
    ("smtpd_sasl_security_options", "noanonymous"),
    ("smtpd_sasl_tls_security_options", "$smtpd_sasl_security_options"),
];

/// The name under which a service of master.cf stands among the settings: its value is its type and its program.
pub(super) const SERVICE: &str = "service";

/// How deep values may name others.
const MAX_EXPANDED: usize = 10;

/// The longest value that is made of others, in bytes.
const MAX_VALUE: usize = 4096;

/// What Postfix is told; none where it is not installed.
pub(super) fn look(system: &System, unread: &mut Vec<Unread>) -> Option<ServerProgram> {
    let program = ["/usr/sbin/postfix", "/usr/lib/postfix/sbin/master", "/usr/libexec/postfix/master"];
    program.iter().find(|path| system.exists(&system.at(path)))?;
    let mut reader = Reader::new(system);
    let main = reader.lines(&system.at(MAIN));
    let master = reader.lines(&system.at(MASTER));
    if main.is_none() && master.is_none() && reader.gaps.is_empty() {
        return None;
    }
    let main = last_of_each(main_cf(&main.unwrap_or_default()));
    let all: BTreeMap<String, String> =
        main.iter().map(|one| (one.name.clone(), one.value.clone())).collect();
    let mut settings: Vec<ServerSetting> = main.into_iter().filter(is_wanted).collect();
    settings.extend(
        master_cf(&master.unwrap_or_default())
            .into_iter()
            .filter(|one| one.name == SERVICE || is_wanted(one)),
    );
    let mut settings = with_defaults(settings, &NAMES);
    for setting in &mut settings {
        setting.value = expand(&setting.value, &all, 0);
    }
    Some(reader.program(ServerProgramId::Postfix, MAIN, settings, unread))
}

fn is_wanted(setting: &ServerSetting) -> bool {
    NAMES.iter().any(|(name, _)| *name == setting.name)
}

/// The parameters of main.cf, in the order of lines: of a name the last one counts.
fn main_cf(lines: &[Line]) -> Vec<ServerSetting> {
    let one = |line: Line| {
        let (name, text) = line.text.split_once('=')?;
        Some(at(&line, name.trim(), text.trim(), None))
    };
    logical(lines).into_iter().filter_map(one).collect()
}

/// The services of type inet that smtpd serves, and what their lines set for them.
fn master_cf(lines: &[Line]) -> Vec<ServerSetting> {
    let mut settings = Vec::new();
    for line in logical(lines) {
        let words = master_words(&line.text);
        let [service, kind, _, _, _, _, _, program, arguments @ ..] = words.as_slice() else { continue };
        // What postscreen lets through it passes to an smtpd.
        if !matches!(kind.as_str(), "inet" | "pass") || !matches!(program.as_str(), "smtpd" | "postscreen") {
            continue;
        }
        let scope = format!("{service}/{kind}");
        let line = line.partial();
        settings.push(at(&line, SERVICE, program, Some(&scope)));
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let setting = match argument.strip_prefix("-o") {
                Some("") => arguments.next().map(String::as_str),
                setting => setting,
            };
            if let Some((name, text)) = setting.and_then(|setting| setting.split_once('=')) {
                settings.push(at(&line, name.trim(), text.trim(), Some(&scope)));
            }
        }
    }
    last_of_each(settings)
}

/// Words of a line of master.cf: braces hold what is between them together.
fn master_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let braced = rest.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let (word, after) = match braced {
            Some((word, after)) => (word.trim(), after),
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

/// Logical lines: one that begins with white space goes on with the one before it, and comments between do not end it.
fn logical(lines: &[Line]) -> Vec<Line> {
    let mut found: Vec<Line> = Vec::new();
    for line in lines {
        if line.text.is_empty() || line.text.starts_with('#') {
            continue;
        }
        match found.last_mut().filter(|_| line.is_indented()) {
            Some(last) => {
                last.text = format!("{} {}", last.text, line.text);
                *last = last.clone().partial();
            }
            None => found.push(line.clone()),
        }
    }
    found
}

/// `$name`, `${name}` and `$(name)` by the parameters of main.cf, or by the defaults known here. Conditions and names that
/// are not known stay as they are written.
fn expand(text: &str, all: &BTreeMap<String, String>, depth: usize) -> String {
    if depth > MAX_EXPANDED || !text.contains('$') {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (name, more) = match after.strip_prefix(['{', '(']) {
            Some(inner) => inner.split_once(['}', ')']).unwrap_or((inner, "")),
            None => after
                .split_at_checked(after.find(|c| !is_part(c)).unwrap_or(after.len()))
                .unwrap_or((after, "")),
        };
        let known = all.get(name).map(String::as_str);
        let known = known.or_else(|| NAMES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text));
        match known {
            Some(known) => out.push_str(&expand(known, all, depth + 1)),
            None => out.push_str(&format!("${name}")),
        }
        rest = more;
        if out.len() > MAX_VALUE {
            break;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::system::testing::Tree;

    fn of(main: &str, master: &str) -> ServerProgram {
        let tree = Tree::new(&[(MAIN, main), (MASTER, master), ("/usr/sbin/postfix", "")]);
        look(&tree.system, &mut Vec::new()).expect("Postfix")
    }

    fn value(program: &ServerProgram, scope: Option<&str>, name: &str) -> String {
        program.within(scope, name).map(|one| one.value.clone()).unwrap_or_default()
    }

    #[test]
    fn logical_lines_names_of_others_and_the_last_one() {
        let main = "# c\nsmtpd_tls_auth_only = no\nlevel = may\nsmtpd_tls_security_level =\n  # c\n  $level\n\
                    smtpd_sasl_auth_enable=$x\nsmtpd_tls_auth_only = ${smtpd_use_tls}\nx = yes\n";
        let program = of(main, "");
        assert_eq!(value(&program, None, "smtpd_tls_security_level"), "may");
        assert_eq!(value(&program, None, "smtpd_sasl_auth_enable"), "yes");
        assert_eq!(
            value(&program, None, "smtpd_tls_auth_only"),
            "no",
            "the last one, by the default of another"
        );
        assert_eq!(value(&program, None, "smtpd_sasl_tls_security_options"), "noanonymous");
    }

    #[test]
    fn services_of_their_own() {
        let master = "smtp      inet  n       -       y       -       -       smtpd\n\
                      #x inet n - y - - smtpd\n\
                      submission inet n       -       y       -       -       smtpd\n  -o syslog_name=postfix/submission\n  \
                      -o smtpd_tls_security_level=encrypt\n  -o { smtpd_sasl_auth_enable = yes }\n\
                      pickup    unix  n       -       y       60      1       pickup\n";
        let program = of("smtpd_tls_security_level=may\n", master);
        let services: Vec<_> = program.named(SERVICE).filter_map(|one| one.scope.as_deref()).collect();
        assert_eq!(services, ["smtp/inet", "submission/inet"]);
        assert_eq!(value(&program, Some("submission/inet"), "smtpd_sasl_auth_enable"), "yes");
        assert_eq!(value(&program, Some("submission/inet"), "smtpd_tls_security_level"), "encrypt");
        assert_eq!(value(&program, Some("smtp/inet"), "smtpd_tls_security_level"), "may");
    }

    #[test]
    fn parameters_that_name_each_other_end() {
        let program = of(
            "smtpd_use_tls = $smtpd_enforce_tls$smtpd_enforce_tls\nsmtpd_enforce_tls = $smtpd_use_tls\n",
            "",
        );
        assert!(value(&program, None, "smtpd_use_tls").len() < 3 * MAX_VALUE);
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(main in "(?s).{0,200}", master in "(?s).{0,200}", odd in "[${}()a =\\n]{0,80}") {
            of(&main, &master);
            of(&odd, &odd);
        }
    }
}
