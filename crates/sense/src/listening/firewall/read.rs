//! The rules that the kernel has now, told by the programs that can read them.
//!
//! These are the one exception from the rule that no program is run: the kernel tells its rules in a form of its own that
//! `nft` and `iptables-save` know. They are named by their absolute paths, must be root's, get neither arguments nor an
//! environment from outside, and have a limit of time and of output. They change nothing.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use midwatch_model::{FirewallRules, Outcome, Reason, ReasonKind, Unread};

use super::rules::Ruleset;
use super::sources::Family;
use super::{iptables, nft};
use crate::System;

/// How long one program may take.
const WAIT: Duration = Duration::from_secs(10);

/// What one program may write, in bytes.
const MAX_OUTPUT: u64 = 64 * 1024 * 1024;

/// Where the programs are.
const DIRECTORIES: [&str; 4] = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"];

/// Reads them.
pub(crate) fn look(system: &System, unread: &mut Vec<Unread>) -> Result<(Ruleset, FirewallRules), Reason> {
    if system.root.parent().is_some() {
        let detail = format!("{} stands for a computer and has no kernel with rules", system.root.display());
        return Err(Reason::new(ReasonKind::NotAsked, detail));
    }
    let mut by = Vec::new();
    let nft = find(system, "nft");
    let mut rules = match &nft {
        Some(path) => {
            let text = run(path, &["-j", "list", "ruleset"])?;
            by.push(path.clone());
            nft::read(&text).ok_or_else(|| {
                Reason::new(ReasonKind::Protocol, format!("the answer of {path} could not be understood"))
            })?
        }
        None => Ruleset::default(),
    };
    // Tables of iptables are in nftables under its hood, as extensions whose meaning its own programs alone tell; those of
    // the older kind are beside nftables. A program by the plain name is either.
    for (program, family) in [("iptables", Family::V4), ("ip6tables", Family::V6)] {
        let own =
            find(system, &format!("{program}-nft-save")).or_else(|| find(system, &format!("{program}-save")));
        if let Some(path) = own.filter(|_| nft.is_none() || is_of_iptables(&rules, family)) {
            let text = run(&path, &[])?;
            iptables::replace(&mut rules, iptables::read(&text, family, program));
            by.push(path);
        }
        if has_old(system, family, unread) {
            let legacy = find(system, &format!("{program}-legacy-save"))
                .or_else(|| find(system, &format!("{program}-save")));
            let Some(path) = legacy else {
                let detail =
                    format!("the kernel has rules of {program}, and {program}-save is not installed");
                return Err(Reason::new(ReasonKind::Other, detail));
            };
            // A second reading of the same tables decides nothing else.
            if !by.contains(&path) {
                let text = run(&path, &[])?;
                let name = format!("{program}-legacy");
                iptables::add(&mut rules, iptables::read(&text, family, &name));
                by.push(path);
            }
        }
    }
    if nft.is_none() {
        if by.is_empty() {
            let detail =
                "neither nft nor iptables-save is installed; install nftables to have the rules read";
            return Err(Reason::new(ReasonKind::Other, detail));
        }
        let detail = "nft is not installed: tables of nftables that are not of iptables were not read";
        unread.push(Unread { file: "nft".into(), why: Reason::new(ReasonKind::Other, detail) });
    }
    let tables = rules.tables.iter().filter(|table| !table.bases.is_empty()).map(|table| table.name.clone());
    let told = FirewallRules { tables: tables.collect(), by };
    Ok((rules, told))
}

/// True where a table of nftables has a name and a chain of iptables.
fn is_of_iptables(rules: &Ruleset, family: Family) -> bool {
    const TABLES: [&str; 5] = ["filter", "nat", "mangle", "raw", "security"];
    rules.tables.iter().filter(|table| table.family == Some(family)).any(|table| {
        let name = table.name.rsplit(' ').next().unwrap_or_default();
        TABLES.contains(&name)
            && ["INPUT", "PREROUTING"].iter().any(|chain| table.chains.contains_key(*chain))
    })
}

/// True where the older kind of iptables has tables. Reading the list loads nothing into the kernel.
fn has_old(system: &System, family: Family, unread: &mut Vec<Unread>) -> bool {
    let path = match family {
        Family::V4 => "/proc/net/ip_tables_names",
        Family::V6 => "/proc/net/ip6_tables_names",
    };
    system.text_or(&system.at(path), unread).is_some_and(|names| !names.trim().is_empty())
}

/// The path of a program that is root's, and that nobody else can write.
fn find(system: &System, name: &str) -> Option<String> {
    DIRECTORIES.iter().map(|directory| format!("{directory}/{name}")).find(|path| is_roots(system, path))
}

#[cfg(unix)]
fn is_roots(system: &System, path: &str) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(about) = std::fs::metadata(system.root.join(path.trim_start_matches('/'))) else { return false };
    about.is_file() && about.uid() == 0 && about.mode() & 0o022 == 0
}

#[cfg(not(unix))]
fn is_roots(_system: &System, _path: &str) -> bool {
    false
}

/// Runs a program to its end, and gives what it wrote.
fn run(path: &str, arguments: &[&str]) -> Result<String, Reason> {
    let failed =
        |what: &str| Reason::new(ReasonKind::Other, format!("{path} {}: {what}", arguments.join(" ")));
    let mut child = Command::new(path)
        .args(arguments)
        .env_clear()
        .env("LC_ALL", "C")
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(&error.to_string()))?;
    let read = |from: Option<Box<dyn std::io::Read + Send>>, most: u64| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let complete = from.is_none_or(|from| from.take(most + 1).read_to_end(&mut bytes).is_ok());
            (bytes, complete)
        })
    };
    let out = read(child.stdout.take().map(|out| Box::new(out) as _), MAX_OUTPUT);
    let err = read(child.stderr.take().map(|err| Box::new(err) as _), 4096);
    let end = Instant::now() + WAIT;
    let mut pause = Duration::from_millis(1);
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < end => std::thread::sleep(pause),
            Ok(None) | Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(failed("no answer in 10 seconds"));
            }
        }
        pause = (pause * 2).min(Duration::from_millis(50));
    };
    let (out, complete) = out.join().unwrap_or_default();
    let (err, _) = err.join().unwrap_or_default();
    if !status.success() {
        let said = String::from_utf8_lossy(&err);
        let said = said.lines().next().unwrap_or_default().trim();
        let is_denied = said.contains("not permitted")
            || said.contains("ermission denied")
            || said.contains("must be root");
        return Err(match is_denied {
            true => Reason::new(
                ReasonKind::Other,
                "the rules that the kernel has take root's rights to read: sudo midwatch host",
            ),
            false => failed(&format!("{status} {said}")),
        });
    }
    if !complete || u64::try_from(out.len()).is_ok_and(|length| length > MAX_OUTPUT) {
        return Err(Reason::new(ReasonKind::Limit, format!("{path} told more than 64 MiB of rules")));
    }
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// What was read, or why not, for a report.
pub(crate) fn outcome(read: &Result<(Ruleset, FirewallRules), Reason>) -> Outcome<FirewallRules> {
    match read {
        Ok((_, told)) => Outcome::seen(told.clone()),
        Err(why) => why.clone().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_have_limits() {
        assert_eq!(run("/bin/echo", &["rules"]).unwrap(), "rules\n");
        let error = run("/bin/sh", &["-c", "echo Operation not permitted >&2; exit 1"]).unwrap_err();
        assert!(error.detail.contains("sudo"), "{error}");
        let error = run("/bin/sh", &["-c", "echo no such table >&2; exit 3"]).unwrap_err();
        assert!(error.detail.contains("no such table"), "{error}");
        assert!(run("/nowhere/nft", &[]).is_err());
        let endless = run("/bin/sh", &["-c", "exec yes"]).unwrap_err();
        assert!(matches!(endless.kind, ReasonKind::Limit | ReasonKind::Other), "{endless}");
    }

    #[test]
    fn a_tree_has_no_kernel() {
        let tree = crate::system::testing::Tree::new(&[("/usr/sbin/nft", "#!/bin/sh\n")]);
        let mut unread = Vec::new();
        assert_eq!(look(&tree.system, &mut unread).unwrap_err().kind, ReasonKind::NotAsked);
    }
}
