//! Public lists that midwatch brings along, each with its origin, date and licence.
//!
//! - [`preload`]: the hosts that browsers never ask over plain http, not even the first time.
//! - [`ct`]: the Certificate Transparency logs that browsers accept.
//! - [`forges`]: the host keys that forges publish.
//! - [`interception`]: products that open TLS on the way, and roots that nobody may trust.
//! - [`passwords`]: passwords that everybody tries first.
//! - [`words`]: the PGP word list, for reading bytes aloud.
//! - [`chrome_roots`]: the certificates that Chrome trusts, beside Mozilla's, which are a crate of their own.
//!
//! The files lie beside this crate, and its README says how each is refreshed. A list is as old as its date: what
//! is reported from it says that date.

pub mod chrome_roots;
pub mod ct;
pub mod forges;
pub mod interception;
pub mod passwords;
pub mod preload;
pub mod words;

use std::borrow::Cow;

/// Where a list is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Who publishes it, and by which way it came.
    pub origin: Cow<'static, str>,
    /// The day of the list, `YYYY-MM-DD`.
    pub date: Cow<'static, str>,
    /// Its licence.
    pub licence: Cow<'static, str>,
}

/// The lines without the comments that the file begins with.
fn entries(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().skip_while(|line| line.starts_with('#'))
}

/// Origin, date and licence, from the comments that the file begins with.
fn source(text: &'static str) -> Source {
    let value = |name: &str| {
        let lines = text.lines().take_while(|line| line.starts_with('#'));
        let found = lines.filter_map(|line| line.strip_prefix("# ")).find_map(|line| line.strip_prefix(name));
        found.map_or("unknown", |value| value.trim_start_matches([':', ' '])).into()
    };
    Source { origin: value("origin"), date: value("date"), licence: value("licence") }
}
