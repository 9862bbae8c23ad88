//! Writes every page with made-up data into a directory, to look at: `pages DIRECTORY`.

use std::fs;
use std::path::PathBuf;

use midwatch_dashboard::pages::{
    alerts::{self, AlertsModel, Channel},
    event::{self, EventModel},
    events::{self, EventsModel},
    explain,
    host_key::{self, HostKeyModel, ServerKeys},
    overview::{self, Filter, OverviewModel},
    search::{self, SearchModel},
    settings::{self, AuditLine, Section},
    target::{self, HostKeyNotice, TargetModel},
    targets::{self, Draft, TargetsModel},
};
use midwatch_dashboard::reader::Role;
use midwatch_dashboard::{assets, sample};
use midwatch_model::{Fact, HostKeyVerdict};

fn main() -> std::io::Result<()> {
    let place = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "target/pages".into()));
    fs::create_dir_all(&place)?;
    let reader = sample::reader(Role::Admin);
    let now = sample::now();
    let summaries = sample::summaries();
    let reports = sample::reports();
    let mut pages = Vec::new();
    let overview = OverviewModel {
        now,
        digest: sample::digest(),
        open: sample::events().into_iter().take(1).collect(),
        filter: Filter { page: 1, ..Filter::default() },
        total: summaries.len() as u64,
        targets: summaries.clone(),
        size: 50,
    };
    pages.push(("overview", overview::overview(&overview, &reader, None)));
    let (shop, report) = reports[0].clone();
    let model = TargetModel {
        now,
        target: shop,
        next: summaries[0].next,
        report: report.map(|report| (now, report)),
        looks: sample::looks(),
        events: sample::events(),
        memory: sample::memory(),
        host_keys: vec![HostKeyNotice { name: "git.shop.example".into(), verdict: HostKeyVerdict::Changed }],
    };
    pages.push(("target", target::target(&model, &reader, None)));
    let model = EventModel {
        now,
        event: sample::events()[1].clone(),
        name: Some("The shop".into()),
        history: vec![],
        explain: midwatch_judge::explain("hsts-missing"),
        host_key: false,
    };
    pages.push(("event", event::event(&model, &reader, Some("It is snoozed for a day."))));
    let model = EventsModel {
        now,
        q: String::new(),
        target: String::new(),
        state: String::new(),
        events: sample::events(),
        before: Some(3),
        is_later: false,
    };
    pages.push(("events", events::events(&model, &reader)));
    let ssh = reports[2].1.clone().expect("a report");
    let known = ssh.observations.iter().find_map(|one| match &one.fact {
        Fact::HostKeys(known) => Some((**known).clone()),
        _ => None,
    });
    let model = HostKeyModel {
        now,
        target: "git".into(),
        name: "git.example".into(),
        met: Some(now),
        servers: known
            .into_iter()
            .map(|known| ServerKeys {
                known,
                sections: midwatch_report::fragments::target_parts(&ssh).host_keys,
                decisions: vec![],
            })
            .collect(),
    };
    pages.push(("hostkey", host_key::host_key(&model, &reader, None)));
    let model = TargetsModel {
        now,
        q: String::new(),
        page: 1,
        size: 100,
        total: summaries.len() as u64,
        targets: summaries.clone(),
        may_add: true,
    };
    pages.push(("targets", targets::targets(&model, &reader, &Draft::default(), None, None)));
    let model = AlertsModel {
        now,
        channels: vec![Channel { name: "mail".into(), kind: "mail".into() }],
        entries: sample::outbox(),
    };
    pages.push(("alerts", alerts::alerts(&model, &reader, None)));
    let model = SearchModel {
        now,
        q: "shop".into(),
        targets: summaries[..1].to_vec(),
        targets_total: 1,
        events: sample::events(),
        findings: vec![],
        topics: vec![("hsts-missing".into(), "HSTS is missing".into())],
    };
    pages.push(("search", search::search(&model, &reader)));
    pages.push(("explain", explain::index(&reader)));
    pages.push(("topic", explain::topic("hsts-missing", &reader).expect("a page")));
    let sections = [Section {
        name: "watch".into(),
        values: vec![("every".into(), "6 hours".into()), ("at_once".into(), "16".into())],
    }];
    pages.push(("settings", settings::settings(&sections, Some("/etc/midwatch.toml"), &reader)));
    let lines = [AuditLine {
        id: 1,
        at: now,
        who: "elizabeth".into(),
        from: "192.0.2.1".into(),
        what: "acknowledged".into(),
        detail: "change 12".into(),
    }];
    pages.push(("audit", settings::audit(&lines, Some(1), &reader)));
    pages.push(("about", settings::about(&reader)));
    pages.push(("fault", settings::fault(404, "There is no such page", "Nothing is at this address.")));
    for (name, page) in pages {
        let page = page.into_string().replace(&assets::style_url(), "style.css");
        fs::write(place.join(format!("{name}.html")), page)?;
    }
    fs::write(place.join("style.css"), assets::style())
}
