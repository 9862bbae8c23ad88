//! What the checks on plain text before TLS share.

use midwatch_model::{Announced, Outcome, StarttlsEndpoint};

pub(crate) use super::support::short;

/// `host:port` of a service.
pub(crate) fn place(endpoint: &StarttlsEndpoint) -> String {
    format!("{}:{}", endpoint.host, endpoint.port)
}

/// What a server named as its capabilities, for a piece of evidence.
pub(crate) fn capabilities(announced: &Outcome<Announced>) -> String {
    match announced.value().map(|said| said.capabilities.as_slice()) {
        None => "it named no capabilities".into(),
        Some([]) => "it named its capabilities, and there are none".into(),
        Some(list) => format!("it can do {}", short(&list.join(", "))),
    }
}
