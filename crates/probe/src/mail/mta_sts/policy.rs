//! The policy (RFC 8461 3.2), and which servers it names (4.1).

use midwatch_model::{MtaStsFault, MtaStsFaultKind, MtaStsMode, MtaStsPolicy};

use crate::mail::tags::short;

/// Bytes of a policy that senders are told to read at most (RFC 8461 3.3: "a suggested maximum policy size is 64 kilobytes").
pub const MAX_POLICY: usize = 64 << 10;

/// The longest that a policy may be kept, in seconds: a year (RFC 8461 3.2).
const MAX_AGE: u32 = 31_557_600;

/// Patterns that are kept.
const MAX_PATTERNS: usize = 500;

/// Fields that are kept of those that nobody knows.
const MAX_EXTENSIONS: usize = 50;

/// Faults that are kept.
const MAX_FAULTS: usize = 20;

/// What can be read of a policy, and what is wrong with it. Lines end with CRLF or LF, and space may stand at their ends.
pub fn policy(text: &str) -> (MtaStsPolicy, Vec<MtaStsFault>) {
    let mut read = Read::default();
    let mut lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).peekable();
    while let Some(line) = lines.next() {
        // The last line may end without a line ending, and then nothing stands behind it.
        if line.is_empty() && lines.peek().is_none() {
            break;
        }
        read.line(line);
    }
    read.end()
}

#[derive(Default)]
struct Read {
    version: Option<bool>,
    mode: Option<Option<MtaStsMode>>,
    max_age: Option<Option<u32>>,
    mx: Vec<String>,
    extensions: Vec<String>,
    faults: Vec<MtaStsFault>,
}

impl Read {
    fn fault(&mut self, kind: MtaStsFaultKind, detail: String) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(MtaStsFault { kind, detail });
        }
    }

    fn line(&mut self, line: &str) {
        let line = line.trim_end_matches([' ', '\t']);
        let Some((name, value)) = line.split_once(':') else {
            let detail = match line {
                "" => "a line of the policy is empty".to_owned(),
                line => format!("'{}' is no line of the form 'name: value'", short(line)),
            };
            return self.fault(MtaStsFaultKind::PolicySyntax, detail);
        };
        let value = value.trim_start_matches([' ', '\t']);
        let again = match name {
            "version" => self.version.is_some(),
            "mode" => self.mode.is_some(),
            "max_age" => self.max_age.is_some(),
            _ => false,
        };
        if again {
            let detail = format!("{name} stands again, and senders ignore all but the first");
            return self.fault(MtaStsFaultKind::Repeated, detail);
        }
        match name {
            "version" => {
                self.version = Some(value == "STSv1");
                if value != "STSv1" {
                    let detail = format!("the version is '{}', and STSv1 is the only one", short(value));
                    self.fault(MtaStsFaultKind::Version, detail);
                }
            }
            "mode" => {
                let mode = match value {
                    "enforce" => Some(MtaStsMode::Enforce),
                    "testing" => Some(MtaStsMode::Testing),
                    "none" => Some(MtaStsMode::None),
                    _ => None,
                };
                if mode.is_none() {
                    let detail = format!("the mode '{}' is not enforce, testing or none", short(value));
                    self.fault(MtaStsFaultKind::Mode, detail);
                }
                self.mode = Some(mode);
            }
            "max_age" => {
                let digits =
                    (1..=10).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit());
                let age = value.parse().ok().filter(|age| digits && *age <= MAX_AGE);
                if age.is_none() {
                    let detail = format!("max_age '{}' is no number from 0 to {MAX_AGE}", short(value));
                    self.fault(MtaStsFaultKind::MaxAge, detail);
                }
                self.max_age = Some(age);
            }
            "mx" if is_pattern(value) => {
                if self.mx.len() < MAX_PATTERNS {
                    self.mx.push(value.trim_end_matches('.').to_ascii_lowercase());
                }
            }
            "mx" => {
                let detail =
                    format!("'{}' is no name of a server; '*.' may stand before a name", short(value));
                self.fault(MtaStsFaultKind::MxPattern, detail);
            }
            _ if super::is_extension_name(name) && is_extension_value(value) => {
                if self.extensions.len() < MAX_EXTENSIONS {
                    self.extensions.push(short(line));
                }
            }
            _ => {
                let detail = format!("'{}' is no line of the form 'name: value'", short(line));
                self.fault(MtaStsFaultKind::PolicySyntax, detail);
            }
        }
    }

    fn end(mut self) -> (MtaStsPolicy, Vec<MtaStsFault>) {
        if self.version.is_none() {
            self.fault(MtaStsFaultKind::Version, "the policy has no 'version: STSv1'".into());
        }
        if self.mode.is_none() {
            self.fault(MtaStsFaultKind::Mode, "the policy has no mode".into());
        }
        if self.max_age.is_none() {
            self.fault(MtaStsFaultKind::MaxAge, "the policy has no max_age".into());
        }
        let mode = self.mode.flatten();
        let has_faulty = self.faults.iter().any(|fault| fault.kind == MtaStsFaultKind::MxPattern);
        if self.mx.is_empty() && !has_faulty && mode.is_some_and(|mode| mode != MtaStsMode::None) {
            self.fault(MtaStsFaultKind::NoMx, "the policy names no server (mx)".into());
        }
        let policy =
            MtaStsPolicy { mode, max_age: self.max_age.flatten(), mx: self.mx, extensions: self.extensions };
        (policy, self.faults)
    }
}

/// `sts-policy-ext-value`: visible characters with spaces between them.
fn is_extension_value(value: &str) -> bool {
    !value.is_empty() && value.chars().all(|c| c == ' ' || (!c.is_control() && !c.is_whitespace()))
}

/// A name with `*.` before it at most. Internationalised names stand as A-labels (RFC 8461 3.2).
fn is_pattern(value: &str) -> bool {
    let name = value.strip_prefix("*.").unwrap_or(value);
    let name = name.strip_suffix('.').unwrap_or(name);
    crate::mail::is_host_name(name)
}

/// True where a pattern names a server: the same name, or `*.` in place of its first label and of no more (RFC 8461 4.1).
pub fn names(pattern: &str, mx: &str) -> bool {
    let mx = mx.trim_end_matches('.');
    match pattern.strip_prefix("*.") {
        None => pattern.eq_ignore_ascii_case(mx),
        Some(rest) => mx
            .split_once('.')
            .is_some_and(|(first, after)| !first.is_empty() && after.eq_ignore_ascii_case(rest)),
    }
}

#[cfg(test)]
mod tests {
    use MtaStsFaultKind::*;
    use proptest::prelude::*;

    use super::*;

    /// RFC 8461 3.2.
    const EXAMPLE: &str = "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmx: backupmx.example.com\r\nmax_age: 604800\r\n";

    fn kinds(text: &str) -> Vec<MtaStsFaultKind> {
        policy(text).1.into_iter().map(|fault| fault.kind).collect()
    }

    #[test]
    fn the_example_of_the_rfc() {
        let (read, faults) = policy(EXAMPLE);
        assert_eq!(faults, []);
        assert_eq!((read.mode, read.max_age), (Some(MtaStsMode::Enforce), Some(604_800)));
        assert_eq!(read.mx, ["mail.example.com", "*.example.net", "backupmx.example.com"]);
        let lines = EXAMPLE.replace("\r\n", "\n");
        assert_eq!(policy(&lines), policy(EXAMPLE), "LF is as good");
        assert_eq!(policy(lines.trim_end()), policy(EXAMPLE), "so is no ending at the end");
        assert_eq!(policy(&lines.replace(": ", ":")), policy(EXAMPLE));
        assert_eq!(policy(&lines.replace('\n', " \t\n")), policy(EXAMPLE));
        let unknown = format!("{EXAMPLE}later.field_1: some value\n");
        assert_eq!((kinds(&unknown), policy(&unknown).0.extensions.len()), (vec![], 1));
    }

    #[test]
    fn each_rule() {
        let with = |from: &str, to: &str| kinds(&EXAMPLE.replace(from, to));
        assert_eq!(with("version: STSv1\r\n", ""), [Version]);
        assert_eq!(with("STSv1", "STSv2"), [Version]);
        assert_eq!(with("STSv1", "stsv1"), [Version]);
        assert_eq!(with("mode: enforce\r\n", ""), [Mode]);
        assert_eq!(with("enforce", "Enforce"), [Mode]);
        assert_eq!(with("max_age: 604800\r\n", ""), [MaxAge]);
        assert_eq!(with("604800", "31557601"), [MaxAge]);
        assert_eq!(with("604800", "-1"), [MaxAge]);
        assert_eq!(with("604800", "1 week"), [MaxAge]);
        assert_eq!(with("604800", "+604800"), [MaxAge]);
        assert_eq!(with("604800", "31557600"), []);
        assert_eq!(with("604800", "0"), []);
        assert_eq!(with("mode: enforce", "mode enforce"), [PolicySyntax, Mode]);
        assert_eq!(with("mode: enforce\r\n", "mode: enforce\r\n\r\n"), [PolicySyntax]);
        assert_eq!(with("*.example.net", "mail.*.example.net"), [MxPattern]);
        assert_eq!(with("*.example.net", "*"), [MxPattern]);
        assert_eq!(with("*.example.net", ".example.net"), [MxPattern]);
        assert_eq!(with("*.example.net", "<html>"), [MxPattern]);
        assert_eq!(with("mode: enforce", "mode: enforce\r\nmode: none"), [Repeated]);
        assert_eq!(kinds("version: STSv1\nmode: testing\nmax_age: 1\n"), [NoMx]);
        assert_eq!(kinds("version: STSv1\nmode: none\nmax_age: 1\n"), []);
        assert_eq!(kinds(""), [Version, Mode, MaxAge]);
    }

    #[test]
    fn patterns_name_one_label() {
        assert!(names("mail.example.com", "MAIL.example.com."));
        assert!(names("*.example.com", "mail.example.com"));
        for (pattern, mx) in [
            ("*.example.com", "example.com"),
            ("*.example.com", "a.b.example.com"),
            ("mail.example.com", "mail2.example.com"),
            ("example.com", "mail.example.com"),
        ] {
            assert!(!names(pattern, mx), "{pattern} {mx}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "(version: STSv1\n)?(mode: ?[a-z]{0,8}\r?\n)?.{0,200}", mx in ".{0,30}") {
            let (read, faults) = policy(&text);
            prop_assert!(faults.len() <= MAX_FAULTS && !faults.is_empty() || read.mode.is_some());
            for pattern in &read.mx {
                let _ = names(pattern, &mx);
            }
        }
    }
}
