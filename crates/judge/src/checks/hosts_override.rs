//! The hosts file gives a public name an address of its own.

use midwatch_model::{AttackId::*, Severity, Station, is_private};

use super::support::is_registered;
use crate::Check;

/// Domains of services that bring updates, packages or trust. A name of theirs has no business in a hosts file.
const WATCHED: &[&str] = &[
    "addons.mozilla.org",
    "aus5.mozilla.org",
    "archive.ubuntu.com",
    "clients2.google.com",
    "dl.google.com",
    "docker.io",
    "fedoraproject.org",
    "flathub.org",
    "github.com",
    "githubusercontent.com",
    "letsencrypt.org",
    "lencr.org",
    "opensuse.org",
    "pki.goog",
    "proxy.golang.org",
    "rubygems.org",
    "security.ubuntu.com",
    "snapcraft.io",
    "sum.golang.org",
    "update.googleapis.com",
    "windowsupdate.com",
];

pub(crate) static CHECK: Check = Check {
    id: "hosts-override",
    title: "The hosts file gives a public name an address of its own",
    severity: Severity::Medium,
    says: "{place} leads where the hosts file says, and the DNS is not asked",
    about: "A line of /etc/hosts comes before the DNS. It takes root's rights to write one, which is what malware on this \
            computer and an administrator have.",
    gain: "Whoever has that address is asked instead of the name's owner. What https protects shows it; what does not, \
           goes there.",
    from: &[Station::You],
    attacks: &[DnsSpoofing, ManInTheBrowser],
    decided: "A name below a public suffix (the ICANN part of the list) with an address that is neither this computer's \
              own nor 0.0.0.0, which is how names are blocked. Low where the address is private. High for names of \
              services that bring updates, packages or certificates, from a list in the check, and medium for those where \
              the address is private.",
    benign: &[
        "A developer's or administrator's own line, to try a server before the DNS names it, or to reach one at home.",
        "A company's own mirror of updates.",
    ],
    fix: "Find out who wrote the line. Where nobody did, take it out of /etc/hosts and look for what put it there.",
    settings: &[],
    source: "hosts(5); https://publicsuffix.org",
    find: |view, found| {
        let Some(seen) = view.here.local.names else { return };
        for entry in seen.fact.hosts.value().into_iter().flatten() {
            let is_watched = WATCHED.iter().any(|domain| is_below(&entry.name, domain));
            if !is_watched && !is_registered(&entry.name) {
                continue;
            }
            let severity = match (is_watched, is_private(entry.address)) {
                (true, false) => Severity::High,
                (true, true) | (false, false) => Severity::Medium,
                (false, true) => Severity::Low,
            };
            let detail = format!(
                "expected the DNS to be asked for {}, observed line {} of /etc/hosts: {}",
                entry.name, entry.line, entry.address
            );
            found.at(&entry.name).severity(severity).see(seen.id, detail);
        }
    },
};

fn is_below(name: &str, domain: &str) -> bool {
    name == domain || name.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use midwatch_model::{HostsEntry, Outcome};

    use super::*;
    use crate::testing::*;

    fn with(name: &str, address: &str) -> Vec<Severity> {
        let scene = Scene::here_local().names(|names| {
            let address = address.parse().expect("an address");
            names.hosts = Outcome::seen(vec![HostsEntry { name: name.into(), address, line: 4 }]);
        });
        scene.severities(CHECK.id)
    }

    #[test]
    fn public_names_are_weighed_by_what_they_are_and_where_they_lead() {
        assert_eq!(with("www.bank.com", "203.0.113.9"), [Severity::Medium]);
        assert_eq!(with("staging.bank.co.uk", "10.0.0.9"), [Severity::Low]);
        assert_eq!(with("archive.ubuntu.com", "203.0.113.9"), [Severity::High]);
        assert_eq!(with("raw.githubusercontent.com", "2001:db8::9"), [Severity::High]);
        assert_eq!(with("archive.ubuntu.com", "fd00::9"), [Severity::Medium]);
    }

    #[test]
    fn names_of_the_own_network_are_nobodys_business() {
        for name in ["nas", "nas.lan", "printer.home.arpa", "db.internal", "notcrates.local"] {
            assert!(with(name, "192.168.1.9").is_empty(), "{name}");
        }
        assert!(Scene::here_local().find(CHECK.id).is_empty());
    }

    #[test]
    fn a_file_that_was_not_read_is_no_finding() {
        let scene = Scene::empty().names(|names| names.hosts = timeout());
        assert!(scene.find(CHECK.id).is_empty());
    }
}
