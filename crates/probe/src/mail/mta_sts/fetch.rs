//! The policy as senders fetch it (RFC 8461 3.3).

use std::net::SocketAddr;
use std::sync::Arc;

use midwatch_model::{
    CertificateChain, Host, MtaStsFault, MtaStsFaultKind, MtaStsFetch, Outcome, ReasonKind,
};
use url::Url;

use super::policy::{MAX_POLICY, policy};
use crate::mail::tags::short;
use crate::mail::web::Web;

/// Asks one address of the policy's host.
pub async fn fetch(
    web: &Arc<Web>,
    host: &Host,
    address: SocketAddr,
) -> (MtaStsFetch, Option<CertificateChain>) {
    let url = format!("https://{host}/.well-known/mta-sts.txt");
    let mut fetch = MtaStsFetch {
        url: url.clone(),
        address,
        status: Outcome::unmeasured(ReasonKind::Other, format!("{url} is no URL")),
        content_type: None,
        location: None,
        certificate: Outcome::unmeasured(ReasonKind::Other, format!("{url} is no URL")),
        text: String::new(),
        policy: None,
        faults: Vec::new(),
    };
    let Ok(parsed) = Url::parse(&url) else { return (fetch, None) };
    let answer = web.get(&parsed, address, MAX_POLICY).await;
    fetch.certificate = answer.certificate();
    if fetch.certificate.value() == Some(&false) {
        let detail =
            "the certificate of the policy's host is not trusted for its name, and senders take no policy";
        fetch.faults.push(fault(MtaStsFaultKind::Certificate, detail));
    }
    let head = match &answer.head {
        Ok(head) => head,
        Err(why) => {
            fetch.status = why.clone().into();
            return (fetch, answer.chain);
        }
    };
    fetch.status = Outcome::seen(head.status);
    fetch.content_type = head.content_type.clone();
    fetch.location = head.location.clone();
    match head.status {
        200 => {}
        301 | 302 | 303 | 307 | 308 => {
            let to = fetch.location.as_deref().map(short).unwrap_or_else(|| "nowhere".into());
            let detail =
                format!("the answer redirects to {to}, and senders do not follow (status {})", head.status);
            fetch.faults.push(fault(MtaStsFaultKind::Redirect, detail));
            return (fetch, answer.chain);
        }
        status => {
            let detail = format!("the answer has status {status}, and 200 is the only one that counts");
            fetch.faults.push(fault(MtaStsFaultKind::Status, detail));
            return (fetch, answer.chain);
        }
    }
    if !fetch.content_type.as_deref().is_some_and(media_type_is_plain) {
        let stated = match &fetch.content_type {
            Some(stated) => format!("the media type is '{}'", short(stated)),
            None => "the answer states no media type".into(),
        };
        let detail = format!("{stated}, and senders take text/plain");
        fetch.faults.push(fault(MtaStsFaultKind::MediaType, detail));
    }
    match &head.incomplete {
        Some(why) if why.kind == ReasonKind::Limit => {
            let detail = format!("the policy is longer than {} KiB", MAX_POLICY >> 10);
            fetch.faults.push(fault(MtaStsFaultKind::TooLong, detail));
        }
        // What did not come whole is no policy, and no fault of one.
        Some(why) => fetch.status = why.clone().into(),
        None => {
            fetch.text = answer.text();
            let (read, faults) = policy(&fetch.text);
            fetch.policy = Some(read);
            fetch.faults.extend(faults);
        }
    }
    (fetch, answer.chain)
}

fn fault(kind: MtaStsFaultKind, detail: impl Into<String>) -> MtaStsFault {
    MtaStsFault { kind, detail: detail.into() }
}

/// True for `text/plain`, whatever its parameters (RFC 8461 3.2).
pub fn media_type_is_plain(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("text/plain")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_do_not_count() {
        for good in ["text/plain", "Text/Plain; charset=utf-8", "text/plain ;format=flowed"] {
            assert!(media_type_is_plain(good), "{good}");
        }
        for other in ["text/html", "application/octet-stream", "", "text/plainer"] {
            assert!(!media_type_is_plain(other), "{other}");
        }
    }
}
