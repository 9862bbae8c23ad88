//! OpenSSH's server (sshd_config(5)): of each name the first line counts, and what stands under Match counts before what
//! stands outside of it.

use midwatch_model::{ServerProgram, ServerProgramId, ServerSetting, Unread};

use super::source::{Line, MAX_DEPTH, Reader, at, with_defaults, words};
use crate::System;

const FILE: &str = "/etc/ssh/sshd_config";

/// Where files are that are included by a relative name.
const DIRECTORY: &str = "/etc/ssh";

/// The names that checks rest on, as the manual spells them, with what holds where no line has them (OpenSSH 7.0 or later). Lists of
/// algorithms have none: what is there by itself is sshd's own choice, and is met from outside by `midwatch ssh`.
const NAMES: [(&str, Option<&str>); 13] = [
    ("PasswordAuthentication", Some("yes")),
    ("KbdInteractiveAuthentication", Some("yes")),
    ("PubkeyAuthentication", Some("yes")),
    ("PermitRootLogin", Some("prohibit-password")),
    ("PermitEmptyPasswords", Some("no")),
    ("UsePAM", Some("no")),
    ("AuthenticationMethods", Some("any")),
    ("HostKey", None),
    ("Ciphers", None),
    ("KexAlgorithms", None),
    ("MACs", None),
    ("HostKeyAlgorithms", None),
    ("StrictModes", Some("yes")),
];

/// Old names that sshd still takes.
const OLD: [(&str, &str); 2] = [
    ("challengeresponseauthentication", "KbdInteractiveAuthentication"),
    ("skeyauthentication", "KbdInteractiveAuthentication"),
];

/// Keys that are used where no line names one.
pub(super) const HOST_KEYS: [&str; 3] =
    ["/etc/ssh/ssh_host_rsa_key", "/etc/ssh/ssh_host_ecdsa_key", "/etc/ssh/ssh_host_ed25519_key"];

/// What sshd is told; none where it is not installed.
pub(super) fn look(system: &System, unread: &mut Vec<Unread>) -> Option<ServerProgram> {
    let program = ["/usr/sbin/sshd", "/usr/bin/sshd"].map(|path| system.at(path));
    program.iter().find(|place| system.exists(place))?;
    let mut reader = Reader::new(system);
    let mut settings = Vec::new();
    file(&mut reader, &system.at(FILE), &mut None, 0, &mut settings);
    let defaults: Vec<(&str, &str)> =
        NAMES.iter().filter_map(|(name, text)| Some((*name, (*text)?))).collect();
    let settings = with_defaults(settings, &defaults);
    Some(reader.program(ServerProgramId::Sshd, FILE, settings, unread))
}

fn file(
    reader: &mut Reader<'_>,
    place: &crate::system::Place,
    scope: &mut Option<String>,
    depth: usize,
    settings: &mut Vec<ServerSetting>,
) {
    // sshd ends at such a depth, and does not start.
    if depth > MAX_DEPTH {
        return;
    }
    for line in reader.lines(place).unwrap_or_default() {
        let Some((name, rest)) = option(&line) else { continue };
        match name.to_ascii_lowercase().as_str() {
            "include" => {
                for pattern in words(rest) {
                    let pattern =
                        if pattern.starts_with('/') { pattern } else { format!("{DIRECTORY}/{pattern}") };
                    for place in reader.glob(&pattern) {
                        // A Match of the included file ends with it, and one that is open goes on inside.
                        file(reader, &place, &mut scope.clone(), depth + 1, settings);
                    }
                }
            }
            "match" => *scope = Some(format!("Match {rest}")),
            lower => take(&line, lower, rest, scope.as_deref(), settings),
        }
    }
}

/// Keeps a line where it is the first of its name and scope.
fn take(line: &Line, lower: &str, rest: &str, scope: Option<&str>, settings: &mut Vec<ServerSetting>) {
    let old = OLD.iter().find(|(old, _)| *old == lower).map(|(_, name)| *name);
    let new = || NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(lower)).map(|(name, _)| *name);
    let Some(name) = old.or_else(new) else { return };
    let setting = at(line, name, &words(rest).join(" "), scope);
    let is_known = settings.iter().any(|known| known.name == name && known.scope == setting.scope);
    if name == "HostKey" || !is_known {
        settings.push(setting);
    }
}

/// A keyword and what comes behind it, with white space or one `=` between, and without a comment.
fn option(line: &Line) -> Option<(&str, &str)> {
    let text = line.text.as_str();
    if text.starts_with('#') {
        return None;
    }
    let end = text.find(|c: char| c.is_whitespace() || c == '=')?;
    let (name, rest) = text.split_at_checked(end)?;
    let rest = rest.trim_start();
    let rest = rest.strip_prefix('=').unwrap_or(rest).trim();
    // OpenSSH 8.5 and later end a line at a word that begins with it.
    let rest = rest.split_once(" #").map_or(rest, |(rest, _)| rest.trim());
    Some((name.trim_matches('"'), rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::system::testing::Tree;

    fn of(files: &[(&str, &str)]) -> Vec<String> {
        let tree = Tree::new(files);
        tree.write("/usr/sbin/sshd", b"");
        let program = look(&tree.system, &mut Vec::new()).expect("sshd");
        let show = |one: &ServerSetting| {
            let scope = one.scope.as_deref().map(|scope| format!(" for {scope}")).unwrap_or_default();
            let line = one.at.as_ref().map(|at| format!(" at {}:{}", at.file, at.line)).unwrap_or_default();
            format!("{}={}{scope}{line}", one.name, one.value)
        };
        let all = program.settings.value().expect("settings").iter();
        all.filter(|one| one.at.is_some()).map(show).collect()
    }

    #[test]
    fn the_first_line_counts_and_included_files_stand_where_they_are_named() {
        let found = of(&[
            (
                FILE,
                "Include /etc/ssh/sshd_config.d/*.conf\nPasswordAuthentication yes\npermitrootlogin=yes # so\n",
            ),
            (
                "/etc/ssh/sshd_config.d/10.conf",
                "PasswordAuthentication no\nMatch User x\nPermitRootLogin no\n",
            ),
        ]);
        assert_eq!(
            found,
            [
                "PasswordAuthentication=no at /etc/ssh/sshd_config.d/10.conf:1",
                "PermitRootLogin=no for Match User x at /etc/ssh/sshd_config.d/10.conf:3",
                "PermitRootLogin=yes at /etc/ssh/sshd_config:3",
            ]
        );
    }

    #[test]
    fn old_names_and_quotes() {
        let found = of(&[(FILE, "ChallengeResponseAuthentication \"no\"\nHostKey a\nHostKey b\n")]);
        assert_eq!(found[0], format!("KbdInteractiveAuthentication=no at {FILE}:1"));
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn a_file_that_includes_itself_ends() {
        assert_eq!(of(&[(FILE, "Include sshd_config\nUsePAM yes\n")]).len(), 1);
    }

    #[test]
    fn without_sshd_there_is_nothing_to_tell() {
        assert!(look(&Tree::new(&[(FILE, "PermitRootLogin yes\n")]).system, &mut Vec::new()).is_none());
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "(?s).{0,300}") {
            of(&[(FILE, &text)]);
        }
    }
}
