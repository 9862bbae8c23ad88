//! An answer to an SSL 2.0 hello.
#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = midwatch_wire::ssl2::answer(bytes);
});
