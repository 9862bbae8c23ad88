//! What this computer and its network show. Each kind of fact has a file here, which tells it in lines for a terminal
//! and in tables for a page.

mod browser;
mod echo;
mod git;
mod link;
mod listening;
mod names;
mod network;
mod plain_site;
mod resolver;
mod served;
mod server_settings;
mod settings;
mod trust;
mod upkeep;
mod wifi;

pub(crate) use browser::programs;
use midwatch_model::{Fact, Observation, Outcome, TargetReport};
pub(crate) use trust::added;

use crate::words;

/// Entries of one list that a line names.
const MOST: usize = 6;

/// A label of at most 11 columns, and what was seen.
pub(crate) type Line = (&'static str, String);

/// One fact, told.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    /// What kind of fact; sheets of one heading stand together.
    pub heading: &'static str,
    /// What it is about, where there may be several of a kind; else empty.
    pub about: String,
    /// Everything of weight in lines, long lists cut short.
    pub lines: Vec<Line>,
    /// Everything.
    pub tables: Vec<Table>,
}

/// A list of things of one kind.
#[derive(Debug)]
pub(crate) struct Table {
    /// What is listed.
    pub label: &'static str,
    /// The heads of the columns.
    pub heads: &'static [&'static str],
    /// The rows, one text for each column; or why there are none.
    pub rows: Result<Vec<Vec<String>>, String>,
}

impl Table {
    /// The things that were seen, each as a row, or why they were not.
    pub(crate) fn of<T>(
        label: &'static str,
        heads: &'static [&'static str],
        all: &Outcome<Vec<T>>,
        row: impl Fn(&T) -> Vec<String>,
    ) -> Self {
        let rows = match all {
            Outcome::Seen { value } => Ok(value.iter().map(row).collect()),
            Outcome::Refused { how } => Err(format!("refused: {how}")),
            Outcome::Unmeasured { why } => Err(format!("not measured: {why}")),
        };
        Table { label, heads, rows }
    }

    /// Things that are always known, each as a row.
    pub(crate) fn list<T>(
        label: &'static str,
        heads: &'static [&'static str],
        all: &[T],
        row: impl Fn(&T) -> Vec<String>,
    ) -> Self {
        Table { label, heads, rows: Ok(all.iter().map(row).collect()) }
    }
}

/// A fact of this computer or its network; none for others.
fn sheet(fact: &Fact) -> Option<Sheet> {
    match fact {
        Fact::LocalNetwork(network) => Some(network::sheet(network)),
        Fact::LinkWatch(watch) => Some(link::sheet(watch)),
        Fact::LocalNames(names) => Some(names::sheet(names)),
        Fact::LocalWifi(wifi) => Some(wifi::sheet(wifi)),
        Fact::LocalTrust(trust) => Some(trust::sheet(trust)),
        Fact::LocalBrowser(browser) => Some(browser::sheet(browser)),
        Fact::LocalSettings(settings) => Some(settings::sheet(settings)),
        Fact::LocalUpkeep(upkeep) => Some(upkeep::sheet(upkeep)),
        Fact::RouterPage(page) => Some(upkeep::router(page)),
        Fact::PlainSite(site) => Some(plain_site::sheet(site)),
        Fact::ResolverAnswers(answers) => Some(resolver::sheet(answers)),
        Fact::Echo(echo) => Some(echo::sheet(echo)),
        Fact::GitSource(source) => Some(git::sheet(source)),
        Fact::ServedSites(sites) => Some(served::sheet(sites)),
        Fact::ListeningServices(all) => Some(listening::sheet(all)),
        Fact::ServerSettings(settings) => Some(server_settings::sheet(settings)),
        Fact::SiteFaults(faults) => Some(served::faults(faults)),
        _ => None,
    }
}

/// Every sheet with its observation, those of one heading together, else in the order of the report.
pub(crate) fn sheets(target: &TargetReport) -> Vec<(&Observation, Sheet)> {
    let mut all: Vec<(&Observation, Sheet)> = target
        .observations
        .iter()
        .filter_map(|observation| Some((observation, sheet(&observation.fact)?)))
        .collect();
    let order: Vec<&'static str> = all.iter().map(|(_, sheet)| sheet.heading).collect();
    all.sort_by_key(|(_, sheet)| order.iter().position(|heading| *heading == sheet.heading));
    all
}

/// Everything of weight, in lines.
pub(crate) fn lines(target: &TargetReport) -> Vec<Line> {
    sheets(target).into_iter().flat_map(|(_, sheet)| sheet.lines).collect()
}

/// A few lines on the whole of it.
pub(crate) fn short(target: &TargetReport) -> Vec<Line> {
    let facts = || target.observations.iter().map(|observation| &observation.fact);
    let mut out = Vec::new();
    for fact in facts() {
        match fact {
            Fact::LocalNetwork(network) => out.push(("gateways", network::gateways(network))),
            Fact::LocalWifi(wifi) => out.push(("Wi-Fi", wifi::short(wifi))),
            Fact::LinkWatch(watch) => out.push(("link", link::short(watch))),
            Fact::LocalNames(names) => out.push(("resolvers", names::resolvers(names))),
            Fact::RouterPage(page) => out.push(("router", upkeep::page(page))),
            Fact::LocalUpkeep(upkeep) => out.extend(upkeep::short(upkeep)),
            Fact::Echo(echo) => out.push(("echo", echo::short(echo))),
            Fact::ResolverAnswers(answers) => out.push(("resolver", resolver::short(answers))),
            Fact::GitSource(source) => out.extend(git::sheet(source).lines),
            Fact::ServedSites(sites) => out.extend(served::lines(sites)),
            Fact::ListeningServices(all) => out.extend(listening::short(all)),
            Fact::ServerSettings(settings) => out.extend(server_settings::lines(settings)),
            Fact::SiteFaults(faults) => out.push(served::short(faults)),
            _ => {}
        }
    }
    let plain: Vec<_> = facts()
        .filter_map(|fact| match fact {
            Fact::PlainSite(site) => Some(&**site),
            _ => None,
        })
        .collect();
    if !plain.is_empty() {
        out.push(("plain http", plain_site::short(&plain)));
    }
    let stores: Vec<_> = facts()
        .filter_map(|fact| match fact {
            Fact::LocalTrust(trust) => Some(&**trust),
            _ => None,
        })
        .collect();
    let browsers: Vec<_> = facts()
        .filter_map(|fact| match fact {
            Fact::LocalBrowser(browser) => Some(&**browser),
            _ => None,
        })
        .collect();
    if !stores.is_empty() {
        out.push(("roots", trust::short(&stores)));
    }
    if !browsers.is_empty() {
        out.push(("browsers", browser::short(&browsers)));
    }
    for fact in facts() {
        if let Fact::LocalSettings(settings) = fact {
            out.push(("settings", settings::short(settings)));
        }
    }
    out
}

/// A value in words, or why there is none.
fn told<T>(outcome: &Outcome<T>, tell: impl FnOnce(&T) -> String) -> String {
    match outcome {
        Outcome::Seen { value } => tell(value),
        Outcome::Refused { how } => format!("refused ({how})"),
        Outcome::Unmeasured { why } => format!("not measured ({why})"),
    }
}

/// The first of a list, and how many more there are; `none` where it is empty.
fn some(items: &[String]) -> String {
    if items.is_empty() {
        return "none".into();
    }
    let first = items.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ");
    match items.len().saturating_sub(MOST) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// A line for each of the first items, and one that says how many more there are.
fn each(label: &'static str, items: Vec<String>) -> Vec<Line> {
    let more = items.len().saturating_sub(MOST);
    let mut lines: Vec<Line> = items.into_iter().take(MOST).map(|item| (label, item)).collect();
    if more > 0 {
        lines.push((label, format!("and {more} more")));
    }
    lines
}

fn yes(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// `; 2 files could not be read`, where that is so. Which, and why, stands under what could not be measured.
fn unread(count: usize) -> String {
    match count {
        0 => String::new(),
        count => format!("; {} could not be read", words::count(count, "file")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn every_local_fact_of_the_sample_is_told_and_long_lists_are_cut() {
        let report = sample::here();
        let all = sheets(&report.targets[0]);
        let headings: Vec<_> = all.iter().map(|(_, sheet)| sheet.heading).collect();
        assert_eq!(
            headings,
            [
                "Network",
                "Names on this computer",
                "Links",
                "Settings of programs",
                "Trust anchors",
                "Trust anchors",
                "Browsers",
                "Browsers",
                "What reached the echo",
                "The resolver's answers",
                "Sites over plain http",
                "Sites over plain http"
            ]
        );
        for (_, sheet) in &all {
            assert!(!sheet.lines.is_empty() && !sheet.tables.is_empty(), "{sheet:?}");
            assert!(sheet.lines.iter().all(|(label, text)| label.len() <= 11 && !text.is_empty()));
            for table in &sheet.tables {
                for row in table.rows.iter().flatten() {
                    assert_eq!(row.len(), table.heads.len(), "{}: {row:?}", table.label);
                }
            }
        }
        let neighbours = lines(&report.targets[0]).into_iter().find(|(label, _)| *label == "neighbours");
        let (_, neighbours) = neighbours.expect("a line of neighbours");
        assert!(neighbours.ends_with("and 6 more"), "{neighbours}");
    }

    #[test]
    fn what_was_not_measured_brings_its_reason() {
        let report = sample::quiet_here();
        let lines = lines(&report.targets[0]);
        let of = |wanted| lines.iter().find(|(label, _)| *label == wanted).map(|(_, text)| text.as_str());
        let neighbours = of("neighbours").expect("a line");
        assert!(
            neighbours.starts_with("not measured (") && neighbours.contains("CAP_NET_ADMIN"),
            "{neighbours}"
        );
        assert!(of("resolvers").expect("a line").contains("permission denied"));
        assert_eq!(of("settings"), Some("none of note; 0 places read"));
    }
}
