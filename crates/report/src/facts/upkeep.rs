//! Upkeep of this computer and its router, each fact as a line.

use midwatch_model::{
    InstalledBrowser, ListeningSocket, LocalUpkeep, Outcome, PackageUpkeep, RouterAnswer, RouterPage,
};

use super::here::told;
use crate::words;

/// Sockets that are named.
const MAX_SOCKETS: usize = 8;

/// Labels and a few words each.
pub(super) fn lines(upkeep: &LocalUpkeep) -> Vec<(&'static str, String)> {
    let mut out: Vec<(&'static str, String)> =
        upkeep.packages.iter().map(|manager| ("updates", packages(manager))).collect();
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
pub(super) fn router(page: &RouterPage) -> String {
    let answer = |outcome: &Outcome<RouterAnswer>| match outcome {
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
    };
    format!("{}: http {}; https {}", page.gateway, answer(&page.plain), answer(&page.tls))
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
        assert_eq!(router(&page), "192.168.1.1: http 200, asks for a password; https closed");
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
