//! Upkeep: updates, browsers, scanners for malware, firewalls, and services that others can reach.
//!
//! A module for each form. Files alone are read: no program is run, and nothing is asked of anybody. What only a
//! program could tell is not measured, and its reason names the command.

mod apt;
mod browsers;
mod clamav;
mod dnf;
mod firewall;
mod pacman;
pub(crate) mod sockets;
mod units;

use midwatch_model::{Fact, LocalUpkeep, Outcome, Unread};

pub(crate) use units::is_enabled;

use crate::{HERE, System};

/// What the files of a system say.
pub fn look(system: &System) -> (String, Fact) {
    let mut upkeep = LocalUpkeep {
        packages: Vec::new(),
        restart: not_built(),
        browsers: not_built(),
        scanners: not_built(),
        firewalls: not_built(),
        listening: not_built(),
        unread: Vec::new(),
    };
    if cfg!(has_linux) {
        for look in [apt::look, dnf::look, pacman::look] {
            upkeep.packages.extend(look(system, &mut upkeep.unread));
        }
        upkeep.restart = apt::restart(system);
        // Where dpkg's status cannot be read, its gap stands with apt already.
        let installed = apt::installed(system).ok().flatten();
        let (system, shut) = system.without_shut_home();
        upkeep.unread.extend(shut);
        upkeep.scanners = Outcome::seen(clamav::look(&system, &mut upkeep.unread).into_iter().collect());
        upkeep.firewalls = Outcome::seen(firewall::look(&system, &mut upkeep.unread));
        upkeep.listening = sockets::look(&system);
        upkeep.browsers = Outcome::seen(browsers::look(&system, installed.as_ref(), &mut upkeep.unread));
    }
    (HERE.into(), Fact::LocalUpkeep(Box::new(upkeep)))
}

/// Whether updates are installed by themselves, for each package manager that is there and can do it.
pub(crate) fn automatic(system: &System, unread: &mut Vec<Unread>) -> Vec<(&'static str, Outcome<bool>)> {
    let mut found = Vec::new();
    found.extend(apt::is_there(system).then(|| ("apt", apt::automatic(system, unread))));
    let dnf = if dnf::is_five(system) { "dnf5" } else { "dnf" };
    found.extend(dnf::is_there(system).then(|| (dnf, dnf::automatic(system, unread))));
    found
}

fn not_built<T>() -> Outcome<T> {
    crate::not_built().into()
}
