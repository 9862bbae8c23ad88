//! What a public site answers over plain http: one `GET /`, of one address. No redirect is followed.

use std::net::SocketAddr;
use std::time::Duration;

use midwatch_fields::site::same_site;
use midwatch_model::{Host, Outcome, PlainSite, PlainSiteAnswer, ReasonKind};
use url::Url;

use crate::http::{Client, ClientOptions, Fetched};
use crate::landing;
use crate::net::Net;

/// The port of plain http.
const PORT: u16 = 80;

/// The longest wait for the answer.
const WAIT: Duration = Duration::from_secs(5);

/// Asks a site. Offline, only where its address was given.
pub async fn ask(net: &Net, host: &Host) -> PlainSite {
    PlainSite { host: host.clone(), port: PORT, answer: Box::pin(one(net, host)).await }
}

async fn one(net: &Net, host: &Host) -> Outcome<PlainSiteAnswer> {
    let resolved = net.resolve(host, PORT).await;
    let address = match resolved.addresses {
        Outcome::Seen { value } => value.into_iter().next(),
        Outcome::Refused { how } => return Outcome::refused(how),
        Outcome::Unmeasured { why } => return why.into(),
    };
    let Some(address) = address else {
        return Outcome::unmeasured(ReasonKind::NoSuchName, format!("{host} has no address"));
    };
    let Ok(url) = Url::parse(&format!("http://{host}/")) else {
        return Outcome::unmeasured(ReasonKind::Other, format!("{host} makes no URL"));
    };
    let client = Client::new(net.clone(), &ClientOptions::default());
    match net.within(WAIT, &format!("GET {url}"), client.get_at(&url, address)).await {
        Ok(fetched) => answer(&url, address, &fetched),
        Err(why) => why.into(),
    }
}

/// What the answer shows.
fn answer(url: &Url, address: SocketAddr, fetched: &Fetched) -> Outcome<PlainSiteAnswer> {
    let response = match landing::response(fetched) {
        Ok(response) => response,
        Err(none) => return none,
    };
    let document = landing::document(url, fetched);
    let leads_to = landing::leads_to(url, response, document.as_ref());
    let same = |to: &String| {
        let to = Url::parse(to).ok()?;
        Some(same_site(to.host_str()?, url.host_str()?))
    };
    Outcome::seen(PlainSiteAnswer {
        address,
        status: response.status,
        same_site: leads_to.as_ref().and_then(same),
        leads_to,
        title: document.and_then(|document| document.title).map(|title| landing::told(&title)),
        body_sha256: response.body_sha256.clone(),
    })
}
