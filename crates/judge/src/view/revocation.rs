//! What authorities say of revocation.

use midwatch_model::{CertificateChain, OcspAnswer, RevocationAsked, RevocationSource};

/// Every answer about revocation that came for a chain: which certificate it is about, who says it, and what.
pub(crate) fn answers(chain: &CertificateChain) -> impl Iterator<Item = (usize, String, &OcspAnswer)> {
    let staple = chain.revocation.iter().filter_map(|all| all.staple.as_ref());
    let staple = staple.map(|answer| (0, "the stapled answer".to_owned(), answer));
    let asked = chain.revocation.iter().flat_map(|all| &all.asked);
    staple.chain(asked.filter_map(|asked| Some((asked.at, answerer(asked), asked.says.value()?))))
}

/// Who answers a question about revocation.
pub(crate) fn answerer(asked: &RevocationAsked) -> String {
    match asked.by {
        RevocationSource::Ocsp => format!("the responder at {}", asked.url),
        RevocationSource::Crl => format!("the list at {}", asked.url),
    }
}
