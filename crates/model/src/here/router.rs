//! The router's own pages.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::Outcome;

/// What the router answers to a browser that opens its address. One `GET /` was sent over http and one over https,
/// without a name or a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RouterPage {
    /// The default gateway.
    pub gateway: IpAddr,
    /// What it answers over plain http. Refused where the port is closed.
    pub plain: Outcome<RouterAnswer>,
    /// What it answers over https, whatever its certificate. Refused where the port is closed.
    pub tls: Outcome<RouterAnswer>,
}

/// One answer of a router.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RouterAnswer {
    /// The status code.
    pub status: u16,
    /// Where a redirect leads, by `Location` or by `meta http-equiv=refresh`, resolved. It was not followed.
    pub leads_to: Option<String>,
    /// The schemes of `WWW-Authenticate`, in lower case: the browser asks for a name and a password.
    pub asks_with: Vec<String>,
    /// The page has a field for a password. Scripts were not run: one that they put there is not seen.
    pub has_password: bool,
    /// The title of the page.
    pub title: Option<String>,
    /// What the server calls itself.
    pub server: Option<String>,
}
