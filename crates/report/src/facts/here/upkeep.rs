//! Upkeep of this computer and its router.

use midwatch_model::{
    InstalledBrowser, ListeningSocket, LocalUpkeep, Outcome, PackageUpkeep, RouterAnswer, RouterPage,
};

use super::{Line, Sheet, Table, told, yes};
use crate::words;

/// Sockets that are named.
const MAX_SOCKETS: usize = 8;

pub(super) fn sheet(upkeep: &LocalUpkeep) -> Sheet {
    let when = |outcome: &Outcome<midwatch_model::Time>| told(outcome, |time| words::day(*time));
    let updates: Vec<_> = upkeep
        .packages
        .iter()
        .filter_map(|manager| Some((manager, manager.pending.value()?)))
        .flat_map(|(manager, pending)| pending.listed.iter().map(move |update| (manager, update)))
        .collect();
    Sheet {
        heading: "Upkeep",
        about: String::new(),
        lines: lines(upkeep),
        tables: vec![
            Table::list("Package managers", &["Manager", "Updates and lists"], &upkeep.packages, |one| {
                vec![one.manager.clone(), packages(one)]
            }),
            Table::list(
                "Updates that mend security",
                &["Package", "Installed", "Available", "From", "Manager"],
                &updates,
                |(manager, update)| {
                    vec![
                        update.package.clone(),
                        update.installed.clone(),
                        update.available.clone(),
                        update.archive.clone(),
                        manager.manager.clone(),
                    ]
                },
            ),
            Table::of(
                "Browsers installed",
                &["Browser", "Version", "Built", "By"],
                &upkeep.browsers,
                |one| {
                    let version = told(&one.version, Clone::clone);
                    vec![one.name.clone(), version, when(&one.built), one.by.clone()]
                },
            ),
            Table::of(
                "Scanners for malware",
                &["Scanner", "Signatures", "Renewed by itself"],
                &upkeep.scanners,
                |one| {
                    let automatic = told(&one.automatic, |on| yes(*on).into());
                    vec![one.name.clone(), when(&one.signatures), automatic]
                },
            ),
            Table::of("Firewalls", &["Firewall", "On", "By"], &upkeep.firewalls, |one| {
                vec![one.name.clone(), told(&one.on, |on| yes(*on).into()), one.by.clone()]
            }),
            Table::of("Sockets that others can reach", &["Protocol", "Address"], &upkeep.listening, |one| {
                vec![one.protocol.clone(), one.address.to_string()]
            }),
        ],
    }
}

/// A line for each package manager.
pub(super) fn short(upkeep: &LocalUpkeep) -> impl Iterator<Item = Line> {
    upkeep.packages.iter().map(|manager| ("updates", packages(manager)))
}

/// Labels and a few words each.
fn lines(upkeep: &LocalUpkeep) -> Vec<Line> {
    let mut out: Vec<Line> = short(upkeep).collect();
    let restart = told(&upkeep.restart, |names: &Vec<String>| match names.as_slice() {
        [] => "not needed".into(),
        names => format!("needed for {}", words::and(names)),
    });
    out.push(("restart", restart));
    match &upkeep.browsers {
        Outcome::Seen { value } => out.extend(value.iter().map(|one| ("browser", browser(one)))),
        other => out.push(("browser", told(other, |_| String::new()))),
    }
    for scanner in upkeep.scanners.value().into_iter().flatten() {
        let signatures = told(&scanner.signatures, |time| format!("of {}", words::day(*time)));
        out.push(("scanner", format!("{}, signatures {signatures}", scanner.name)));
    }
    let firewalls = told(&upkeep.firewalls, |all| {
        let one = |firewall: &midwatch_model::Firewall| {
            let state = told(&firewall.on, |on| if *on { "on".into() } else { "off".into() });
            format!("{} {state}", firewall.name)
        };
        match all.as_slice() {
            [] => "none that is known is installed".into(),
            all => all.iter().map(one).collect::<Vec<_>>().join(", "),
        }
    });
    out.push(("firewall", firewalls));
    out.push(("listening", told(&upkeep.listening, |all| sockets(all))));
    out
}

fn packages(manager: &PackageUpkeep) -> String {
    let pending = told(&manager.pending, |pending| {
        let held = if pending.held > 0 { format!(", {} held", pending.held) } else { String::new() };
        match (pending.all, pending.security) {
            (0, _) => format!("none waits{held}"),
            (all, security) => {
                let mend = match pending.security_known {
                    true => format!("of which {security} mend security"),
                    false => "and which mend security is not known".into(),
                };
                let wait = if all == 1 { "waits" } else { "wait" };
                format!("{} {wait}, {mend}{held}", words::count(all as usize, "update"))
            }
        }
    });
    let lists = told(&manager.lists, |lists| format!("of {}", words::moment(lists.renewed)));
    let automatic = told(&manager.automatic, |on| match on {
        true => "installed by themselves".into(),
        false => "not installed by themselves".into(),
    });
    format!("{}: {pending}; lists {lists}; {automatic}", manager.manager)
}

fn browser(browser: &InstalledBrowser) -> String {
    let version = browser.version.value().map(|version| format!(" {version}")).unwrap_or_default();
    let built = told(&browser.built, |time| words::day(*time));
    format!("{}{version}, built {built}", browser.name)
}

fn sockets(all: &[ListeningSocket]) -> String {
    if all.is_empty() {
        return "nothing that others can reach".into();
    }
    let named: Vec<String> =
        all.iter().take(MAX_SOCKETS).map(|one| format!("{} {}", one.protocol, one.address)).collect();
    let more = all.len().saturating_sub(MAX_SOCKETS);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", named.join(", "))
}

/// What a router answered.
pub(super) fn router(page: &RouterPage) -> Sheet {
    Sheet {
        heading: "The router's page",
        about: page.gateway.to_string(),
        lines: vec![("router", self::page(page))],
        tables: vec![Table::list(
            "What it answered",
            &["Asked", "Answer", "Title", "Server"],
            &[("http", &page.plain), ("https", &page.tls)],
            |(asked, outcome)| {
                let text = |of: fn(&RouterAnswer) -> Option<&String>| {
                    outcome.value().and_then(of).cloned().unwrap_or_default()
                };
                vec![
                    (*asked).into(),
                    answer(outcome),
                    text(|answer| answer.title.as_ref()),
                    text(|answer| answer.server.as_ref()),
                ]
            },
        )],
    }
}

/// The same in a line.
pub(super) fn page(page: &RouterPage) -> String {
    format!("{}: http {}; https {}", page.gateway, answer(&page.plain), answer(&page.tls))
}

fn answer(outcome: &Outcome<RouterAnswer>) -> String {
    match outcome {
        Outcome::Refused { .. } => "closed".into(),
        other => told(other, |answer: &RouterAnswer| {
            let mut text = answer.status.to_string();
            if let Some(to) = &answer.leads_to {
                text.push_str(&format!(", leads to {to}"));
            }
            if answer.has_password || !answer.asks_with.is_empty() {
                text.push_str(", asks for a password");
            }
            text
        }),
    }
}

#[cfg(test)]
mod tests {
    use midwatch_model::*;

    use super::*;

    #[test]
    fn a_router_is_told_in_a_line() {
        let answer = RouterAnswer {
            status: 200,
            leads_to: None,
            asks_with: vec![],
            has_password: true,
            title: None,
            server: None,
        };
        let page = RouterPage {
            gateway: "192.168.1.1".parse().unwrap(),
            plain: Outcome::seen(answer),
            tls: Outcome::refused("the port is closed"),
        };
        assert_eq!(super::page(&page), "192.168.1.1: http 200, asks for a password; https closed");
    }

    #[test]
    fn upkeep_is_told_with_what_is_not_known() {
        let silent = || Reason::new(ReasonKind::Other, "it takes root's rights");
        let upkeep = LocalUpkeep {
            packages: vec![PackageUpkeep {
                manager: "apt".into(),
                lists: silent().into(),
                pending: Outcome::seen(PendingUpdates {
                    security_known: true,
                    all: 12,
                    security: 3,
                    held: 1,
                    ..Default::default()
                }),
                automatic: Outcome::seen(false),
            }],
            restart: Outcome::seen(vec!["libc6".into()]),
            browsers: Outcome::seen(vec![]),
            scanners: Outcome::seen(vec![]),
            firewalls: Outcome::seen(vec![]),
            listening: Outcome::seen(vec![ListeningSocket {
                protocol: "tcp".into(),
                address: "0.0.0.0:23".parse().unwrap(),
            }]),
            unread: vec![],
        };
        let told: Vec<String> =
            lines(&upkeep).into_iter().map(|(label, text)| format!("{label}: {text}")).collect();
        assert_eq!(
            told,
            [
                "updates: apt: 12 updates wait, of which 3 mend security, 1 held; lists not measured (it takes root's \
                 rights); not installed by themselves",
                "restart: needed for libc6",
                "firewall: none that is known is installed",
                "listening: tcp 0.0.0.0:23",
            ]
        );
    }
}
