//! What public sites answer over plain http, as they are met from here.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::{Host, Outcome};

/// What a public site answers to a browser that opens its name without `https`. One `GET /` was sent, on one connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlainSite {
    /// The site.
    pub host: Host,
    /// The port that was asked, 80.
    pub port: u16,
    /// What came. Refused where the port is closed.
    pub answer: Outcome<PlainSiteAnswer>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlainSiteAnswer {
    /// The address that was asked.
    pub address: SocketAddr,
    /// The status code.
    pub status: u16,
    /// Where a redirect leads, by `Location` or by `meta http-equiv=refresh`, resolved. It was not followed.
    pub leads_to: Option<String>,
    /// Whether that has the site's registrable domain; none where it leads nowhere.
    pub same_site: Option<bool>,
    /// The title of the page.
    pub title: Option<String>,
    /// SHA-256 of the body as far as it was read, decompressed; none where it is empty.
    pub body_sha256: Option<String>,
}
