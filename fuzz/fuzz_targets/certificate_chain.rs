//! Certificates of a chain, one after the other: two octets of length and the certificate.
#![no_main]
use std::net::SocketAddr;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use midwatch_model::{Host, Time};
use midwatch_probe::pki::{self, Met, TrustStores};

fuzz_target!(|data: &[u8]| {
    static STORES: OnceLock<TrustStores> = OnceLock::new();
    let mut chain = Vec::new();
    let mut rest = data;
    while let Some((&length, after)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(length)).min(after.len());
        let (certificate, after) = after.split_at(length);
        chain.push(certificate.to_vec());
        rest = after;
    }
    let host = Host::Name("shop.test".into());
    let address = SocketAddr::from(([192, 0, 2, 7], 443));
    let met = Met { host: &host, port: 443, address, sni: None, met_with: &[], beside: None };
    let judged = pki::chain(&met, &chain, STORES.get_or_init(TrustStores::default), Time::UNIX_EPOCH);
    assert_eq!(judged.certificates.len(), chain.len());
    assert!(judged.trust.iter().all(|decision| decision.trusted || !decision.rejections.is_empty()));
});
