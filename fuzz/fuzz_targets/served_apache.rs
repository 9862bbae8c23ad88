//! Apache's virtual hosts, with its macros and conditions.
#![no_main]
use libfuzzer_sys::fuzz_target;
use midwatch_sense::server::sites;

fuzz_target!(|data: &[u8]| {
    // Long inputs say the same more slowly.
    let text = String::from_utf8_lossy(data.get(..8192).unwrap_or(data));
    sites::parse_alone(1, &text);
});
