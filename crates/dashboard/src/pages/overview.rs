//! Everything that is watched, the worst first.

use maud::{Markup, PreEscaped, html};
use midwatch_model::{Event, PathHop, Severity, State, Station, Time, Verdict};
use midwatch_report::fragments;
use serde::Serialize;

use super::parts::{self, Pager, ago, breaking, prose, text};
use super::shell::{Part, Shell, page};
use crate::reader::{Reader, Scope};
use midwatch_store::watch::Summary;

/// What the overview shows.
#[derive(Clone, Debug, Serialize)]
pub struct OverviewModel {
    /// When it was put together.
    pub now: Time,
    /// Over all targets.
    pub digest: Digest,
    /// The newest changes that nobody has acknowledged.
    pub open: Vec<Event>,
    /// How the list is filtered.
    pub filter: Filter,
    /// The targets of this page of the list, the worst first.
    pub targets: Vec<Summary>,
    /// How many targets the filter lets through.
    pub total: u64,
    /// Targets on a page.
    pub size: u64,
}

/// How a list of targets is filtered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Filter {
    /// Words of its name, text or tags.
    pub q: String,
    /// The worst finding is this bad or worse.
    pub worst: Option<Severity>,
    /// A tag that it has.
    pub tag: String,
    /// The page of the list, from 1.
    pub page: u64,
}

impl Filter {
    fn query(&self) -> String {
        let worst = self.worst.map(|severity| severity.to_string()).unwrap_or_default();
        parts::query(&[("q", &self.q), ("worst", &worst), ("tag", &self.tag)])
    }

    fn is_any(&self) -> bool {
        !self.q.is_empty() || self.worst.is_some() || !self.tag.is_empty()
    }
}

/// All targets in figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Digest {
    /// How many are watched.
    pub targets: u64,
    /// How many of them have each worst verdict: exposed, partly, unknown, protected.
    pub verdicts: [u64; 4],
    /// How many have each worst severity, info first.
    pub severities: [u64; 5],
    /// How many are paused.
    pub paused: u64,
    /// How many were not looked at yet.
    pub waiting: u64,
    /// Changes that nobody has acknowledged.
    pub open_events: u64,
    /// How many could not be measured at the last look, or only in part.
    pub unmeasured: u64,
    /// The first of those that could not be measured.
    pub silent: Vec<Silent>,
    /// Each station with the worst mark of all targets.
    pub path: Vec<WorstStation>,
    /// Tags and how many targets have each.
    pub tags: Vec<(String, u64)>,
}

/// A target that could not be measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Silent {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How much could be measured.
    pub state: State,
    /// Why not.
    pub error: Option<String>,
    /// When it was looked at.
    pub looked: Option<Time>,
}

/// A station over all targets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorstStation {
    /// It, with the mark of the target that is worst there.
    pub hop: PathHop,
    /// The first target with that mark: id and name.
    pub target: (String, String),
    /// How many targets have that mark there.
    pub count: u64,
}

impl Digest {
    /// Verdicts in the order in which [`Digest::verdicts`] counts them.
    pub const VERDICTS: [Verdict; 4] =
        [Verdict::Exposed, Verdict::Partly, Verdict::Unknown, Verdict::Protected];
    /// Silent targets that are named.
    const NAMED: usize = 5;

    /// Counts one target. To be called with the worst first.
    pub fn add(&mut self, one: &Summary) {
        self.targets += 1;
        let verdict = worst(one);
        if let Some(count) =
            Self::VERDICTS.iter().position(|known| *known == verdict).and_then(|at| self.verdicts.get_mut(at))
        {
            *count += 1;
        }
        if let Some(count) = one.worst.and_then(|severity| self.severities.get_mut(severity as usize)) {
            *count += 1;
        }
        self.paused += u64::from(one.target.paused);
        self.waiting += u64::from(one.looked.is_none());
        self.open_events += u64::from(one.open_events);
        if let Some(state) = one.state.filter(|state| *state != State::Measured) {
            self.unmeasured += 1;
            let silent = Silent {
                id: one.target.id.clone(),
                name: one.target.name.clone(),
                state,
                error: one.error.clone(),
                looked: one.looked,
            };
            // Those of which nothing is known come first.
            match (state, self.silent.len() < Self::NAMED) {
                (_, true) => self.silent.push(silent),
                (State::NotMeasured, false) => {
                    if let Some(place) = self.silent.iter_mut().find(|other| other.state == State::Partly) {
                        *place = silent;
                    }
                }
                _ => {}
            }
            self.silent.sort_by_key(|one| std::cmp::Reverse(one.state as u8));
        }
        for hop in &one.path {
            let mark = || WorstStation {
                hop: hop.clone(),
                target: (one.target.id.clone(), one.target.name.clone()),
                count: 1,
            };
            match self.path.iter_mut().find(|known| known.hop.station == hop.station) {
                None => self.path.push(mark()),
                Some(known) if hop.mark.verdict > known.hop.mark.verdict => *known = mark(),
                Some(known) if hop.mark.verdict == known.hop.mark.verdict => known.count += 1,
                Some(_) => {}
            }
        }
        self.path.sort_by_key(|known| known.hop.station);
        for tag in &one.target.tags {
            match self.tags.binary_search_by(|(known, _)| known.cmp(tag)) {
                Ok(at) => {
                    if let Some((_, count)) = self.tags.get_mut(at) {
                        *count += 1;
                    }
                }
                Err(at) => self.tags.insert(at, (tag.clone(), 1)),
            }
        }
    }
}

/// The worst verdict on a target; unknown where nothing was measured, since that never reads as safe.
pub(crate) fn worst(one: &Summary) -> Verdict {
    match one.state {
        None | Some(State::NotMeasured) => Verdict::Unknown,
        Some(_) => one.verdicts.iter().map(|(_, verdict)| *verdict).max().unwrap_or(Verdict::Unknown),
    }
}

/// The page. `notice` says what has just been done.
pub fn overview(model: &OverviewModel, reader: &Reader, notice: Option<&str>) -> Markup {
    let json = format!("/{}", and(&model.filter.query(), "format=json"));
    let shell =
        Shell { title: "Overview", part: Part::Overview, reader, json: Some(&json), live: true, notice };
    let digest = &model.digest;
    page(
        &shell,
        html! {
            div.title { h1 { "Overview" } p.when { "As of " (parts::time(model.now)) " · " a href="/" { "Reload" } } }
            (live(None))
            @if digest.targets == 0 { (welcome(reader)) } @else {
                (figures(digest))
                (way(digest))
                (open_changes(model))
                (silent(model.now, digest))
                (list(model, reader))
            }
        },
    )
}

/// The place where the script shows what runs. Without script it stays hidden.
pub(crate) fn live(target: Option<&str>) -> Markup {
    html! {
        section.live id="live" data-target=[target] aria-labelledby="live-h" hidden {
            h2 id="live-h" { "Now" }
            p data-live-status {}
            ul data-live-list {}
            p data-live-fresh hidden { span data-live-count role="status" { "Something is another now." } " " a href="" { "Show the new state" } }
        }
    }
}

fn and(query: &str, more: &str) -> String {
    if query.is_empty() { format!("?{more}") } else { format!("{query}&{more}") }
}

fn welcome(reader: &Reader) -> Markup {
    html! {
        section aria-labelledby="none" {
            h2 id="none" { "Nothing is watched yet" }
            p {
                "Name targets in " code { "midwatch.toml" }
                @if reader.may(Scope::Targets) { ", or " a href="/targets#add" { "add one here" } }
                "."
            }
        }
    }
}

fn figures(digest: &Digest) -> Markup {
    html! {
        section.figures aria-labelledby="figures" {
            h2.hidden id="figures" { "In figures" }
            ul.tiles {
                @for (verdict, count) in Digest::VERDICTS.into_iter().zip(digest.verdicts) {
                    li class=(verdict) {
                        (parts::mark(verdict)) b { (count) } span.word { (verdict) }
                    }
                }
                li.plaintile { b { (digest.open_events) } a href="/events?state=open" { "open changes" } }
                li.plaintile { b { (digest.unmeasured) } span { "not fully measured" } }
            }
            p.sub {
                (parts::count(digest.targets, "target"))
                @if digest.paused > 0 { ", " (digest.paused) " paused" }
                @if digest.waiting > 0 { ", " (digest.waiting) " not looked at yet" }
                @for (severity, count) in Severity::ALL.into_iter().zip(digest.severities).rev() {
                    @if count > 0 { " · " a href={ "/?worst=" (severity) } { (count) " " (severity) } }
                }
            }
        }
    }
}

fn way(digest: &Digest) -> Markup {
    html! {
        @if !digest.path.is_empty() {
            section.way aria-labelledby="way" {
                h2 id="way" { "The way to the servers, and where it is worst" }
                ol.path {
                    @for one in &digest.path { (station(one)) }
                }
            }
        }
    }
}

fn station(one: &WorstStation) -> Markup {
    let WorstStation { hop, target: (id, name), count } = one;
    let verdict = hop.mark.verdict;
    html! {
        li class=(verdict) {
            span.stop { (PreEscaped(fragments::station_picture(hop.station))) (parts::mark(verdict)) }
            div {
                b.name { (hop.station.name()) } " " span.word { (verdict) }
                @if verdict != Verdict::Protected && hop.station != Station::You || verdict >= Verdict::Partly {
                    p {
                        a href=(parts::target_url(id)) { (breaking(name)) }
                        @if *count > 1 { " and " (count - 1) " more" }
                    }
                }
                @if !hop.mark.because.is_empty() { p { (prose(&hop.mark.because)) } }
            }
        }
    }
}

fn open_changes(model: &OverviewModel) -> Markup {
    let more = model.digest.open_events.saturating_sub(model.open.len() as u64);
    html! {
        section aria-labelledby="changes" {
            h2 id="changes" { "Open changes" }
            @if model.open.is_empty() {
                (parts::nothing("Nothing has changed that nobody has acknowledged."))
            } @else {
                (parts::events(model.now, &model.open, true))
                @if more > 0 { p { a href="/events?state=open" { "All open changes" } " (" (more) " more)" } }
            }
        }
    }
}

fn silent(now: Time, digest: &Digest) -> Markup {
    html! {
        @if digest.unmeasured > 0 {
            section aria-labelledby="silent" {
                h2 id="silent" { "What could not be measured" }
                ul.silent {
                    @for one in &digest.silent {
                        li {
                            a href={ (parts::target_url(&one.id)) } { (breaking(&one.name)) }
                            ": " (parts::state(one.state))
                            @if let Some(error) = &one.error { ". " (prose(error)) }
                            @if let Some(looked) = one.looked { span.sub { " " (ago(now, looked)) } }
                        }
                    }
                }
                @let more = digest.unmeasured.saturating_sub(digest.silent.len() as u64);
                @if more > 0 { p.sub { "and " (more) " more" } }
            }
        }
    }
}

fn list(model: &OverviewModel, reader: &Reader) -> Markup {
    let filter = &model.filter;
    let base = format!("/{}", and(&filter.query(), "page="));
    let pager =
        Pager { page: filter.page, size: model.size, total: model.total, base: &base, noun: "targets" };
    html! {
        section aria-labelledby="targets" {
            h2 id="targets" { "Targets, worst first" }
            form.filter method="get" action="/" {
                p {
                    label for="q" { "Name" }
                    input id="q" name="q" type="search" value=(text(&filter.q)) maxlength="200" autocomplete="off";
                }
                p {
                    label for="worst" { "Worst finding" }
                    select id="worst" name="worst" {
                        option value="" { "any" }
                        @for severity in Severity::ALL.into_iter().rev() {
                            option value=(severity) selected[filter.worst == Some(severity)] { (severity) " or worse" }
                        }
                    }
                }
                @if !model.digest.tags.is_empty() {
                    p {
                        label for="tag" { "Tag" }
                        select id="tag" name="tag" {
                            option value="" { "any" }
                            @for (tag, count) in model.digest.tags.iter().take(200) {
                                option value=(text(tag)) selected[filter.tag == *tag] { (text(tag)) " (" (count) ")" }
                            }
                        }
                    }
                }
                p {
                    button type="submit" { "Filter" }
                    @if filter.is_any() { " " a href="/#targets" { "Show all" } }
                }
            }
            @if model.targets.is_empty() { (parts::nothing("No target is so.")) } @else {
                (rows(model.now, &model.targets, reader))
            }
            (pager.render())
        }
    }
}

/// Targets as a list of rows.
pub(crate) fn rows(now: Time, targets: &[Summary], reader: &Reader) -> Markup {
    html! {
        ol.rows {
            @for one in targets {
                @let verdict = worst(one);
                @let url = parts::target_url(&one.target.id);
                li class=(verdict) data-row=(text(&one.target.id)) {
                    div.what {
                        p.head {
                            (parts::mark(verdict))
                            a.name href=(url) data-target-name=(text(&one.target.id)) { (breaking(&one.target.name)) }
                            span.word { @if one.looked.is_none() { "not looked at yet" } @else { (verdict) } }
                        }
                        p.sub {
                            span { (kind(&one.target.target)) }
                            @if one.target.paused { span.state { "paused" } }
                            @if one.state == Some(State::NotMeasured) { span { "not measured" } }
                            @if one.state == Some(State::Partly) { span { "measured in part" } }
                            @if let Some(looked) = one.looked { span { "looked at " (ago(now, looked)) } }
                            @if let Some(next) = one.next.filter(|_| !one.target.paused) {
                                span { "next " (ago(now, next)) }
                            }
                            @for tag in &one.target.tags {
                                a.tag href={ "/?tag=" (parts::query_value(tag)) } { (text(tag)) }
                            }
                        }
                        @if let Some(error) = &one.error { p.sub { (prose(error)) } }
                    }
                    div.counts {
                        @for (severity, count) in Severity::ALL.into_iter().zip(one.counts).rev() {
                            @if count > 0 { span class={ "sev " (severity) } { b { (count) } " " (severity) } }
                        }
                        @if one.open_events > 0 {
                            a.changes href={ (url) "#changes" } { (parts::count(one.open_events, "open change")) }
                        }
                    }
                    @if reader.may(Scope::Look) {
                        form.inline method="post" action={ (url) "/look" } {
                            (parts::csrf(reader))
                            button.quiet type="submit" aria-label={ "Look now at " (text(&one.target.name)) } { "Look now" }
                        }
                    }
                }
            }
        }
    }
}

/// The kind of a target, for people.
pub(crate) fn kind(target: &midwatch_model::Target) -> &'static str {
    use midwatch_model::Target;
    match target {
        Target::Site { .. } => "site",
        Target::Tls { .. } => "TLS service",
        Target::Ssh { .. } => "SSH server",
        Target::Git { .. } => "git remote",
        Target::Repository { .. } => "repository",
        Target::Here { .. } => "this computer",
        Target::Mail { .. } => "mail",
        Target::Server => "this server",
        Target::TlsReports { .. } => "TLS reports",
    }
}
