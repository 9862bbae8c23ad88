//! OCSP answers, read without verifying them, and the timestamps cut out of a certificate.
#![no_main]
use libfuzzer_sys::fuzz_target;
use midwatch_probe::pki::{ct, ocsp};

fuzz_target!(|data: &[u8]| {
    let _ = ocsp::count(data);
    let _ = ct::transparency(data, None, &[], &ct::LogList::default());
});
