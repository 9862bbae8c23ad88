//! Public lists that midwatch brings along, each with its origin, date and licence.
//!
//! - [`preload`]: the hosts that browsers never ask over plain http, not even the first time.
//! - [`ct`]: the Certificate Transparency logs that browsers accept.
//! - [`interception`]: products that open TLS on the way, and roots that nobody may trust.
//! - [`passwords`]: passwords that everybody tries first.
//! - [`chrome_roots`]: the certificates that Chrome trusts, beside Mozilla's, which are a crate of their own.
//!
//! The files lie beside this crate, and its README says how each is refreshed. A list is as old as its date: what
//! is reported from it says that date.

pub mod chrome_roots;
pub mod ct;
pub mod interception;
pub mod passwords;
pub mod preload;

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
