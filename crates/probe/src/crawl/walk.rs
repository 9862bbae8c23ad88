//! The pages of a site, level by level from the start page.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};

use futures_util::{StreamExt, stream};
use midwatch_model::{CrawlEnd, CrawlSummary, Fact, Page, PlainAnswer, ReasonKind, Response, Time};
use tokio::time::Instant;
use url::Url;

use super::entry::location;
use super::frontier::{Candidate, Frontier};
use super::jar::{Jar, Record};
use super::page::{self, Met};
use super::parts::Parts;
use super::robots::{self, Robots};
use super::scope::Scope;
use super::{CrawlOptions, IN_FLIGHT, sitemap};
use crate::http::{Client, Fetched, gunzip};
use crate::progress::Progress;

/// Sitemaps that are read.
const MAX_SITEMAPS: usize = 20;

/// Fetches the pages, and tells how far it came.
pub(super) async fn walk(
    client: &Client,
    scope: &Scope,
    start: Url,
    options: &CrawlOptions,
    record: &mut Record,
    progress: &dyn Progress,
) -> Vec<(String, Fact)> {
    let mut walk = Walk {
        client,
        scope,
        options,
        deadline: Instant::now() + options.time,
        record,
        progress,
        jar: Mutex::default(),
        frontier: Frontier::new(options.depth),
        robots: Robots::default(),
        parts: Parts::default(),
        met: Vec::new(),
        closed: HashSet::new(),
        fetched: 0,
        out_of_time: false,
        unseen: 0,
    };
    walk.frontier.offer(Candidate { url: start.clone(), depth: 0, found_on: None, plain: None });
    walk.pages(1).await;
    let started = walk.met.first().is_some_and(|(met, _)| met.page.exchange.response.is_seen());
    if started {
        walk.read_robots(&start).await;
        let limit = usize::try_from(options.pages).unwrap_or(usize::MAX);
        while !walk.out_of_time && walk.met.len() < limit && walk.pages(limit - walk.met.len()).await {}
    }
    walk.finish(&start, started).await
}

/// A walk under way.
struct Walk<'a> {
    client: &'a Client,
    scope: &'a Scope,
    options: &'a CrawlOptions,
    deadline: Instant,
    record: &'a mut Record,
    progress: &'a dyn Progress,
    jar: Mutex<Jar>,
    frontier: Frontier,
    robots: Robots,
    parts: Parts,
    /// Pages in the order found, each with what plain http answers.
    met: Vec<(Met, Option<PlainAnswer>)>,
    /// Hosts where nothing listens for plain http: said once is enough.
    closed: HashSet<String>,
    fetched: u32,
    out_of_time: bool,
    /// Candidates that time ran out on.
    unseen: u32,
}

/// What came of a candidate.
struct Answers {
    candidate: Candidate,
    url: Url,
    fetched: Fetched,
    plain: Option<(Url, Fetched)>,
}

impl Walk<'_> {
    /// Fetches what the frontier holds, at most `most` of it. False where it held nothing.
    async fn pages(&mut self, most: usize) -> bool {
        let level = self.frontier.take(most);
        if level.is_empty() {
            return false;
        }
        let expected = self.met.len() + level.len();
        let jar = std::mem::take(&mut self.jar);
        let (client, scope) = (self.client, self.scope);
        // The cookies of a request are those of all answers looked at before it began, which is the same on
        // every run: request n begins when answer n - IN_FLIGHT has been looked at.
        let requests = level.into_iter().map(|candidate| {
            let cookies = Cookies::of(&jar, scope, &candidate);
            async move { fetch(client, scope, candidate, cookies).await }
        });
        let mut answers = stream::iter(requests).buffered(IN_FLIGHT);
        loop {
            match tokio::time::timeout_at(self.deadline, answers.next()).await {
                Ok(Some(answers)) => self.look_at(answers, &jar),
                Ok(None) => break,
                Err(_) => {
                    self.out_of_time = true;
                    break;
                }
            }
        }
        drop(answers);
        self.jar = jar;
        self.unseen += u32::try_from(expected - self.met.len()).unwrap_or(u32::MAX);
        let scope = self.scope;
        let parts =
            self.parts.fetch(self.client, self.record, |url| url.scheme() == "https" && scope.holds(url));
        self.out_of_time |= tokio::time::timeout_at(self.deadline, parts).await.is_err();
        true
    }

    fn look_at(&mut self, answers: Answers, jar: &Mutex<Jar>) {
        let Answers { candidate, url, fetched, plain } = answers;
        self.fetched += 1;
        let total = u64::from(self.fetched) + u64::from(self.frontier.left());
        self.progress.step(
            self.fetched.into(),
            Some(total.min(u64::from(self.options.pages))),
            &format!("pages: {}", url.path()),
        );
        self.take_cookies(&url, &fetched, jar);
        let redirect = location(&url, &fetched.exchange).and_then(Result::ok);
        let mut met = page::read(&candidate, url, fetched);
        if let Some(to) = redirect {
            self.offer_redirect(&met.url, &to, candidate.depth);
        }
        for lead in std::mem::take(&mut met.leads) {
            self.offer(&lead, candidate.depth.saturating_add(1), &met.url);
        }
        for part in &met.parts {
            if self.scope.holds(part) && part.scheme() == "https" {
                self.parts.want(part);
            }
        }
        let plain = plain.and_then(|(plain, fetched)| {
            self.take_cookies(&plain, &fetched, jar);
            self.plain_answer(&met.page, &plain, fetched)
        });
        self.met.push((met, plain));
    }

    fn take_cookies(&mut self, url: &Url, fetched: &Fetched, jar: &Mutex<Jar>) {
        self.record.take(url, &fetched.set_cookies);
        lock(jar).take(url, &fetched.set_cookies, Time::now());
    }

    /// The fact about plain http; none where it is known already that nothing listens there.
    fn plain_answer(&mut self, page: &Page, plain: &Url, fetched: Fetched) -> Option<PlainAnswer> {
        let is_closed =
            fetched.exchange.response.why_not().is_some_and(|why| why.kind == ReasonKind::ConnectionRefused);
        if is_closed && !self.closed.insert(plain.host_str().unwrap_or_default().to_owned()) {
            return None;
        }
        let digest = |response: Option<&Response>| response.and_then(|response| response.body_sha256.clone());
        let same_body =
            match (digest(page.exchange.response.value()), digest(fetched.exchange.response.value())) {
                (Some(secure), Some(plain)) => Some(secure == plain),
                _ => None,
            };
        let next = location(plain, &fetched.exchange).and_then(Result::ok).map(String::from);
        Some(PlainAnswer { page: page.exchange.url.clone(), exchange: fetched.exchange, next, same_body })
    }

    /// Adds what a page leads to, over https where that can be.
    fn offer(&mut self, to: &Url, depth: u32, from: &Url) {
        let mut to = to.clone();
        to.set_fragment(None);
        if !self.scope.holds(&to) || (self.options.obey_robots && !self.robots.allows(&path_and_query(&to))) {
            return;
        }
        let found_on = Some(from.to_string());
        if let Some(url) = self.scope.secure(&to) {
            let plain = (to.scheme() == "http").then_some(to);
            self.frontier.offer(Candidate { url, depth, found_on, plain });
        }
    }

    /// Follows a redirect. One that leads to the same page over plain http is taken there.
    fn offer_redirect(&mut self, from: &Url, to: &Url, depth: u32) {
        if to.scheme() == "http" && self.scope.holds(to) && self.scope.secure(to).as_ref() == Some(from) {
            let found_on = Some(from.to_string());
            self.frontier.offer(Candidate { url: to.clone(), depth, found_on, plain: None });
        } else {
            self.offer(to, depth, from);
        }
    }

    /// Adds the pages of the sitemaps that robots.txt names, or of the one at the usual place.
    async fn read_robots(&mut self, start: &Url) {
        let deadline = self.deadline;
        let work = async {
            let at = |path: &str| start.join(path).ok();
            let Some(robots_at) = at("/robots.txt") else { return Vec::new() };
            let mut found = Vec::new();
            let fetched = self.client.get(&robots_at, None).await;
            self.record.take(&robots_at, &fetched.set_cookies);
            if is_ok(&fetched) {
                self.robots = robots::parse(&fetched.body);
            }
            let named = self.robots.sitemaps.iter().filter_map(|named| start.join(named).ok());
            let mut sitemaps: Vec<Url> = named.filter_map(|named| self.own_sitemap(&named)).collect();
            if sitemaps.is_empty() {
                sitemaps.extend(at("/sitemap.xml"));
            }
            let mut met = HashSet::new();
            while let Some(url) = sitemaps.pop() {
                if met.len() >= MAX_SITEMAPS || !met.insert(url.clone()) {
                    continue;
                }
                let fetched = self.client.get(&url, None).await;
                self.record.take(&url, &fetched.set_cookies);
                if !is_ok(&fetched) {
                    continue;
                }
                let read = sitemap::urls(&url, &gunzip(fetched.body));
                found.extend(read.pages.into_iter().map(|page| (page, url.clone())));
                sitemaps.extend(read.sitemaps.iter().filter_map(|more| self.own_sitemap(more)));
            }
            found
        };
        match tokio::time::timeout_at(deadline, work).await {
            Ok(found) => {
                for (page, from) in found {
                    self.offer(&page, 1, &from);
                }
            }
            Err(_) => self.out_of_time = true,
        }
    }

    fn own_sitemap(&self, url: &Url) -> Option<Url> {
        if self.scope.holds(url) { self.scope.secure(url) } else { None }
    }

    async fn finish(mut self, start: &Url, started: bool) -> Vec<(String, Fact)> {
        let mut other_hosts: BTreeMap<String, u32> = BTreeMap::new();
        let (mut pages, mut failed) = (0, 0);
        let mut facts = Vec::new();
        for (mut met, plain) in std::mem::take(&mut self.met) {
            met.take_parts(&self.parts);
            pages += u32::from(met.is_page);
            failed += u32::from(!met.page.exchange.response.is_seen());
            for host in met.other_hosts {
                *other_hosts.entry(host).or_default() += 1;
            }
            facts.push((met.page.exchange.url.clone(), Fact::Page(Box::new(met.page))));
            facts.extend(plain.map(|plain| (plain.exchange.url.clone(), Fact::PlainAnswer(plain))));
        }
        let left = self.frontier.left().saturating_add(self.unseen);
        let end = match () {
            () if !started => CrawlEnd::NoStart,
            () if self.out_of_time => CrawlEnd::TimeLimit,
            () if self.frontier.was_too_deep() => CrawlEnd::DepthLimit,
            () if left > 0 => CrawlEnd::PageLimit,
            () => CrawlEnd::Complete,
        };
        let summary = CrawlSummary {
            start: start.to_string(),
            fetched: self.fetched,
            pages,
            failed,
            left,
            end,
            other_hosts,
        };
        facts.push((start.to_string(), Fact::Crawl(summary)));
        facts
    }
}

/// The `Cookie` fields of a candidate's requests.
struct Cookies {
    page: Option<String>,
    plain: Option<String>,
}

impl Cookies {
    fn of(jar: &Mutex<Jar>, scope: &Scope, candidate: &Candidate) -> Self {
        let jar = lock(jar);
        let plain = scope.plain(&candidate.url).and_then(|plain| jar.field(&plain));
        Cookies { page: jar.field(&candidate.url), plain }
    }
}

/// Fetches a page, and asks plain http for it. Where a link said http and https has no such page, it is fetched
/// over http alone.
async fn fetch(client: &Client, scope: &Scope, candidate: Candidate, cookies: Cookies) -> Answers {
    let url = candidate.url.clone();
    let fetched = client.get(&url, cookies.page.as_deref()).await;
    let secure = url.scheme() == "https";
    let status = fetched.exchange.response.value().map(|response| response.status);
    if let Some(plain) = candidate.plain.clone().filter(|_| status.is_none_or(|status| status >= 400)) {
        let over_plain = client.get(&plain, cookies.plain.as_deref()).await;
        if over_plain.exchange.response.value().is_some_and(|response| response.status < 400) {
            return Answers { candidate, url: plain, fetched: over_plain, plain: None };
        }
    }
    let found = secure && status.is_some_and(|status| (200..300).contains(&status));
    let plain = match scope.plain(&url).filter(|_| found) {
        Some(plain) => {
            let answer = client.get(&plain, cookies.plain.as_deref()).await;
            Some((plain, answer))
        }
        None => None,
    };
    Answers { candidate, url, fetched, plain }
}

fn is_ok(fetched: &Fetched) -> bool {
    fetched.exchange.response.value().is_some_and(|response| response.status == 200)
}

fn path_and_query(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

fn lock(jar: &Mutex<Jar>) -> std::sync::MutexGuard<'_, Jar> {
    jar.lock().unwrap_or_else(PoisonError::into_inner)
}
