//! What TLSA records come to for the chains that a mail server sent (RFC 7672 3.1 and 3.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use midwatch_model::{CertificateChain, DaneChain, DaneFault, DaneRecord, Time, TlsaRecord};
use rustls_pki_types::{CertificateDer, ServerName};

use crate::{dns, pki};

/// Each record's word on each chain. `names`: those that the certificate may hold where an authority is pinned.
pub fn chains<'a>(
    records: &[TlsaRecord],
    chains: impl Iterator<Item = &'a CertificateChain>,
    names: &[&str],
    now: Time,
) -> Vec<DaneChain> {
    if records.is_empty() {
        return Vec::new();
    }
    chains.filter_map(|chain| of_chain(records, chain, names, now)).collect()
}

fn of_chain(
    records: &[TlsaRecord],
    chain: &CertificateChain,
    names: &[&str],
    now: Time,
) -> Option<DaneChain> {
    let leaf = chain.certificates.first()?;
    let matches = dns::tlsa_matches(records, std::iter::once(chain));
    let ders: Vec<Vec<u8>> =
        chain.certificates.iter().map(|one| STANDARD.decode(&one.der).unwrap_or_default()).collect();
    let path = pki::path(&ders, &pki::read(&ders));
    let word = |(at, record): (usize, &TlsaRecord)| {
        let matched = matches.iter().find(|one| one.record == at).and_then(|one| one.certificate);
        let fault = match (record.usage, record.usable, matched) {
            (0 | 1, ..) => Some(DaneFault::PkixUsage),
            (_, false, _) => Some(DaneFault::Unusable),
            (_, _, None) => Some(DaneFault::NoMatch),
            // The name and the time of a certificate that is pinned itself do not count (3.1.1).
            (3, ..) => None,
            (_, _, Some(anchor)) => {
                let end = path.iter().position(|step| *step == anchor);
                match end.and_then(|end| path.get(..=end)) {
                    None => Some(DaneFault::NoPath),
                    Some(steps) if !are_valid(chain, steps, now) => Some(DaneFault::Time),
                    Some(_) if !holds_name(ders.first(), names) => Some(DaneFault::Name),
                    Some(_) => None,
                }
            }
        };
        DaneRecord { record: at, fault }
    };
    Some(DaneChain {
        address: chain.address,
        leaf: leaf.sha256.clone(),
        records: records.iter().enumerate().map(word).collect(),
    })
}

fn are_valid(chain: &CertificateChain, steps: &[usize], now: Time) -> bool {
    steps.iter().all(|step| {
        let parsed = chain.certificates.get(*step).and_then(|one| one.parsed.as_ref());
        parsed.is_some_and(|parsed| parsed.not_before <= now && now <= parsed.not_after)
    })
}

fn holds_name(leaf: Option<&Vec<u8>>, names: &[&str]) -> bool {
    let Some(leaf) = leaf else { return false };
    let der = CertificateDer::from(leaf.as_slice());
    let Ok(certificate) = webpki::EndEntityCert::try_from(&der) else { return false };
    names.iter().any(|name| {
        ServerName::try_from(*name)
            .is_ok_and(|name| certificate.verify_is_valid_for_subject_name(&name).is_ok())
    })
}

#[cfg(test)]
mod tests {
    use midwatch_model::Host;
    use midwatch_testbed::pki::{Authority, Key, Leaf, Pki};

    use super::*;
    use crate::pki::{Met, TrustStores};

    struct Bed {
        pki: Pki,
        ca: Authority,
        now: Time,
    }

    impl Bed {
        fn new() -> Bed {
            let pki = Pki::new();
            let ca = pki.authority("Mail CA", Key::EcP256);
            Bed { pki, ca, now: Time::now() }
        }

        /// The chain of a certificate for these names, with its authority behind it.
        fn chain(&self, leaf: &Leaf, with_ca: bool) -> (CertificateChain, Vec<u8>, Vec<u8>) {
            let issued = self.pki.issue(&self.ca, leaf);
            let (leaf, ca) = (self.pki.der(&issued.certificate), self.pki.der(&self.ca.certificate));
            let mut sent = vec![leaf.clone()];
            sent.extend(with_ca.then(|| ca.clone()));
            let host = Host::Name("mx.shop.example".into());
            let address = "192.0.2.1:25".parse().expect("an address");
            let met = Met { host: &host, port: 25, address, sni: None, met_with: &[], beside: None };
            (pki::chain(&met, &sent, &TrustStores::default(), self.now), leaf, ca)
        }
    }

    fn record(usage: u8, selector: u8, der: &[u8]) -> TlsaRecord {
        use sha2::{Digest as _, Sha256};
        use x509_parser::prelude::{FromDer as _, X509Certificate};
        let (_, certificate) = X509Certificate::from_der(der).expect("a certificate");
        let selected = if selector == 0 { der } else { certificate.public_key().raw };
        let mut data = vec![usage, selector, 1];
        data.extend_from_slice(&Sha256::digest(selected));
        dns::tlsa_record(&data).expect("a record")
    }

    fn faults(records: &[TlsaRecord], chain: &CertificateChain, now: Time) -> Vec<Option<DaneFault>> {
        let names = ["mx.shop.example", "shop.example"];
        let found = chains(records, std::iter::once(chain), &names, now);
        found.iter().flat_map(|one| one.records.iter().map(|record| record.fault)).collect()
    }

    #[test]
    fn each_usage() {
        let bed = Bed::new();
        let (chain, leaf, ca) = bed.chain(&Leaf::new(&["mx.shop.example"]), true);
        let mut wrong = record(3, 1, &leaf);
        wrong.data = "00".repeat(32);
        let records = [
            record(3, 1, &leaf),
            record(3, 0, &leaf),
            record(2, 1, &ca),
            record(2, 0, &ca),
            wrong,
            record(1, 1, &leaf),
            record(0, 1, &ca),
            record(3, 1, &ca),
            record(2, 1, &leaf),
        ];
        use DaneFault::*;
        let said = faults(&records, &chain, bed.now);
        let wanted = [
            None,
            None,
            None,
            None,
            Some(NoMatch),
            Some(PkixUsage),
            Some(PkixUsage),
            Some(NoMatch),
            Some(NoMatch),
        ];
        assert_eq!(said, wanted);
    }

    #[test]
    fn an_authority_that_is_not_sent_matches_nothing() {
        let bed = Bed::new();
        let (chain, _, ca) = bed.chain(&Leaf::new(&["mx.shop.example"]), false);
        assert_eq!(faults(&[record(2, 1, &ca)], &chain, bed.now), [Some(DaneFault::NoMatch)]);
    }

    #[test]
    fn names_and_times_count_for_authorities_alone() {
        let bed = Bed::new();
        let (other, leaf, ca) = bed.chain(&Leaf::new(&["other.example"]), true);
        assert_eq!(faults(&[record(2, 1, &ca)], &other, bed.now), [Some(DaneFault::Name)]);
        assert_eq!(faults(&[record(3, 1, &leaf)], &other, bed.now), [None]);
        let (domain, _, ca) = bed.chain(&Leaf::new(&["shop.example"]), true);
        assert_eq!(faults(&[record(2, 1, &ca)], &domain, bed.now), [None], "the domain is as good a name");
        let late = bed.now + std::time::Duration::from_secs(20 * 366 * 86_400);
        let (late_chain, leaf, ca) = bed.chain(&Leaf::new(&["mx.shop.example"]), true);
        assert_eq!(faults(&[record(2, 1, &ca)], &late_chain, late), [Some(DaneFault::Time)]);
        assert_eq!(faults(&[record(3, 1, &leaf)], &late_chain, late), [None]);
    }

    #[test]
    fn a_certificate_beside_the_path_is_no_authority() {
        let bed = Bed::new();
        let other = bed.pki.authority("Mail CA", Key::EcP256);
        let other = bed.pki.der(&other.certificate);
        let (chain, leaf, _) = bed.chain(&Leaf::new(&["mx.shop.example"]), false);
        let host = Host::Name("mx.shop.example".into());
        let met =
            Met { host: &host, port: 25, address: chain.address, sni: None, met_with: &[], beside: None };
        let chain = pki::chain(&met, &[leaf, other.clone()], &TrustStores::default(), bed.now);
        assert_eq!(faults(&[record(2, 1, &other)], &chain, bed.now), [Some(DaneFault::NoPath)]);
    }
}
