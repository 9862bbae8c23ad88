//! What the router answers to a browser that opens its address: one `GET /` over http and one over https. Nothing else
//! is sent, no redirect is followed, and no name or password is tried.

use std::net::IpAddr;
use std::time::Duration;

use midwatch_model::{Outcome, Reason, ReasonKind, RouterAnswer, RouterPage};
use url::Url;

use crate::http::{Client, ClientOptions, Fetched};
use crate::landing;
use crate::net::Net;

/// The longest wait for each answer. A router is one step away.
const WAIT: Duration = Duration::from_secs(3);

/// Asks the gateway for its pages.
pub async fn ask(net: &Net, gateway: IpAddr) -> RouterPage {
    if let Some(why) = unaskable(gateway) {
        return RouterPage { gateway, plain: why.clone().into(), tls: why.into() };
    }
    let client = Client::new(net.clone(), &ClientOptions::default());
    let (plain, tls) = tokio::join!(one(&client, "http", gateway), one(&client, "https", gateway));
    RouterPage { gateway, plain, tls }
}

/// Why a gateway has no URL that could be asked for.
fn unaskable(gateway: IpAddr) -> Option<Reason> {
    match gateway {
        IpAddr::V6(address) if address.is_unicast_link_local() => {
            let detail = format!("{gateway} is a link-local address, for which a URL has no place");
            Some(Reason::new(ReasonKind::Other, detail))
        }
        _ => None,
    }
}

async fn one(client: &Client, scheme: &str, gateway: IpAddr) -> Outcome<RouterAnswer> {
    let host = match gateway {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    };
    let Ok(url) = Url::parse(&format!("{scheme}://{host}/")) else {
        return Outcome::unmeasured(ReasonKind::Other, format!("{host} makes no URL"));
    };
    let what = format!("GET {url}");
    match client.net().within(WAIT, &what, client.get(&url, None)).await {
        Ok(fetched) => answer(&url, &fetched),
        Err(why) => why.into(),
    }
}

/// What the answer shows.
fn answer(url: &Url, fetched: &Fetched) -> Outcome<RouterAnswer> {
    let response = match landing::response(fetched) {
        Ok(response) => response,
        Err(none) => return none,
    };
    let document = landing::document(url, fetched);
    let leads_to = landing::leads_to(url, response, document.as_ref());
    let schemes = response.header("www-authenticate").filter(|_| response.status == 401);
    let scheme =
        |value: &str| landing::told(value.split([' ', ',']).next().unwrap_or_default()).to_ascii_lowercase();
    Outcome::seen(RouterAnswer {
        status: response.status,
        leads_to,
        asks_with: schemes.map(scheme).collect(),
        has_password: document.as_ref().is_some_and(|document| document.has_password),
        title: document.and_then(|document| document.title).map(|title| landing::told(&title)),
        server: response.header("server").next().map(landing::told),
    })
}
