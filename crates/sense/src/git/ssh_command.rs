//! What a command in the place of ssh (`core.sshCommand`, `GIT_SSH_COMMAND`) is told not to verify.

use midwatch_model::GitSettingKind;

use crate::lines;

/// ssh(1): options that take an argument.
const WITH_ARGUMENT: &str = "bceilmopwBDEFIJLOPQRSW";

/// What a command does to verification, and the command as a report may show it: from ssh on, since passwords stand
/// before it.
pub(super) fn read(command: &str) -> (GitSettingKind, String) {
    let words = words(command);
    let Some(at) = words.iter().position(|word| is_ssh(word)) else {
        let program = words.first().map(String::as_str).unwrap_or_default();
        let more = if words.len() > 1 { " …" } else { "" };
        return (GitSettingKind::SshProgram, lines::value(&format!("{program}{more}")));
    };
    let before = if at == 0 { "" } else { "… " };
    let shown = format!("{before}{}", words.get(at..).unwrap_or_default().join(" "));
    let options = options(words.get(at + 1..).unwrap_or_default());
    (options.kind(), lines::value(&shown))
}

/// True for ssh itself. Others that git knows (plink, tortoiseplink) have options of their own.
pub(super) fn is_ssh(program: &str) -> bool {
    let name = program.rsplit(['/', '\\']).next().unwrap_or_default();
    matches!(name.to_ascii_lowercase().as_str(), "ssh" | "ssh.exe")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Strict {
    Yes,
    No,
    Ask,
    AcceptNew,
}

/// What the options say; of each the first counts, as in ssh_config(5).
#[derive(Default)]
struct Options {
    strict: Option<Strict>,
    /// True where no file remembers keys.
    forgets: Option<bool>,
    /// A file of configuration other than the user's.
    has_file: bool,
}

impl Options {
    fn kind(&self) -> GitSettingKind {
        match (self.strict, self.forgets == Some(true)) {
            (Some(Strict::No), _) | (Some(Strict::AcceptNew), true) => GitSettingKind::SshNotVerified,
            (Some(Strict::Ask) | None, true) => GitSettingKind::SshForgets,
            (Some(Strict::AcceptNew), false) => GitSettingKind::SshAcceptNew,
            (None, false) if self.has_file => GitSettingKind::SshProgram,
            _ => GitSettingKind::SshCommand,
        }
    }

    fn set(&mut self, option: &str) {
        let option = option.trim_start();
        let end = option.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(option.len());
        let (name, rest) = option.split_at_checked(end).unwrap_or((option, ""));
        let rest = rest.trim_start();
        let value = rest.strip_prefix('=').unwrap_or(rest).trim();
        match name.to_ascii_lowercase().as_str() {
            "stricthostkeychecking" if self.strict.is_none() => {
                self.strict = match lines::unquote(value).to_ascii_lowercase().as_str() {
                    "yes" | "true" => Some(Strict::Yes),
                    "no" | "off" | "false" => Some(Strict::No),
                    "ask" => Some(Strict::Ask),
                    "accept-new" => Some(Strict::AcceptNew),
                    _ => None,
                };
            }
            "userknownhostsfile" if self.forgets.is_none() && !value.is_empty() => {
                let is_none = |file: &str| {
                    let file = lines::unquote(file);
                    file == "/dev/null"
                        || file.eq_ignore_ascii_case("none")
                        || file.eq_ignore_ascii_case("nul")
                };
                self.forgets = Some(value.split_whitespace().all(is_none));
            }
            _ => {}
        }
    }
}

/// The options of ssh, as getopt(3) takes them apart.
fn options(words: &[String]) -> Options {
    let mut options = Options::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else { continue };
        for (at, letter) in letters.char_indices() {
            if !WITH_ARGUMENT.contains(letter) {
                continue;
            }
            // What follows the letter in the same word, or the next word.
            let attached = letters.get(at + letter.len_utf8()..).unwrap_or_default();
            let argument = match attached {
                "" => words.next().map(String::as_str).unwrap_or_default(),
                attached => attached,
            };
            match letter {
                'o' => options.set(argument),
                'F' => options.has_file = !matches!(argument, "none" | "/dev/null"),
                _ => {}
            }
            break;
        }
    }
    options
}

/// The words of a command, as a shell cuts them (POSIX, 2.2): quotes and backslashes. What a shell would put in the place
/// of variables and commands is not known, and stays as it is written.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = command.chars();
    while let Some(c) = chars.next() {
        match c {
            '\'' => {
                let word = word.get_or_insert_default();
                word.extend(chars.by_ref().take_while(|c| *c != '\''));
            }
            '"' => {
                let word = word.get_or_insert_default();
                while let Some(c) = chars.next().filter(|c| *c != '"') {
                    match c {
                        '\\' => match chars.next() {
                            Some(c @ ('$' | '`' | '"' | '\\')) => word.push(c),
                            Some('\n') | None => {}
                            Some(c) => word.extend(['\\', c]),
                        },
                        c => word.push(c),
                    }
                }
            }
            '\\' => {
                if let Some(c) = chars.next().filter(|c| *c != '\n') {
                    word.get_or_insert_default().push(c);
                }
            }
            ' ' | '\t' | '\n' | ';' | '|' | '&' | '(' | ')' => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use GitSettingKind::*;
    use proptest::prelude::*;

    use super::*;

    const COMMANDS: [(&str, GitSettingKind); 29] = [
        ("ssh -o StrictHostKeyChecking=no", SshNotVerified),
        ("ssh -oStrictHostKeyChecking=No -v", SshNotVerified),
        ("ssh -o 'StrictHostKeyChecking no'", SshNotVerified),
        ("ssh -o \"stricthostkeychecking = off\"", SshNotVerified),
        ("ssh -o\"StrictHostKeyChecking false\"", SshNotVerified),
        ("ssh -vo StrictHostKeyChecking=no", SshNotVerified),
        ("ssh -p 22 -i 'a key' -o Strict\"HostKey\"Checking=no", SshNotVerified),
        ("ssh -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=/dev/null", SshNotVerified),
        ("ssh -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no", SshNotVerified),
        ("env X=y /usr/bin/ssh -o StrictHostKeyChecking=no", SshNotVerified),
        ("ssh -o UserKnownHostsFile=/dev/null", SshForgets),
        ("ssh -o UserKnownHostsFile=none -o StrictHostKeyChecking=ask", SshForgets),
        ("ssh -o 'UserKnownHostsFile /dev/null /dev/null'", SshForgets),
        ("ssh -o StrictHostKeyChecking=accept-new", SshAcceptNew),
        ("ssh", SshCommand),
        ("ssh -i ~/.ssh/key", SshCommand),
        ("ssh -o StrictHostKeyChecking=yes", SshCommand),
        ("ssh -o StrictHostKeyChecking=yes -o StrictHostKeyChecking=no", SshCommand),
        ("ssh -o StrictHostKeyChecking=yes -o UserKnownHostsFile=/dev/null", SshCommand),
        ("ssh -o 'UserKnownHostsFile /dev/null ~/.ssh/known_hosts'", SshCommand),
        ("ssh -i -oStrictHostKeyChecking=no", SshCommand),
        ("ssh -o User=StrictHostKeyChecking=no", SshCommand),
        ("ssh -F /dev/null", SshCommand),
        ("ssh -F my-config", SshProgram),
        ("ssh -F my-config -o StrictHostKeyChecking=no", SshNotVerified),
        ("plink -batch", SshProgram),
        ("/opt/wrapper ssh-like", SshProgram),
        ("", SshProgram),
        ("ssh -o StrictHostKeyChecking=\\n\\o", SshNotVerified),
    ];

    #[test]
    fn commands() {
        for (command, expected) in COMMANDS {
            assert_eq!(read(command).0, expected, "{command}");
        }
    }

    /// What `ssh -G` says with the same options, run by a shell.
    #[test]
    fn ssh_itself_understands_the_same() {
        let home = tempfile::tempdir().expect("a directory");
        std::fs::write(home.path().join("my-config"), "").expect("a file");
        let mut compared = 0;
        for (command, expected) in COMMANDS.iter().filter(|(command, _)| command.starts_with("ssh ")) {
            let file = if command.contains("-F") { "" } else { "-F none" };
            let line = format!("{command} {file} -G host.invalid");
            let output = Command::new("sh")
                .args(["-c", &line])
                .current_dir(home.path())
                .env("HOME", home.path())
                .output()
                .expect("sh");
            assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
            let text = String::from_utf8_lossy(&output.stdout).to_lowercase();
            let of = |name: &str| {
                let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
                line.trim().to_owned()
            };
            let strict = of("stricthostkeychecking ");
            let files = of("userknownhostsfile ");
            let forgets =
                !files.is_empty() && files.split(' ').all(|file| matches!(file, "/dev/null" | "none"));
            let kind = match (strict.as_str(), forgets) {
                ("no" | "off" | "false", _) | ("accept-new", true) => SshNotVerified,
                ("ask", true) => SshForgets,
                ("accept-new", false) => SshAcceptNew,
                _ => SshCommand,
            };
            let expected = if *expected == SshProgram { SshCommand } else { *expected };
            assert_eq!(kind, expected, "{line}: {strict} {files}");
            compared += 1;
        }
        assert!(compared > 20);
    }

    #[test]
    fn passwords_before_ssh_are_not_told() {
        let (kind, shown) = read("sshpass -p secret ssh -o StrictHostKeyChecking=no");
        assert_eq!((kind, shown.as_str()), (SshNotVerified, "… ssh -o StrictHostKeyChecking=no"));
        assert_eq!(read("wrapper --password secret").1, "wrapper …");
    }

    proptest! {
        #[test]
        fn no_command_breaks_it(text in "(ssh )?[-oF'\"\\\\ =a-zé\n]{0,80}") {
            read(&text);
        }
    }
}
