//! A ServerHello.
#![no_main]
use libfuzzer_sys::fuzz_target;
use midwatch_wire::tls::server_hello::ServerHello;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(hello) = ServerHello::read(bytes) {
        let _ = hello.has_downgrade_sentinel();
    }
});
