//! `midwatch ssh exec`: ssh itself, with KnownHostsCommand set to this program.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use crate::args::SshExec;
use crate::exit;

/// Options of ssh(1) that take a value, which no option of ours may be looked for in.
const WITH_VALUE: &[u8] = b"BbcDEeFIiJLlmOopQRSWw";

/// Takes the place of this process: signals, terminal and exit code are ssh's own.
pub fn run(arguments: &SshExec) -> ExitCode {
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => return exit::failed(&format!("where midwatch itself lies is not known: {error}")),
    };
    let Some(command) = known_hosts_command(program.as_os_str(), &arguments.arguments, &arguments.with)
    else {
        return exit::failed("the path of midwatch itself, or an option for ssh, is no UTF-8 text");
    };
    let error = Command::new("ssh")
        .arg("-o")
        .arg(format!("KnownHostsCommand={command}"))
        .args(&arguments.arguments)
        .exec();
    exit::failed(&format!("ssh could not be started: {error}"))
}

/// The value of KnownHostsCommand, in which ssh splits words by its own quotes and expands tokens.
fn known_hosts_command(program: &OsStr, arguments: &[OsString], with: &[String]) -> Option<String> {
    let mut words: Vec<String> = vec![quoted(program.to_str()?), "ssh".into(), "known-hosts".into()];
    words.extend(["%H", "--key", "%K", "--type", "%t", "--reason", "%I", "--named", "%n"].map(str::to_owned));
    for (letter, value) in settings(arguments) {
        words.push(format!("-{letter}"));
        words.push(quoted(value.to_str()?));
    }
    words.extend(with.iter().map(|option| quoted(option)));
    Some(words.join(" "))
}

/// `-F` and `-o` before the host: they say which files of known hosts hold.
fn settings(arguments: &[OsString]) -> Vec<(char, &OsStr)> {
    let mut all = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let bytes = argument.as_encoded_bytes();
        let Some(letters) =
            bytes.strip_prefix(b"-").filter(|letters| !letters.is_empty() && *letters != b"-")
        else {
            break;
        };
        // Letters without a value may stand together, before one that has its value behind it or as the next word.
        let Some(at) = letters.iter().position(|letter| WITH_VALUE.contains(letter)) else { continue };
        let letter = char::from(letters.get(at).copied().unwrap_or_default());
        let inside = argument.to_str().and_then(|text| text.get(at + 2..)).filter(|value| !value.is_empty());
        let value = match inside {
            Some(value) => Some(OsStr::new(value)),
            None => rest.next().map(OsString::as_os_str),
        };
        if let (true, Some(value)) = (matches!(letter, 'F' | 'o'), value) {
            all.push((letter, value));
        }
    }
    all
}

/// As one word for ssh: its own quotes, and percent signs that are no tokens.
fn quoted(text: &str) -> String {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '=' | ':' | ',' | '@');
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(arguments: &[&str]) -> String {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        known_hosts_command(OsStr::new("/usr/bin/midwatch"), &arguments, &[]).unwrap()
    }

    #[test]
    fn options_that_say_which_files_hold_are_handed_on() {
        let all = command(&[
            "-4",
            "-F",
            "my config",
            "-oPort=22",
            "-p",
            "2222",
            "-vo",
            "User=x",
            "git@host",
            "-o",
            "no",
        ]);
        assert_eq!(
            all,
            "/usr/bin/midwatch ssh known-hosts %H --key %K --type %t --reason %I --named %n -F \"my config\" -o Port=22 \
             -o User=x"
        );
        assert!(command(&["-G", "host"]).ends_with("%n"));
    }

    #[test]
    fn words_keep_their_quotes_and_percent_signs() {
        assert_eq!(quoted("/a b/100%\"x\\"), "\"/a b/100%%\\\"x\\\\\"");
    }
}
