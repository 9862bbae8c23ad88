//! Two sites at one place with one name.

use std::collections::HashMap;
use std::net::IpAddr;

use midwatch_model::{AttackId::*, ServedSite, Severity, Station};

use super::served_support::{Fault, tell};
use crate::Check;
use crate::view::server::stands;

pub(crate) static CHECK: Check = Check {
    id: "served-name-conflict",
    title: "Two sites at one place have the same name",
    severity: Severity::Low,
    says: "{place} is the name of two sites at one place",
    about: "The program serves one of the two, as a rule the one that its files name first, and leaves the other out without \
            more than a line in a log. Which one visitors meet hangs on the order of files.",
    gain: "Who can add a site that is read earlier takes the name, its visitors and their cookies, and can have a certificate \
           issued for it.",
    from: &[Station::Server],
    attacks: &[Impersonation],
    decided: "Two sites of one program have the same name at the same address and port. High where a panel says that they \
              are of different accounts, else low.",
    benign: &["A file that was copied, or a backup that is read along with the rest."],
    fix: "Take the name out of the one that is not meant, and look who may write the files that are read: an editor's or a \
          package manager's copy does not belong into sites-enabled or conf.d.",
    settings: &[],
    source: "nginx documentation, Server names; Apache documentation, Name-based Virtual Host Support",
    find: |view, found| {
        let Some(seen) = view.inside.sites else { return };
        let mut known: HashMap<(IpAddr, u16, &str), &ServedSite> = HashMap::new();
        let mut faults = Vec::new();
        for site in seen.fact.sites.iter().filter(|site| !site.stream) {
            let mut told: Vec<&str> = Vec::new();
            for listen in &site.listens {
                for name in &site.names {
                    let first = *known.entry((listen.address, listen.port, name)).or_insert(site);
                    if std::ptr::eq(first, site)
                        || first.software != site.software
                        || told.contains(&name.as_str())
                    {
                        continue;
                    }
                    told.push(name);
                    let accounts = (first.account.as_deref(), site.account.as_deref());
                    let severity = match accounts {
                        (Some(one), Some(other)) if one != other => Severity::High,
                        _ => Severity::Low,
                    };
                    let detail =
                        format!("{name} at {listen} is in {} and in {}", stands(first), stands(site));
                    let fault = Fault::of(site, severity, detail);
                    faults.push(Fault { place: name.clone(), ..fault });
                }
            }
        }
        tell(view, found, "name", faults);
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn the_same_name_twice_is_found_and_weighs_more_between_accounts() {
        let of = |one: Option<&str>, other: Option<&str>| {
            let site = |account: Option<&str>, line| {
                let account = account.map(str::to_owned);
                ServedSite { account, line, ..served_site(&["a.example"], true) }
            };
            Scene::served(&[site(one, 1), site(other, 9)]).severities(CHECK.id)
        };
        assert_eq!(of(None, None), [Severity::Low]);
        assert_eq!(of(Some("joe"), Some("eve")), [Severity::High]);
        assert_eq!(of(Some("joe"), Some("joe")), [Severity::Low]);
    }

    #[test]
    fn other_names_and_other_places_are_none() {
        let sites = [
            served_site(&["a.example"], true),
            served_site(&["a.example"], false),
            served_site(&["b.example"], true),
        ];
        assert!(Scene::served(&sites).find(CHECK.id).is_empty());
    }
}
