//! Every account of a shared server can run a compiler.

use midwatch_model::{AttackId::*, Edit, Edits, Severity, Station};

use super::server_support::shared_by;
use crate::{Check, words};

pub(crate) static CHECK: Check = Check {
    id: "server-compilers-open",
    title: "Every account of this shared server can run a compiler",
    severity: Severity::Info,
    says: "{place} can be run by every account",
    about: "Whoever breaks into one site of a shared server often needs a program made for this very system to become root. \
            With a compiler at hand it is made here. It keeps nobody out who can bring a program along.",
    gain: "A step on the way from one site to all others.",
    from: &[Station::You],
    attacks: &[SessionHijacking],
    decided: "Where several people share the server (a panel manages it, or more than one account of people has a shell): as, c++, \
              cc, clang, g++, gcc, ld and tcc in /usr/bin that others may run (mode o+x). One who has a server to themselves \
              is not asked to.",
    benign: &[
        "People who build programs here, and are meant to.",
        "Compilers elsewhere than in /usr/bin are not looked for.",
    ],
    fix: "Let root and those who build alone run it: dpkg-statoverride --update --add root root 0750 FILE, with a group of theirs in the \
          place of the second root.",
    settings: &[],
    source: "cPanel's Compiler Access; dpkg-statoverride(1)",
    find: |view, found| {
        let Some(seen) = view.inside.settings else { return };
        let Some(shared) = shared_by(view, seen.fact) else { return };
        let open: Vec<&str> =
            seen.fact.compilers.iter().filter(|one| one.all_run()).map(|one| one.path.as_str()).collect();
        if open.is_empty() {
            return;
        }
        let has_dpkg = seen.fact.updates.iter().any(|one| one.manager == "apt");
        let change = |path: &&str| match has_dpkg {
            true => {
                let words = "dpkg-statoverride --force-statoverride-add --update --add root root 0750";
                let command = words.split(' ').map(str::to_owned).chain([(*path).to_owned()]);
                Edit::Run { command: command.collect(), changes: vec!["/var/lib/dpkg/statoverride".into()] }
            }
            false => Edit::Mode { path: (*path).to_owned(), mode: "o-rwx".into() },
        };
        let edits = Edits { program: None, edits: open.iter().map(change).collect() };
        found
            .at("compilers")
            .edits(edits)
            .see(seen.id, format!("observed {}, which others may run", words::some(&open, 8)))
            .see(seen.id, shared);
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    fn with(mode: u32, people: &[&str]) -> Scene {
        let people = people.iter().map(|name| (*name).to_owned()).collect();
        Scene::empty().server_settings(|server| {
            server.compilers = vec![server_path("/usr/bin/x86_64-linux-gnu-gcc-12", mode)];
            server.accounts = Outcome::seen(people);
        })
    }

    #[test]
    fn shared_servers_alone() {
        assert_eq!(with(0o755, &["ann", "ben"]).severities(CHECK.id), [Severity::Info]);
        assert!(with(0o755, &["ann"]).find(CHECK.id).is_empty());
        assert!(with(0o750, &["ann", "ben"]).find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
