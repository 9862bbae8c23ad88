//! What a server says in a TLS 1.3 handshake, from its hello to its Finished, with and without encryption.
#![no_main]
use libfuzzer_sys::fuzz_target;
use midwatch_probe::tls::fuzzing;

fuzz_target!(|data: &[u8]| {
    assert!(!fuzzing::tls13(data), "nothing of this is proved");
});
