//! What was found and is still to be fetched.

use std::collections::{HashMap, HashSet};

use url::Url;

/// Addresses that differ in nothing but the query, of which so many are fetched: calendars and filters have
/// them without end.
const MAX_QUERIES: u32 = 10;

/// URLs that are remembered at most.
const MAX_REMEMBERED: usize = 200_000;

/// A URL to fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) url: Url,
    /// Links from the start page to here.
    pub(super) depth: u32,
    /// The page that first led here.
    pub(super) found_on: Option<String>,
    /// Where a link said plain http: to be fetched there, if https has no such page.
    pub(super) plain: Option<Url>,
}

/// Takes each URL once, and counts those that a limit keeps out.
#[derive(Debug, Default)]
pub(super) struct Frontier {
    met: HashSet<Url>,
    queries: HashMap<String, u32>,
    next: Vec<Candidate>,
    left: u32,
    max_depth: u32,
    too_deep: bool,
}

impl Frontier {
    pub(super) fn new(max_depth: u32) -> Self {
        Frontier { max_depth, ..Frontier::default() }
    }

    /// Adds a candidate, unless its URL was met before.
    pub(super) fn offer(&mut self, candidate: Candidate) {
        if self.met.len() >= MAX_REMEMBERED || !self.met.insert(candidate.url.clone()) {
            return;
        }
        if candidate.depth > self.max_depth {
            self.left = self.left.saturating_add(1);
            self.too_deep = true;
            return;
        }
        if candidate.url.query().is_some() {
            let mut bare = candidate.url.clone();
            bare.set_query(None);
            let count = self.queries.entry(bare.into()).or_default();
            *count += 1;
            if *count > MAX_QUERIES {
                self.left = self.left.saturating_add(1);
                return;
            }
        }
        self.next.push(candidate);
    }

    /// The next candidates, at most `most`, in the order found; the rest of them stays.
    pub(super) fn take(&mut self, most: usize) -> Vec<Candidate> {
        let rest = self.next.split_off(most.min(self.next.len()));
        std::mem::replace(&mut self.next, rest)
    }

    /// URLs that were found and not handed out.
    pub(super) fn left(&self) -> u32 {
        self.left.saturating_add(u32::try_from(self.next.len()).unwrap_or(u32::MAX))
    }

    /// Something lay deeper than the limit.
    pub(super) fn was_too_deep(&self) -> bool {
        self.too_deep
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(url: &str, depth: u32) -> Candidate {
        Candidate { url: url.parse().expect("a URL"), depth, found_on: None, plain: None }
    }

    #[test]
    fn each_url_is_taken_once_and_in_order() {
        let mut frontier = Frontier::new(2);
        for url in ["https://a.example/", "https://a.example/b", "https://a.example/", "https://a.example/c"]
        {
            frontier.offer(candidate(url, 1));
        }
        let first: Vec<String> = frontier.take(2).into_iter().map(|taken| taken.url.into()).collect();
        assert_eq!(first, ["https://a.example/", "https://a.example/b"]);
        assert_eq!((frontier.left(), frontier.take(9).len(), frontier.left()), (1, 1, 0));
    }

    #[test]
    fn limits_are_counted() {
        let mut frontier = Frontier::new(2);
        frontier.offer(candidate("https://a.example/deep", 3));
        assert!(frontier.was_too_deep());
        for n in 0..30 {
            frontier.offer(candidate(&format!("https://a.example/calendar?month={n}"), 1));
        }
        assert_eq!(frontier.take(100).len(), MAX_QUERIES as usize);
        assert_eq!(frontier.left(), 21);
    }
}
