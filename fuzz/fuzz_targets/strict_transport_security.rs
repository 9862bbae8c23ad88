//! A Strict-Transport-Security value.
#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(hsts) = midwatch_fields::hsts::parse(text) {
        let _ = hsts.preload_gaps();
    }
});
