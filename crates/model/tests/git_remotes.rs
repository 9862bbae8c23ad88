//! Remotes as git itself reads them: it is given an ssh that only says what it was asked for.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use midwatch_model::Remote;

/// User and host, and the port, as git hands them to ssh.
fn git_says(remote: &str) -> Option<(String, Option<u16>)> {
    let directory = tempfile::tempdir().expect("a directory");
    let (ssh, said) = (directory.path().join("ssh"), directory.path().join("said"));
    let script =
        format!("#!/bin/sh\nfor a in \"$@\"; do printf '%s\\n' \"$a\"; done > {}\nexit 1\n", said.display());
    std::fs::write(&ssh, script).expect("a script");
    std::fs::set_permissions(&ssh, std::fs::Permissions::from_mode(0o755)).expect("permissions");
    Command::new("git")
        .args(["ls-remote", "--", remote])
        .current_dir(directory.path())
        .env("GIT_SSH", &ssh)
        .env("GIT_SSH_VARIANT", "ssh")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("HOME", directory.path())
        .output()
        .expect("git");
    let said = std::fs::read_to_string(said).ok()?;
    let arguments: Vec<&str> = said.lines().collect();
    let port = arguments.windows(2).find(|pair| pair[0] == "-p").and_then(|pair| pair[1].parse().ok());
    // The host stands before the command.
    let host = arguments.get(arguments.len().checked_sub(2)?)?;
    Some(((*host).to_owned(), port))
}

#[test]
fn git_and_we_ask_the_same_host() {
    for remote in [
        "git@host.invalid:user/repo.git",
        "host.invalid:repo",
        "ssh://git@host.invalid/repo",
        "ssh://git@host.invalid:2222/repo",
        "git+ssh://host.invalid/repo",
        "ssh://[2001:db8::1]:2222/repo",
        "ssh://me@[2001:db8::1]/repo",
        "[host.invalid:2222]:repo",
        "[git@host.invalid:2222]:repo",
        "git@[2001:db8::1]:repo",
        "[2001:db8::1]:repo",
        "me@example.com@host.invalid:repo",
        "alias:path:with:colons",
    ] {
        let ours = match remote.parse() {
            Ok(Remote::Ssh { user, host, port }) => {
                (user.map_or(host.clone(), |user| format!("{user}@{host}")), port)
            }
            other => panic!("{remote}: {other:?}"),
        };
        assert_eq!(git_says(remote), Some(ours), "{remote}");
    }
}

#[test]
fn what_is_no_ssh_to_us_is_none_to_git() {
    for remote in
        ["/nowhere/a", "./a:b", "file:///nowhere", "-oProxyCommand=x:path", "ssh://-oProxyCommand=x/path"]
    {
        assert!(!matches!(remote.parse(), Ok(Remote::Ssh { .. })), "{remote}");
        assert_eq!(git_says(remote), None, "{remote}");
    }
}
