//! Dovecot (doc.dovecot.org): dovecot.conf and what it includes. Of a name within the same sections the last line counts.

use midwatch_model::{ServerProgram, ServerProgramId, ServerSetting, Unread};

use super::source::{Line, MAX_DEPTH, Reader, at, last_of_each, with_defaults};
use crate::System;
use crate::lines::unquote;
use crate::system::Place;

pub(super) const FILE: &str = "/etc/dovecot/dovecot.conf";

/// What checks rest on. Dovecot 2.4 has `auth_allow_cleartext` in the stead of `disable_plaintext_auth`.
const NAMES: [&str; 5] = ["disable_plaintext_auth", "auth_allow_cleartext", "ssl", "protocols", "port"];

/// What holds where no line says otherwise.
const DEFAULTS: [(&str, &str); 3] =
    [("disable_plaintext_auth", "yes"), ("auth_allow_cleartext", "no"), ("ssl", "yes")];

/// What Dovecot is told; none where it is not installed.
pub(super) fn look(system: &System, unread: &mut Vec<Unread>) -> Option<ServerProgram> {
    if !system.exists(&system.at("/usr/sbin/dovecot")) {
        return None;
    }
    let mut reader = Reader::new(system);
    let mut walk = Walk { settings: Vec::new(), sections: Vec::new() };
    walk.file(&mut reader, &system.at(FILE), 0);
    let settings = with_defaults(last_of_each(walk.settings), &DEFAULTS);
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
                self.take(&line, name.trim(), value);
            }
        }
    }

    fn take(&mut self, line: &Line, name: &str, value: &str) {
        if !NAMES.contains(&name) {
            return;
        }
        let scope = (!self.sections.is_empty()).then(|| self.sections.join("/"));
        let value = unquote(value);
        // `$protocols imap` adds to what is there.
        let before = self.settings.iter().rev().find(|one| one.name == name && one.scope == scope);
        let value = match (value.strip_prefix(&format!("${name}")), before) {
            (Some(more), Some(before)) => format!("{}{more}", before.value),
            (Some(more), None) => more.trim().to_owned(),
            (None, _) => value.to_owned(),
        };
        self.settings.push(at(line, name, &value, scope.as_deref()));
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
