//! The ways in: a first URL and every redirect that follows, as a browser without memory goes.

use std::collections::HashSet;

use midwatch_model::{Entry, EntryEnd, EntryKind, Exchange, Hop, Time};
use url::Url;

use super::jar::Jar;
use crate::http::Client;

/// Redirects that are followed. Browsers follow 20; nobody needs half of that.
const MAX_REDIRECTS: usize = 10;

/// A way in, and the cookies that its answers set.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) entry: Entry,
    pub(super) set_cookies: Vec<(Url, Vec<String>)>,
}

/// Follows a way in to its end.
pub(super) async fn follow(client: &Client, kind: EntryKind, start: Url) -> Way {
    let mut jar = Jar::default();
    let mut met = HashSet::new();
    let mut hops: Vec<Hop> = Vec::new();
    let mut set_cookies = Vec::new();
    let mut url = start.clone();
    let end = loop {
        let cookies = jar.field(&url);
        if !met.insert((url.clone(), cookies.clone())) {
            break EntryEnd::Loop { url: url.into() };
        }
        if hops.len() > MAX_REDIRECTS {
            break EntryEnd::TooMany;
        }
        let fetched = client.get(&url, cookies.as_deref()).await;
        jar.take(&url, &fetched.set_cookies, Time::now());
        if !fetched.set_cookies.is_empty() {
            set_cookies.push((url.clone(), fetched.set_cookies));
        }
        let leads = location(&url, &fetched.exchange);
        let seen = fetched.exchange.response.is_seen();
        let next = leads.as_ref().and_then(|leads| leads.as_ref().ok()).cloned();
        hops.push(Hop { exchange: fetched.exchange, next: next.as_ref().map(Url::to_string) });
        match (leads, seen) {
            (_, false) => break EntryEnd::Failed,
            (None, true) => break EntryEnd::Landed { url: url.into() },
            (Some(Err(location)), true) => break EntryEnd::BadLocation { location },
            (Some(Ok(next)), true) => url = next,
        }
    };
    Way { entry: Entry { entry: kind, start: start.into(), hops, end }, set_cookies }
}

/// Where an answer leads, without a fragment: none where it is no redirect, an error with the value of
/// `Location` where that cannot be followed.
pub(super) fn location(url: &Url, exchange: &Exchange) -> Option<Result<Url, String>> {
    let response = exchange.response.value().filter(|response| response.is_redirect())?;
    let value = response.header("location").next()?;
    let next = url.join(value).ok().filter(|next| matches!(next.scheme(), "http" | "https"));
    Some(next.map_or_else(
        || Err(value.chars().take(500).collect()),
        |mut next| {
            next.set_fragment(None);
            Ok(next)
        },
    ))
}
