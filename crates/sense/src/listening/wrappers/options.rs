//! What stands behind the second colon of a rule (hosts_options(5)).

use super::text::{is_space, split_at};

/// What options do with whoever meets their rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing: the file that the rule is in decides.
    File,
    /// `allow`.
    Allow,
    /// `deny`, or a fault, which denies as well.
    Deny,
    /// It hangs on this.
    Unsure(&'static str),
}

/// Room for what the letters behind `%` stand for; a longer text denies.
const EXPANDED: usize = 8192;

/// The longest that one of them can be: a user at a host.
const ONE: usize = 256;

/// Whether an option takes a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Value,
    MayTake,
    Nothing,
}

/// What one option comes to.
enum Step {
    Next,
    End(Effect),
}

/// What the options of a rule come to. The text is all that stands behind the colon, with the end of its line.
pub(super) fn effect(text: &str) -> Effect {
    let fields = fields(text);
    let mut unsure = None;
    for (at, field) in fields.iter().enumerate() {
        match option(field, at + 1 == fields.len()) {
            Step::Next => {}
            Step::End(Effect::Unsure(what)) => unsure = Some(what),
            Step::End(effect) => return unsure.map_or(effect, Effect::Unsure),
        }
    }
    unsure.map_or(Effect::File, Effect::Unsure)
}

/// The parts between colons; one behind a backslash is none.
fn fields(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let next = match character {
            ':' => {
                // Nothing at all behind it is no further field.
                if characters.peek().is_some() {
                    all.push(String::new());
                }
                continue;
            }
            '\\' if characters.peek() == Some(&':') => characters.next().unwrap_or(':'),
            other => other,
        };
        if let Some(field) = all.last_mut() {
            field.push(next);
        }
    }
    all
}

fn option(field: &str, is_last: bool) -> Step {
    let field = field.trim_matches(is_space);
    let (key, value) = match field.find(['=', ' ', '\t', '\r', '\n']) {
        Some(end) => {
            let blank = |character: char| matches!(character, ' ' | '\t' | '\r' | '\n');
            let rest = field.get(end..).unwrap_or_default().trim_start_matches(blank);
            // One sign between name and value is ignored.
            let rest = rest.strip_prefix('=').unwrap_or(rest).trim_start_matches(blank);
            (field.get(..end).unwrap_or_default(), Some(rest).filter(|rest| !rest.is_empty()))
        }
        None => (field, None),
    };
    let deny = || Step::End(Effect::Deny);
    let key = key.to_ascii_lowercase();
    let takes = match key.as_str() {
        "user" | "group" | "umask" | "linger" | "aclexec" | "spawn" | "twist" | "setenv" | "severity"
        | "banners" => Takes::Value,
        "rfc931" | "nice" => Takes::MayTake,
        "keepalive" | "allow" | "deny" => Takes::Nothing,
        _ => return deny(),
    };
    if matches!((takes, value), (Takes::Value, None) | (Takes::Nothing, Some(_))) {
        return deny();
    }
    if !is_last && matches!(key.as_str(), "allow" | "deny" | "twist") {
        return deny();
    }
    let value = value.unwrap_or_default();
    if matches!(key.as_str(), "aclexec" | "spawn" | "twist" | "setenv")
        && value.len() + value.matches('%').count() * ONE >= EXPANDED
    {
        return Step::End(Effect::Unsure("a command that may become too long"));
    }
    match key.as_str() {
        "allow" => Step::End(Effect::Allow),
        "deny" => deny(),
        "twist" => Step::End(Effect::Unsure("a program that is run in the place of the service (twist)")),
        "aclexec" => Step::End(Effect::Unsure("a program that is asked (aclexec)")),
        // A name that is not there denies.
        "user" | "group" => Step::End(Effect::Unsure("whether a user is there (user, group)")),
        "umask" => number(value, 8, 0o777, 0),
        "linger" => number(value, 10, u32::MAX >> 1, 0),
        "rfc931" if !value.is_empty() => number(value, 10, u32::MAX >> 1, 1),
        "nice" if !value.is_empty() => number(value.strip_prefix('-').unwrap_or(value), 10, u32::MAX >> 1, 0),
        "severity" => severity(value),
        _ => Step::Next,
    }
}

/// A number between these; what is none denies. What C reads as one all the same is left open.
fn number(text: &str, radix: u32, most: u32, least: u32) -> Step {
    if !text.chars().all(|character| character.is_digit(radix)) {
        return match text.starts_with(['+', '-']) || text.starts_with(is_space) {
            true => Step::End(Effect::Unsure("a number with a sign")),
            false => Step::End(Effect::Deny),
        };
    }
    match u32::from_str_radix(text, radix) {
        Ok(number) if (least..=most).contains(&number) => Step::Next,
        Ok(_) if text.len() < 10 => Step::End(Effect::Deny),
        _ => Step::End(Effect::Unsure("a number that is too long")),
    }
}

fn severity(value: &str) -> Step {
    const SEVERITIES: [&str; 8] = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];
    // Names of syslog.h that not every version of libwrap knows.
    const SOME_SEVERITIES: [&str; 4] = ["panic", "error", "warn", "none"];
    const FACILITIES: [&str; 17] = [
        "kern", "user", "mail", "daemon", "auth", "lpr", "news", "uucp", "cron", "local0", "local1",
        "local2", "local3", "local4", "local5", "local6", "local7",
    ];
    const SOME_FACILITIES: [&str; 5] = ["authpriv", "ftp", "syslog", "security", "mark"];
    let is = |known: &[&str], name: &str| known.iter().any(|one| one.eq_ignore_ascii_case(name));
    let (facility, level) = match split_at(value, '.') {
        Some((facility, level)) => (Some(facility), level),
        None => (None, value),
    };
    if facility.is_none_or(|name| is(&FACILITIES, name)) && is(&SEVERITIES, level) {
        return Step::Next;
    }
    let may = facility.is_none_or(|name| is(&FACILITIES, name) || is(&SOME_FACILITIES, name))
        && (is(&SEVERITIES, level) || is(&SOME_SEVERITIES, level));
    match may {
        true => Step::End(Effect::Unsure("whether libwrap knows a severity")),
        false => Step::End(Effect::Deny),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_decide() {
        for (text, expected) in [
            (" allow\n", Effect::Allow),
            ("DENY\r\n", Effect::Deny),
            ("severity mail.info : allow\n", Effect::Allow),
            ("severity = notice\n", Effect::File),
            ("severity loud : allow\n", Effect::Deny),
            ("allow : severity info\n", Effect::Deny),
            ("allow :\n", Effect::Deny),
            ("\n", Effect::Deny),
            ("allow now\n", Effect::Deny),
            ("spawn\n", Effect::Deny),
            ("spawn (/usr/bin/logger from\\: %h) & : deny\n", Effect::Deny),
            ("spawn /bin/true : allow\n", Effect::Allow),
            ("(/bin/true) &\n", Effect::Deny),
            ("umask 022 : keepalive : linger 5 : nice : rfc931 5 : banners /etc/banners\n", Effect::File),
            ("umask 1777\n", Effect::Deny),
            ("umask 9\n", Effect::Deny),
            ("rfc931 0 : allow\n", Effect::Deny),
            ("setenv HOST %h\n", Effect::File),
        ] {
            assert_eq!(effect(text), expected, "{text:?}");
        }
        for text in [
            "twist /bin/echo no\n",
            "aclexec /bin/true : deny\n",
            "user nobody\n",
            "severity authpriv.info\n",
        ] {
            assert!(matches!(effect(text), Effect::Unsure(_)), "{text:?}");
        }
        assert_eq!(
            effect("aclexec /bin/true : nonsense\n"),
            Effect::Unsure("a program that is asked (aclexec)")
        );
    }
}
