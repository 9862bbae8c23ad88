//! Whether the certificates of a path are revoked: their authorities' OCSP responders and lists.

use base64::Engine as _;
use futures_util::future::join_all;
use midwatch_model::{
    CertificateChain, OcspAnswer, Outcome, Reason, ReasonKind, Revocation, RevocationAsked, RevocationSource,
    Time,
};
use x509_parser::prelude::X509Certificate;

use super::fetch::{Fetcher, Method};
use crate::pki::issuer::Issuer;
use crate::pki::{self, TrustStores, crl, ocsp};

/// Certificates of one path that are asked about.
const MAX_CERTIFICATES: usize = 6;
/// Addresses asked for one certificate by one way: a second is another copy of the same, or a part of a list.
const MAX_URLS: usize = 2;
/// GET is used for addresses of at most so many bytes, POST beyond (RFC 5019 section 5).
const MAX_GET: usize = 255;

/// Asks about every certificate of the path but its root, and adds the answers to `fact`. A certificate that names
/// neither a responder nor a list is left out: its authority says nothing that could be asked for.
pub async fn ask(
    fetcher: &Fetcher<'_>,
    chain: &[Vec<u8>],
    stores: &TrustStores,
    now: Time,
    fact: &mut CertificateChain,
) {
    let read: Vec<Option<X509Certificate<'_>>> = pki::read(chain);
    let path = pki::path(chain, &read);
    let mut questions = Vec::new();
    for (position, &at) in path.iter().enumerate().take(MAX_CERTIFICATES) {
        let Some(certificate) = read.get(at).and_then(Option::as_ref) else { continue };
        if pki::is_self_signed(certificate) {
            continue;
        }
        let issuer = Issuer::of(&read, &path, position, stores);
        let extensions = pki::extensions_of(certificate);
        let ways =
            [(RevocationSource::Ocsp, extensions.ocsp_urls), (RevocationSource::Crl, extensions.crl_urls)];
        for (by, urls) in ways {
            for url in urls.into_iter().take(MAX_URLS) {
                let issuer = issuer.clone();
                questions.push(async move {
                    let says = match issuer {
                        None => Outcome::unmeasured(
                            ReasonKind::Other,
                            format!("{url}: not asked, since the certificate of the issuer is not at hand"),
                        ),
                        Some(issuer) => one(fetcher, by, &url, certificate, &issuer, now).await,
                    };
                    RevocationAsked { at, by, url, says }
                });
            }
        }
    }
    let asked = join_all(questions).await;
    if !asked.is_empty() {
        fact.revocation.get_or_insert_with(Revocation::default).asked = asked;
    }
}

async fn one(
    fetcher: &Fetcher<'_>,
    by: RevocationSource,
    url: &str,
    certificate: &X509Certificate<'_>,
    issuer: &Issuer,
    now: Time,
) -> Outcome<OcspAnswer> {
    let answer = match by {
        RevocationSource::Ocsp => match responder(fetcher, url, certificate, issuer).await {
            Ok(bytes) => Ok(ocsp::answer(&bytes, certificate, issuer, now).says),
            Err(why) => Err(why),
        },
        RevocationSource::Crl => match fetcher.fetch(url, &Method::Get, crl::MAX_LIST).await {
            Ok(bytes) => Ok(crl::answer(&bytes, certificate, issuer)),
            Err(why) => Err(why),
        },
    };
    match answer {
        Ok(answer) => Outcome::seen(answer),
        Err(why) => why.into(),
    }
}

/// The responder's answer: by GET where the question is short enough, which caches can answer, and by POST where it
/// is not, or where GET is not answered.
async fn responder(
    fetcher: &Fetcher<'_>,
    url: &str,
    certificate: &X509Certificate<'_>,
    issuer: &Issuer,
) -> Result<bytes::Bytes, Reason> {
    let request = ocsp::request(certificate, issuer)
        .ok_or_else(|| Reason::new(ReasonKind::Other, format!("{url}: the issuer's key cannot be read")))?;
    let get = get(url, &request);
    if get.len() <= MAX_GET
        && let Ok(answer) = fetcher.fetch(&get, &Method::Get, ocsp::MAX_ANSWER).await
    {
        return Ok(answer);
    }
    fetcher.fetch(url, &Method::Post("application/ocsp-request", request), ocsp::MAX_ANSWER).await
}

/// The address for GET: base64 behind the responder's own (RFC 6960 appendix A.1).
fn get(url: &str, request: &[u8]) -> String {
    let base64 = base64::engine::general_purpose::STANDARD.encode(request);
    let encoded: String = url::form_urlencoded::byte_serialize(base64.as_bytes()).collect();
    format!("{}/{encoded}", url.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_stands_behind_the_address() {
        // 0xfb 0xff is +/8= in base64.
        assert_eq!(get("http://ocsp.example/", &[0xfb, 0xff]), "http://ocsp.example/%2B%2F8%3D");
        assert_eq!(get("http://ocsp.example/a", &[0]), "http://ocsp.example/a/AA%3D%3D");
    }
}
