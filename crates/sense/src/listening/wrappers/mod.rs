//! Whom programs turn away by themselves that were built with libwrap, by /etc/hosts.allow and /etc/hosts.deny
//! (hosts_access(5), hosts_options(5)), as Debian's version 7.6.q takes them.
//!
//! The first rule that matches decides, those of hosts.allow before those of hosts.deny; whom none names is let in. As with
//! the firewall, what hangs on the names of hosts, users, netgroups or what could not be read takes sources from those
//! who are surely let in, and leaves them among those who may be.

mod evaluate;
mod glob;
mod hosts;
mod lines;
mod options;
#[cfg(all(test, has_linux))]
mod peer_tests;
mod read;
mod rules;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeMap;

pub(super) use evaluate::{Answer, Asker, Files, Told, evaluate};
pub(super) use read::look;
use rules::Table;

use super::sources::Family;

/// Two files and a list that the files may name as `/list`, for fuzzing. True where any rule was read.
pub fn read_any(allow: &[u8], deny: &[u8], list: &[u8]) -> bool {
    let (allow, deny) = (Table::read(allow), Table::read(deny));
    let any = !allow.is_empty() || !deny.is_empty();
    let mut files = Files { allow: Ok(allow), deny: Ok(deny), lists: BTreeMap::new() };
    files.lists = read::lists(&files, |path| match path {
        "/list" => read::patterns(path, list),
        _ => evaluate::List::None,
    });
    let destinations = vec![std::net::Ipv4Addr::LOCALHOST.into()];
    for (daemon, told) in [(Some("sshd".to_owned()), Told::Connection), (None, Told::Unknown)] {
        let asker = Asker { daemon, told, port: 22, destinations: destinations.clone() };
        for family in [Family::V4, Family::V6] {
            let answer = evaluate(&files, &asker, family);
            // Whoever is surely let in may be.
            assert!(answer.granted.sure.without(&answer.granted.maybe).is_none());
        }
    }
    any
}
