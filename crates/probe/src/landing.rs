//! Where a first page leads and what it is called, of a router or of a site met over plain http.

use midwatch_model::{Outcome, ReasonKind, ReferenceKind, Response, lossless};
use url::Url;

use crate::crawl::html::{self, Document};
use crate::http::Fetched;

/// Characters of a header field or a title that are kept.
const MAX_TOLD: usize = 300;

/// The response, or what there is in its place. A port that is closed is an answer too.
pub(crate) fn response<T>(fetched: &Fetched) -> Result<&Response, Outcome<T>> {
    match &fetched.exchange.response {
        Outcome::Seen { value } => Ok(value),
        Outcome::Unmeasured { why } if why.kind == ReasonKind::ConnectionRefused => {
            Err(Outcome::refused(why.detail.clone()))
        }
        Outcome::Unmeasured { why } => Err(why.clone().into()),
        Outcome::Refused { how } => Err(Outcome::refused(how.clone())),
    }
}

/// The page, where one came.
pub(crate) fn document(url: &Url, fetched: &Fetched) -> Option<Document> {
    (fetched.media_type.is_html() && !fetched.body.is_empty())
        .then(|| html::parse(url, &fetched.body, fetched.media_type.charset.as_deref()))
}

/// Where it leads by itself: by `Location`, or by `meta http-equiv=refresh`. Scripts are not run.
pub(crate) fn leads_to(url: &Url, response: &Response, document: Option<&Document>) -> Option<String> {
    let by_location = response.header("location").next().filter(|_| response.is_redirect());
    match by_location {
        Some(location) => Some(html::resolve(url, location).map_or_else(|| told(location), String::from)),
        None => {
            let references = document.into_iter().flat_map(|document| &document.references);
            let mut refreshes = references.filter(|found| found.role == ReferenceKind::Refresh);
            refreshes.next().map(|found| found.url.to_string())
        }
    }
}

/// The beginning of a text that a peer sent.
pub(crate) fn told(text: &str) -> String {
    lossless(text.as_bytes()).chars().take(MAX_TOLD).collect()
}
