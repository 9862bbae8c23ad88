//! A ServerKeyExchange of each kind.
#![no_main]
use libfuzzer_sys::fuzz_target;
use midwatch_wire::tls::params::{Params, dh_fault, server_key_exchange};

fuzz_target!(|data: (u8, bool, &[u8])| {
    let (kind, tls12, bytes) = data;
    let kinds = [("ECDHE", "RSA"), ("DHE", "RSA"), ("DHE", "anon"), ("RSA", "RSA"), ("DHE", "PSK"), ("PSK", "PSK")];
    let (exchange, authentication) = kinds[usize::from(kind) % kinds.len()];
    if let Ok(Some(read)) = server_key_exchange(bytes, exchange, authentication, tls12) {
        if let Params::Dh { prime, generator, public } = read.params {
            let _ = dh_fault(&prime, &generator, &public);
        }
    }
});
