//! A server's first flight, in pieces of any size.
#![no_main]
use libfuzzer_sys::fuzz_target;
use midwatch_wire::tls::flight::FlightReader;

fuzz_target!(|data: (u8, &[u8])| {
    let (piece, bytes) = data;
    let mut reader = FlightReader::default();
    for piece in bytes.chunks(usize::from(piece).max(1)) {
        match reader.push(piece) {
            Ok(false) => {}
            Ok(true) | Err(_) => break,
        }
    }
    let _ = reader.flight();
});
