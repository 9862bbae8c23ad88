//! What authorities publish: certificates as DER, PEM and PKCS #7, revocation lists, and OCSP answers. The two
//! certificates in `data` are an issuer and a leaf of its own, made with openssl for this target.
#![no_main]
use libfuzzer_sys::fuzz_target;
use midwatch_probe::{authority, pki};

const LEAF: &[u8] = include_bytes!("../data/leaf.der");
const ISSUER: &[u8] = include_bytes!("../data/issuer.der");

fuzz_target!(|data: &[u8]| {
    let _ = authority::published(data);
    let _ = pki::revocation_list(data, LEAF, ISSUER);
    let _ = pki::ocsp_answer(data, LEAF, ISSUER, "2026-11-25T00:00:00Z".parse().expect("a time"));
});
