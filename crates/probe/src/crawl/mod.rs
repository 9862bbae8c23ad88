//! The ways in to a site, and its pages.
//!
//! - `entry`: a way in, redirect by redirect.
//! - `walk`: the pages, level by level from the start page.
//! - `page`: what a page's answer tells.
//! - `html`, `css`, `robots`, `sitemap`: bytes to references, pure.
//! - `parts`: style sheets and manifests.
//! - `frontier`, `scope`: what to fetch, once, and no further than the site.
//! - `jar`: cookies as a browser keeps them, and the record of all that were set.
//!
//! The same answers give the same facts in the same order: requests run side by side, and are looked at in the
//! order in which they were found.

mod css;
mod entry;
mod frontier;
pub(crate) mod html;
mod jar;
mod page;
mod parts;
mod robots;
mod scope;
mod sitemap;
mod walk;

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::join_all;
use midwatch_fields::site::sibling;
use midwatch_model::{AddressAnswer, EntryEnd, EntryKind, Fact, Host};
use url::Url;

use crate::http::{Client, ClientOptions};
use crate::net::Net;
use crate::progress::Progress;
use entry::Way;
use jar::Record;
use scope::Scope;

/// Requests that are under way at the same time.
const IN_FLIGHT: usize = 8;

/// Limits of a crawl.
#[derive(Clone, Debug)]
pub struct CrawlOptions {
    /// Documents that are fetched.
    pub pages: u32,
    /// Links that are followed from the start page.
    pub depth: u32,
    /// The longest that it may take.
    pub time: Duration,
    /// The most requests a second, where there is a limit.
    pub rate: Option<f64>,
    /// Connections to one address at the same time.
    pub connections: usize,
    /// Leave out what `robots.txt` (RFC 9309) asks crawlers to leave out. A visitor does not, so that an audit
    /// of one's own site sees more without.
    pub obey_robots: bool,
}

impl Default for CrawlOptions {
    fn default() -> Self {
        CrawlOptions {
            pages: 200,
            depth: 10,
            time: Duration::from_secs(300),
            rate: None,
            connections: 4,
            obey_robots: false,
        }
    }
}

/// A site by its host and ports, and where on it to begin.
#[derive(Clone, Debug)]
pub struct Site<'a> {
    /// The host.
    pub host: &'a Host,
    /// The port of https.
    pub https_port: u16,
    /// The port of plain http.
    pub http_port: u16,
    /// Path and query of the start page, beginning with `/`.
    pub path: &'a str,
    /// The addresses of the host for https.
    pub https_addresses: &'a [SocketAddr],
    /// The addresses of the host for plain http.
    pub http_addresses: &'a [SocketAddr],
}

impl Site<'_> {
    /// The first URL of a way in; none where there is no such way.
    fn start(&self, kind: EntryKind) -> Option<Url> {
        let (scheme, port) = match kind {
            EntryKind::Http | EntryKind::SiblingHttp => ("http", self.http_port),
            EntryKind::Https | EntryKind::SiblingHttps => ("https", self.https_port),
        };
        let host = match kind {
            EntryKind::Http | EntryKind::Https => self.host.to_string(),
            EntryKind::SiblingHttp | EntryKind::SiblingHttps => self.host.name().and_then(sibling)?,
        };
        // A URL leaves the port of its scheme out by itself.
        Url::parse(&format!("{scheme}://{host}:{port}{}", self.path)).ok()
    }
}

/// Goes every way in, and through the pages of the site. Facts with what they are about, in a stable order.
pub async fn site(
    net: &Net,
    site: &Site<'_>,
    options: &CrawlOptions,
    progress: &dyn Progress,
) -> Vec<(String, Fact)> {
    let client =
        Client::new(net.clone(), &ClientOptions { rate: options.rate, per_address: options.connections });
    let kinds = [EntryKind::Http, EntryKind::Https, EntryKind::SiblingHttp, EntryKind::SiblingHttps];
    let ways = kinds.into_iter().filter_map(|kind| Some((kind, site.start(kind)?)));
    let (ways, answers) = tokio::join!(
        join_all(ways.map(|(kind, start)| entry::follow(&client, kind, start))),
        address_answers(&client, site)
    );
    let scope = Scope::new(site.host, site.https_port, site.http_port);
    let mut record = Record::default();
    let start = start(&scope, &ways).or_else(|| site.start(EntryKind::Https));
    let mut facts: Vec<(String, Fact)> = answers;
    for Way { entry, set_cookies } in ways {
        for (url, fields) in set_cookies.iter().filter(|(url, _)| scope.holds(url)) {
            record.take(url, fields);
        }
        facts.push((entry.start.clone(), Fact::Entry(entry)));
    }
    if let Some(start) = start {
        facts.extend(walk::walk(&client, &scope, start, options, &mut record, progress).await);
    }
    facts.extend(
        record.into_cookies().into_iter().map(|cookie| (cookie.set_by.clone(), Fact::Cookie(cookie))),
    );
    facts
}

/// Where the pages begin: where the way in over https leads, else where the one over plain http does.
fn start(scope: &Scope, ways: &[Way]) -> Option<Url> {
    [EntryKind::Https, EntryKind::Http].into_iter().find_map(|kind| {
        let way = ways.iter().find(|way| way.entry.entry == kind)?;
        let EntryEnd::Landed { url } = &way.entry.end else { return None };
        Url::parse(url).ok().filter(|url| scope.holds(url))
    })
}

/// What each address answers to the first request, where the name has several.
async fn address_answers(client: &Client, site: &Site<'_>) -> Vec<(String, Fact)> {
    let kinds = [(EntryKind::Http, site.http_addresses), (EntryKind::Https, site.https_addresses)];
    let requests =
        kinds.into_iter().filter(|(_, addresses)| addresses.len() > 1).flat_map(|(kind, addresses)| {
            let start = site.start(kind);
            addresses.iter().filter_map(move |&address| Some((kind, start.clone()?, address)))
        });
    join_all(requests.map(|(entry, start, address)| async move {
        let exchange = client.get_at(&start, address).await.exchange;
        let next = entry::location(&start, &exchange).and_then(Result::ok).map(String::from);
        (start.to_string(), Fact::AddressAnswer(AddressAnswer { entry, exchange, next }))
    }))
    .await
}
