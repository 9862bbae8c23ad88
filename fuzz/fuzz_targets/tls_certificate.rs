//! What proves who a server is: Certificate messages of every version, what TLS 1.3 sends beside them, and lists of
//! timestamps.
#![no_main]
use libfuzzer_sys::fuzz_target;
use midwatch_wire::tls::{certificate, sct};

fuzz_target!(|data: &[u8]| {
    let _ = (certificate::before_13(data), certificate::verify(data), certificate::alpn(data));
    if let Ok(presented) = certificate::in_13(data) {
        assert!(presented.certificates.len() <= certificate::MAX_CERTIFICATES);
        let _ = presented.timestamps.map(|list| sct::list(&list).count());
    }
    assert!(sct::list(data).count() <= sct::MAX_TIMESTAMPS);
});
