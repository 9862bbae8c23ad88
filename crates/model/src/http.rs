//! What a visitor's browser would meet over HTTP.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::Outcome;

/// One request (always `GET`) and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Exchange {
    /// The URL asked for, absolute, without fragment.
    pub url: String,
    /// The address that was connected to, where a connection came about.
    pub address: Option<SocketAddr>,
    /// The response.
    pub response: Outcome<Response>,
}

/// A response, with its header section as evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`.
    pub version: String,
    /// The header lines in the order received, names in lower case. The values of cookies are replaced by
    /// their length (`sid=<26 characters>`): a report is no place for session keys.
    pub headers: Vec<Header>,
    /// Bytes of the body after decompression that were read.
    pub body_bytes: u64,
    /// Why the body is not whole, where it is not (too long, cut off, undecodable).
    pub body_incomplete: Option<String>,
    /// SHA-256 of the body that was read, hexadecimal; none where no body was read.
    pub body_sha256: Option<String>,
}

impl Response {
    /// The values of a header field, in order. `name` in lower case.
    pub fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.headers.iter().filter(move |header| header.name == name).map(|header| header.value.as_str())
    }

    /// True for a status that redirects (301, 302, 303, 307, 308) with a `Location`.
    pub fn is_redirect(&self) -> bool {
        matches!(self.status, 301 | 302 | 303 | 307 | 308) && self.header("location").next().is_some()
    }
}

/// A header line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Header {
    /// The field name in lower case.
    pub name: String,
    /// Its value; bytes that are no UTF-8 stand as `\xNN`.
    pub value: String,
}

/// A visitor's way in: a first URL and every redirect that follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Entry {
    /// Which of the ways in.
    pub entry: EntryKind,
    /// The first URL.
    pub start: String,
    /// Each hop, at most 11 (the first request and 10 redirects).
    pub hops: Vec<Hop>,
    /// How it ended.
    pub end: EntryEnd,
}

/// The ways in that are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum EntryKind {
    /// `http://` and the name as given: what a browser without memory may do first.
    Http,
    /// `https://` and the name as given.
    Https,
    /// `http://` and the sibling name: with `www.` added or taken away.
    SiblingHttp,
    /// `https://` and the sibling name.
    SiblingHttps,
}

/// One hop of a redirect chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Hop {
    /// The request and its answer.
    #[serde(flatten)]
    pub exchange: Exchange,
    /// Where the answer leads, resolved against the URL; none where it leads nowhere.
    pub next: Option<String>,
}

/// How a redirect chain ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "end", rename_all = "kebab-case")]
pub enum EntryEnd {
    /// At an answer that is no redirect.
    Landed {
        /// Its URL.
        url: String,
    },
    /// At a URL that had been met before with the same cookies.
    Loop {
        /// That URL.
        url: String,
    },
    /// After 10 redirects.
    TooMany,
    /// At a `Location` that cannot be followed (no URL, or not http or https).
    BadLocation {
        /// Its value.
        location: String,
    },
    /// At a request that was refused or could not be measured: the last hop says why.
    Failed,
}

/// A page, or another document of the site, that the crawl fetched over https (or over http where the link
/// that led there said so and https has no such page).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Page {
    /// The request and its answer.
    #[serde(flatten)]
    pub exchange: Exchange,
    /// Links from the start page to here.
    pub depth: u32,
    /// The URL of the page that first led here; none for the start page, `robots.txt` and `sitemap.xml`
    /// stand by their own URLs.
    pub found_on: Option<String>,
    /// The document's title, at most 200 characters.
    pub title: Option<String>,
    /// `Content-Security-Policy` values from `meta` elements, in order.
    pub meta_csp: Vec<String>,
    /// The value of `meta name=referrer`.
    pub meta_referrer: Option<String>,
    /// There is a password field on it.
    pub has_password: bool,
    /// The references that bear on somebody in the middle: everything over `http:`, and scripts and styles
    /// of other sites.
    pub references: Vec<Reference>,
    /// All references counted by kind.
    pub reference_counts: BTreeMap<String, u32>,
    /// Its forms.
    pub forms: Vec<Form>,
}

/// A reference from a page to something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reference {
    /// What the reference is for.
    pub role: ReferenceKind,
    /// The URL, absolute.
    pub url: String,
    /// The element and attribute, or the CSS construct: `img srcset`, `style @import`.
    pub by: String,
    /// The style sheet that holds it, where it is not the page itself.
    pub within: Option<String>,
    /// The `integrity` attribute.
    pub integrity: Option<String>,
    /// The host belongs to another site (another registrable domain) than the page.
    pub third_party: bool,
}

/// What a reference is for. The names follow the request destinations of the Fetch standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ReferenceKind {
    /// A link that a visitor follows (`a`, `area`).
    Link,
    /// `link rel=canonical` or `alternate`.
    Canonical,
    /// `meta http-equiv=refresh`.
    Refresh,
    /// A script.
    Script,
    /// A style sheet.
    Style,
    /// A font.
    Font,
    /// `iframe`, `frame`.
    Frame,
    /// An image by `img src`, `input type=image`, `svg image`, CSS: Mixed Content calls it upgradeable.
    Image,
    /// An image by `srcset` or `picture`, which Mixed Content calls blockable.
    ImageSet,
    /// `audio`, `video`, `source`, `track`.
    Media,
    /// `object`, `embed`.
    Object,
    /// A web app manifest.
    Manifest,
    /// `link rel=preload`, `prefetch`, `modulepreload` and the like.
    Preload,
    /// Icons.
    Icon,
    /// `ping`, `link rel=preconnect`, and other requests without a document.
    Other,
}

/// A form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Form {
    /// Where it is sent, absolute (the page's own URL where no action is given; `formaction` of a button
    /// makes a form of its own here).
    pub action: String,
    /// `GET`, `POST` or `DIALOG`.
    pub method: String,
    /// It holds a password field.
    pub has_password: bool,
}

/// What plain `http` answers for the path and query of a page that `https` serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlainAnswer {
    /// The page over https.
    pub page: String,
    /// The same over http, not followed.
    #[serde(flatten)]
    pub exchange: Exchange,
    /// The `Location`, resolved, where it redirects.
    pub next: Option<String>,
    /// The body is the same as over https, byte for byte; none where either is missing.
    pub same_body: Option<bool>,
}

/// What one address answers to the first request of a way in, where the name has several addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AddressAnswer {
    /// Which of the ways in.
    pub entry: EntryKind,
    /// The request and the answer of this address.
    #[serde(flatten)]
    pub exchange: Exchange,
    /// The `Location`, resolved, where it redirects.
    pub next: Option<String>,
}

/// A cookie that some answer set. One observation for each name, host, path, scheme and set of attributes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Cookie {
    /// The `Set-Cookie` value with the cookie's own value replaced: `sid=<26 characters>; Path=/`.
    pub line: String,
    /// The cookie's name.
    pub name: String,
    /// Characters of its value.
    pub value_length: u32,
    /// The value looks random: at least 16 characters, and an estimate of 64 bits or more from its alphabet.
    pub value_random: bool,
    /// The URL whose answer set it first.
    pub set_by: String,
    /// How many answers set it.
    pub count: u32,
}

/// How far the crawl went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CrawlSummary {
    /// Where it started.
    pub start: String,
    /// Documents fetched, with any status.
    pub fetched: u32,
    /// Of these, how many were HTML pages with a 2xx status.
    pub pages: u32,
    /// Documents that could not be measured.
    pub failed: u32,
    /// URLs that were found and not fetched because of a limit.
    pub left: u32,
    /// Why it ended.
    pub end: CrawlEnd,
    /// Hosts of other sites that pages refer to, with how many pages do.
    pub other_hosts: BTreeMap<String, u32>,
}

/// Why a crawl ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum CrawlEnd {
    /// Everything that was found was fetched.
    Complete,
    /// `--pages` was reached.
    PageLimit,
    /// The depth limit hid further pages.
    DepthLimit,
    /// The time was used up.
    TimeLimit,
    /// The start page could not be fetched.
    NoStart,
}
