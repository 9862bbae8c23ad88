//! The server's own settings: how people and mail log in, keys, sessions, time, names and updates.
//!
//! One file for each program, which reads that program's own files as the program does. What a file says holds when the
//! program reads it the next time.

mod accounts;
mod dovecot;
mod exim;
mod glob;
mod keys;
mod openidc;
mod panels;
mod postfix;
mod proftpd;
mod pure_ftpd;
mod resolver;
mod source;
mod sshd;
mod time;
mod vsftpd;

use midwatch_model::{ServerPath, ServerSettings, ServerUpdates, Unread};

use crate::System;
use crate::system::Place;
use crate::upkeep;

/// What the files of a server say of its settings.
pub fn look(system: &System) -> ServerSettings {
    let mut unread = Vec::new();
    let one = [
        sshd::look,
        postfix::look,
        dovecot::look,
        exim::look,
        vsftpd::look,
        proftpd::look,
        pure_ftpd::look,
        openidc::look,
        resolver::look,
    ];
    let mut programs: Vec<_> = one.iter().filter_map(|look| look(system, &mut unread)).collect();
    programs.extend(panels::look(system, &mut unread));
    programs.extend(time::look(system, &mut unread));
    let keys = if cfg!(has_linux) { keys::look(system, &mut unread) } else { keys::elsewhere() };
    let sessions = accounts::sessions(system, &mut unread);
    let compilers = accounts::compilers(system, &mut unread);
    let updates = upkeep::automatic(system, &mut unread);
    let updates = updates.into_iter().map(|(manager, on)| ServerUpdates { manager: manager.into(), on });
    let mut settings = ServerSettings {
        as_root: crate::system::as_root(),
        programs,
        keys,
        sessions,
        compilers,
        accounts: accounts::people(system),
        key_holders: accounts::key_holders(system),
        updates: updates.collect(),
        unread,
    };
    settings.unread.sort_by(|a, b| a.file.cmp(&b.file));
    settings.unread.dedup();
    settings
}

/// A place with its rights; none where nothing is there.
fn rights(system: &System, place: &Place, of: &str, unread: &mut Vec<Unread>) -> Option<ServerPath> {
    let rights = system.rights(place).unwrap_or_else(|why| {
        unread.push(Unread { file: place.shown.clone(), why });
        None
    })?;
    Some(ServerPath {
        path: place.path().unwrap_or_else(|| place.shown.clone()),
        mode: rights.mode,
        owner: rights.owner,
        group: rights.group,
        reachable: rights.reachable,
        of: of.to_owned(),
    })
}
