//! Dovecot (doc.dovecot.org): dovecot.conf and what it includes. Of a name within the same sections the last line counts.
//!
//! A configuration of 2.4 begins with `dovecot_config_version`, and has other names and other defaults: `auth_allow_cleartext` in the
//! stead of `disable_plaintext_auth`, which 2.4 refuses to start with; no protocol is on by default; and a list such as `protocols`
//! is added to in a section, `protocols {` with lines of `imap = yes`, while `protocols = imap` replaces it.
//!
//! Sources, looked up on 2026-11-30: `docs/installation/upgrade/2.3-to-2.4.md`, `docs/core/settings/syntax.md` and `types.md` in
//! <https://github.com/dovecot/documentation>, `src/login-common/login-settings.c`, `src/master/master-settings.c` and
//! `src/lib-ssl-iostream/ssl-settings.c` in <https://github.com/dovecot/core> (both August 2026); and what `doveconf` 2.4.1 of Debian
//! 13 makes of each form that the tests have.

use midwatch_model::{ServerProgram, ServerProgramId, ServerSetting, Unread};

use super::source::{Line, MAX_DEPTH, Reader, at, last_of_each, with_defaults};
use crate::System;
use crate::lines::{is_yes, unquote};
use crate::system::Place;

pub(super) const FILE: &str = "/etc/dovecot/dovecot.conf";

/// The version whose names and defaults a configuration has; those before 2.4 have none.
const VERSION: &str = "dovecot_config_version";

/// What checks rest on.
const NAMES: [&str; 6] =
    ["disable_plaintext_auth", "auth_allow_cleartext", "ssl", PROTOCOLS, "port", VERSION];

const PROTOCOLS: &str = "protocols";

/// What holds where no line says otherwise: up to 2.3, and from 2.4 on.
const DEFAULTS: [(&str, &str); 2] = [("disable_plaintext_auth", "yes"), ("ssl", "yes")];
const DEFAULTS_2_4: [(&str, &str); 3] = [("auth_allow_cleartext", "no"), ("ssl", "yes"), (PROTOCOLS, "")];

/// What Dovecot is told; none where it is not installed.
pub(super) fn look(system: &System, unread: &mut Vec<Unread>) -> Option<ServerProgram> {
    if !system.exists(&system.at("/usr/sbin/dovecot")) {
        return None;
    }
    let mut reader = Reader::new(system);
    let mut walk = Walk { settings: Vec::new(), sections: Vec::new() };
    walk.file(&mut reader, &system.at(FILE), 0);
    let mut settings = last_of_each(walk.settings);
    let is_new = settings.iter().any(|one| one.name == VERSION);
    if is_new {
        // One of another version stops the program, and decides nothing.
        settings.retain(|one| one.name != "disable_plaintext_auth");
    }
    let settings = with_defaults(settings, if is_new { &DEFAULTS_2_4 } else { &DEFAULTS });
    Some(reader.program(ServerProgramId::Dovecot, FILE, settings, unread))
}

struct Walk {
    settings: Vec<ServerSetting>,
    sections: Vec<String>,
}

impl Walk {
    fn file(&mut self, reader: &mut Reader<'_>, place: &Place, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        for line in logical(reader.lines(place).unwrap_or_default()) {
            let text = line.text.clone();
            if let Some(include) = text.strip_prefix("!include_try").or_else(|| text.strip_prefix("!include"))
            {
                let pattern = unquote(include);
                let directory = place.path().and_then(|path| Some(path.rsplit_once('/')?.0.to_owned()));
                let pattern = match (pattern.starts_with('/'), directory) {
                    (false, Some(directory)) => format!("{directory}/{pattern}"),
                    _ => pattern.to_owned(),
                };
                for place in reader.glob(&pattern) {
                    self.file(reader, &place, depth + 1);
                }
            } else if text == "}" {
                self.sections.pop();
            } else if let Some(head) = text.strip_suffix('{').filter(|head| !head.contains('=')) {
                // Deeper than any configuration is: the braces are still counted.
                self.sections.push(head.trim().chars().take(100).collect());
            } else if let Some((name, value)) = text.split_once('=') {
                match self.sections.split_last() {
                    Some((list, outer)) if list == PROTOCOLS => {
                        let scope = (!outer.is_empty()).then(|| outer.join("/"));
                        self.entry(&line, name.trim(), unquote(value), scope);
                    }
                    _ => self.take(&line, name.trim(), value),
                }
            }
        }
    }

    fn take(&mut self, line: &Line, name: &str, value: &str) {
        if !NAMES.contains(&name) {
            return;
        }
        let scope = (!self.sections.is_empty()).then(|| self.sections.join("/"));
        let mut value = unquote(value).to_owned();
        if name == PROTOCOLS {
            // 2.4 takes commas between too.
            value = value.replace(',', " ");
        }
        // `$protocols imap` adds to what is there.
        let before = self.settings.iter().rev().find(|one| one.name == name && one.scope == scope);
        let value = match (value.strip_prefix(&format!("${name}")), before) {
            (Some(more), Some(before)) => format!("{}{more}", before.value),
            (Some(more), None) => more.trim().to_owned(),
            (None, _) => value.clone(),
        };
        self.settings.push(at(line, name, &value, scope.as_deref()));
    }

    /// An entry of the list of protocols, which adds one to those that are on, or takes one away.
    fn entry(&mut self, line: &Line, name: &str, value: &str, scope: Option<String>) {
        let before = self.settings.iter().rev().find(|one| one.name == PROTOCOLS && one.scope == scope);
        let mut on: Vec<&str> = before.map_or("", |one| &one.value).split_whitespace().collect();
        on.retain(|one| *one != name);
        if is_yes(value) {
            on.push(name);
        }
        let setting = at(&line.clone().partial(), PROTOCOLS, &on.join(" "), scope.as_deref());
        self.settings.push(setting);
    }
}

/// Lines without comments; one that ends in a backslash goes on with the next.
fn logical(lines: Vec<Line>) -> Vec<Line> {
    let mut found: Vec<Line> = Vec::new();
    let mut goes_on = false;
    for mut line in lines {
        if line.text.starts_with('#') || line.text.is_empty() {
            continue;
        }
        // Inside of quotes it is none, and there must be white space before it.
        if !line.text.contains(['"', '\''])
            && let Some((before, _)) = line.text.split_once(" #")
        {
            line.text = before.trim_end().to_owned();
        }
        let more = line.text.ends_with('\\');
        if more {
            line.text = line.text.trim_end_matches('\\').trim_end().to_owned();
            line = line.partial();
        }
        match found.last_mut().filter(|_| goes_on) {
            Some(last) => last.text = format!("{} {}", last.text, line.text),
            None => found.push(line),
        }
        goes_on = more;
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::system::testing::Tree;

    fn of(files: &[(&str, &str)]) -> ServerProgram {
        let tree = Tree::new(files);
        tree.write("/usr/sbin/dovecot", b"");
        look(&tree.system, &mut Vec::new()).expect("Dovecot")
    }

    #[test]
    fn the_last_line_of_a_section_counts() {
        let found = of(&[
            (
                FILE,
                "!include_try /usr/share/dovecot/protocols.d/*.protocol\n!include conf.d/*.conf\n!include_try local.conf\n",
            ),
            ("/usr/share/dovecot/protocols.d/imapd.protocol", "protocols = $protocols imap\n"),
            ("/usr/share/dovecot/protocols.d/pop3d.protocol", "protocols = $protocols pop3\n"),
            ("/etc/dovecot/conf.d/10-auth.conf", "#disable_plaintext_auth = yes\n"),
            ("/etc/dovecot/conf.d/10-ssl.conf", "ssl = yes # why\nssl = \"required\"\n"),
            (
                "/etc/dovecot/conf.d/10-master.conf",
                "service imap-login {\n  inet_listener imap {\n    port = 0\n  }\n  inet_listener imaps {\n #port = 993\n }\n}\n",
            ),
            ("/etc/dovecot/local.conf", "remote 192.0.2.0/24 {\n disable_plaintext_auth = no\n}\n"),
        ]);
        let value = |scope: Option<&str>, name: &str| found.within(scope, name).map(|one| one.value.as_str());
        assert_eq!(value(None, "ssl"), Some("required"));
        assert_eq!(value(None, "disable_plaintext_auth"), Some("yes"));
        assert_eq!(value(Some("remote 192.0.2.0/24"), "disable_plaintext_auth"), Some("no"));
        assert_eq!(value(Some("service imap-login/inet_listener imap"), "port"), Some("0"));
        assert_eq!(value(None, "protocols"), Some("imap pop3"));
    }

    /// Each is what `doveconf` 2.4.1 makes of the same file.
    #[test]
    fn the_form_of_2_4() {
        let general = |text: &str, name: &str| {
            let text = format!("dovecot_config_version = 2.4.1\ndovecot_storage_version = 2.4.1\n{text}");
            of(&[(FILE, &text)]).general(name).map(|one| one.value.clone())
        };
        let protocols = |text: &str| general(text, "protocols").unwrap();
        assert_eq!(protocols(""), "");
        assert_eq!(protocols("protocols = imap,pop3\n"), "imap pop3");
        assert_eq!(protocols("protocols = imap\nprotocols = lmtp\n"), "lmtp");
        assert_eq!(protocols("protocols {\n  imap = yes\n}\nprotocols {\n  pop3 = yes\n}\n"), "imap pop3");
        let mixed = "protocols = imap pop3\nprotocols {\n  lmtp = yes\n  pop3 = no\n}\n";
        assert_eq!(protocols(mixed), "imap lmtp");
        assert_eq!(general("", "auth_allow_cleartext").as_deref(), Some("no"));
        assert_eq!(general("", "disable_plaintext_auth"), None);
        assert_eq!(general("disable_plaintext_auth = no\n", "disable_plaintext_auth"), None);
        assert_eq!(general("ssl = yes # why\nssl = \"required\"\n", "ssl").as_deref(), Some("required"));
    }

    #[test]
    fn a_file_that_includes_itself_ends() {
        of(&[(FILE, "!include dovecot.conf\nssl = no\n")]);
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "(?s).{0,300}") {
            of(&[(FILE, &text)]);
        }
    }
}
