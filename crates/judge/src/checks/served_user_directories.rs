//! Users of this computer publish under the names of its sites.

use midwatch_model::{AttackId::*, Severity, Station};

use super::served_support::{Fault, tell};
use crate::Check;
use crate::view::server::{called, outward};

pub(crate) static CHECK: Check = Check {
    id: "served-user-directories",
    title: "Every user of this computer can publish under the names of its sites",
    severity: Severity::Medium,
    says: "{place} serves the directories of users under /~name/",
    about: "UserDir serves a directory of each user under every site that has it: https://shop.example/~eve/. A browser \
            tells sites apart by their names alone, so that a page there may do what a page of the shop may: read its \
            pages, and use its cookies and its storage.",
    gain: "To take over the sessions of a site's visitors, and to act in their names, for anybody who has an account on this \
           computer.",
    from: &[Station::Server],
    attacks: &[SessionHijacking, HttpInjection],
    decided: "Apache's mod_userdir is loaded, and UserDir names a directory for the site, by its own lines or by those that \
              hold for all. UserDir disabled without names ends it. Places on loopback do not count.",
    benign: &["All users of this computer may be one person, or as trusted as the site itself."],
    fix: "Serve them under a name of their own (users.example.org), and leave UserDir off elsewhere: a2dismod userdir, or \
          UserDir disabled outside of that virtual host.",
    settings: &[],
    source: "RFC 6454 4; Apache documentation, mod_userdir",
    find: |view, found| {
        let mut faults = Vec::new();
        for (_, site) in view.inside.served() {
            let Some(users) = &site.user_directories else { continue };
            if outward(site).next().is_none() {
                continue;
            }
            let without = match users.disabled.as_slice() {
                [] => String::new(),
                some => format!(", for users other than {}", some.join(", ")),
            };
            let detail = format!(
                "UserDir {} holds for {}{without} ({}, line {})",
                users.directory,
                called(site),
                users.file,
                users.line
            );
            faults.push(Fault::of(site, Severity::Medium, detail));
        }
        tell(view, found, "site", faults);
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{ServedSite, UserDirectories};

    use super::*;
    use crate::testing::*;

    #[test]
    fn userdir_is_found_where_others_reach_it() {
        let users = UserDirectories {
            directory: "public_html".into(),
            disabled: vec!["root".into()],
            file: "/etc/apache2/mods-enabled/userdir.conf".into(),
            line: 2,
        };
        let site = ServedSite { user_directories: Some(users), ..served_site(&["a.example"], true) };
        let mut own = site.clone();
        own.listens[0].address = std::net::Ipv6Addr::LOCALHOST.into();
        assert_eq!(Scene::served(&[site]).severities(CHECK.id), [Severity::Medium]);
        assert!(Scene::served(&[own]).find(CHECK.id).is_empty());
        assert!(Scene::served(&[served_site(&["a.example"], true)]).find(CHECK.id).is_empty());
    }
}
