//! Every account can list the sessions of the server's sites.

use midwatch_model::{AttackId::*, Edit, Edits, Severity, Station};

use super::server_support::{decide, shared_by};
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "server-sessions-listable",
    title: "Every account of this server can list the sessions of its sites",
    severity: Severity::Low,
    says: "{place} can be listed by every account",
    about: "PHP keeps each session in a file whose name is the session's key, as it stands in the visitor's cookie. Who can list \
            the directory has the keys of everybody who is logged in, whoever may read the files themselves.",
    gain: "The sessions of all visitors, administrators among them, for any account and any site with a hole on this server.",
    from: &[Station::You],
    attacks: &[SessionHijacking],
    decided: "session.save_path of PHP's files and pools, and /var/lib/php/sessions: its mode lets others read it (o+r), or write \
              it without the sticky bit. Medium where several people share the server: a panel manages it, or more than one account of \
              people has a shell. Debian's own mode is 1733. Other languages' frameworks keep sessions in many ways, \
              which are not looked at.",
    benign: &[
        "A server whose accounts and sites are all one person's.",
        "Access-control lists are not read.",
    ],
    fix: "chmod 1733 on the directory; give each site's pool a session.save_path of its own that its account alone can enter.",
    settings: &[],
    source: "php.net: session.save_path, and Securing Session INI Settings; Debian's php-common (mode 1733)",
    find: |view, found| {
        let Some(seen) = view.inside.settings else { return };
        let shared = shared_by(view, seen.fact);
        for one in &seen.fact.sessions {
            let is_sticky = one.mode & 0o1000 != 0;
            if !(one.all_read() || one.all_write() && !is_sticky) {
                continue;
            }
            let severity = if shared.is_some() { Severity::Medium } else { Severity::Low };
            let change = match one.path.as_str() {
                "/tmp" | "/var/tmp" | "/dev/shm" => decide(
                    None,
                    format!(
                        "Give each pool of PHP a session.save_path that its account alone can enter, in the stead of {}.",
                        one.path
                    ),
                ),
                path => Edits {
                    program: None,
                    edits: vec![Edit::Mode { path: path.to_owned(), mode: "o-r,+t".into() }],
                },
            };
            let mut draft = found
                .at(&*one.path)
                .severity(severity)
                .edits(change)
                .see(seen.id, format!("expected a mode such as 1733, observed {:04o}", one.mode));
            if let Some(shared) = &shared {
                draft = draft.see(seen.id, shared.clone());
            }
            let _ = draft;
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;
    use crate::testing::*;

    fn with(path: &str, mode: u32, people: &[&str]) -> Scene {
        let people = people.iter().map(|name| (*name).to_owned()).collect();
        Scene::empty().server_settings(|server| {
            server.sessions = vec![server_path(path, mode)];
            server.accounts = Outcome::seen(people);
        })
    }

    #[test]
    fn a_directory_that_can_be_listed() {
        assert_eq!(with("/var/lib/php/sessions", 0o1777, &["ann"]).severities(CHECK.id), [Severity::Low]);
        assert_eq!(
            with("/var/lib/php/sessions", 0o1777, &["ann", "ben"]).severities(CHECK.id),
            [Severity::Medium]
        );
        assert_eq!(with("/srv/s", 0o733, &["ann"]).severities(CHECK.id), [Severity::Low], "not sticky");
        assert!(with("/var/lib/php/sessions", 0o1733, &["ann", "ben"]).find(CHECK.id).is_empty());
        assert!(with("/srv/s", 0o700, &[]).find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }

    #[test]
    fn nobody_is_told_to_close_tmp() {
        let found = with("/tmp", 0o1777, &[]).find(CHECK.id);
        assert!(matches!(found[0].fix.edits.edits[..], [Edit::Decide { .. }]));
    }
}
