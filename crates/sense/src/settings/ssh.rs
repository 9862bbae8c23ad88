//! ssh_config(5). Files that one includes are not read, but those of `/etc/ssh/ssh_config.d` are.

use midwatch_model::LocalSettingKind::NotVerified;

use super::{Found, Gather};
use crate::lines::{numbered, unquote};
use crate::system::Place;

pub(super) fn look(gather: &mut Gather<'_>) {
    let mut files: Vec<(Place, String)> = Vec::new();
    files.extend(gather.home(".ssh/config"));
    let directory = gather.system.at("/etc/ssh/ssh_config.d");
    files.extend(gather.all(&directory, ".conf"));
    let system = gather.system.at("/etc/ssh/ssh_config");
    files.extend(gather.text(&system).map(|text| (system, text)));
    for (place, text) in files {
        let mut scope: Option<String> = None;
        for (number, line) in numbered(&text, &['#']) {
            let Some((name, value)) = option(line) else { continue };
            match name.to_ascii_lowercase().as_str() {
                "host" => scope = Some(value.to_owned()).filter(|hosts| hosts != "*"),
                "match" => {
                    scope = Some(format!("Match {value}")).filter(|_| !value.eq_ignore_ascii_case("all"));
                }
                lower if does_not_verify(lower, value) => {
                    let mut found = Found::at(&place, number, name, value);
                    if let Some(scope) = &scope {
                        found = found.within(scope);
                    }
                    gather.add(NotVerified, "ssh", found);
                }
                _ => {}
            }
        }
    }
}

/// A keyword and its value, with white space or one `=` between.
fn option(line: &str) -> Option<(&str, &str)> {
    let end = line.find(|c: char| c.is_whitespace() || c == '=')?;
    let (name, rest) = line.split_at_checked(end)?;
    let rest = rest.trim_start();
    Some((name, unquote(rest.strip_prefix('=').unwrap_or(rest))))
}

/// `accept-new` is not among them: it refuses a key that changed.
fn does_not_verify(lower: &str, value: &str) -> bool {
    match lower {
        "stricthostkeychecking" => matches!(value.to_ascii_lowercase().as_str(), "no" | "off"),
        "userknownhostsfile" => value.split_whitespace().all(|file| file == "/dev/null"),
        "nohostauthenticationforlocalhost" => false,
        _ => false,
    }
}

/// True for a command that tells ssh not to look at keys of hosts.
pub(super) fn command_does_not_verify(command: &str) -> bool {
    let lower = command.to_ascii_lowercase().replace(['"', '\''], "");
    let sets = |name: &str, values: &[&str]| {
        lower.split(name).skip(1).any(|rest| {
            let value = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '=');
            let value = value.split_whitespace().next().unwrap_or_default();
            values.contains(&value)
        })
    };
    sets("stricthostkeychecking", &["no", "off"]) || sets("userknownhostsfile", &["/dev/null"])
}

#[cfg(test)]
mod tests {
    use super::super::tests::of;
    use super::*;

    #[test]
    fn hosts_whose_keys_are_not_looked_at() {
        let text = "StrictHostKeyChecking ask\nHost *.lab.example 192.0.2.*\n  StrictHostKeyChecking=no\n  \
                    UserKnownHostsFile /dev/null\nHost new.example\n  StrictHostKeyChecking accept-new\nHost *\n\
                    stricthostkeychecking \"off\"\nUserKnownHostsFile ~/.ssh/known_hosts\n";
        assert_eq!(
            of(&[("~/.ssh/config", text)]),
            [
                "NotVerified ssh StrictHostKeyChecking=no for *.lab.example 192.0.2.*",
                "NotVerified ssh UserKnownHostsFile=/dev/null for *.lab.example 192.0.2.*",
                "NotVerified ssh stricthostkeychecking=off",
            ]
        );
        assert_eq!(
            of(&[("/etc/ssh/ssh_config.d/x.conf", "StrictHostKeyChecking no\n")]),
            ["NotVerified ssh StrictHostKeyChecking=no"]
        );
    }

    #[test]
    fn commands() {
        for bad in [
            "ssh -o StrictHostKeyChecking=no",
            "ssh -oStrictHostKeyChecking=No -v",
            "ssh -o 'StrictHostKeyChecking no'",
            "ssh -o UserKnownHostsFile=/dev/null",
        ] {
            assert!(command_does_not_verify(bad), "{bad}");
        }
        for good in ["ssh", "ssh -o StrictHostKeyChecking=yes", "ssh -o StrictHostKeyChecking=accept-new"] {
            assert!(!command_does_not_verify(good), "{good}");
        }
    }
}
