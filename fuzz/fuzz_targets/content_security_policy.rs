//! A Content-Security-Policy value, as a header and in a meta element.
#![no_main]
use libfuzzer_sys::fuzz_target;
use midwatch_fields::csp;

fuzz_target!(|text: &str| {
    let header = csp::from_header([text]);
    let _ = csp::stops_plain_scripts(&header) || csp::upgrades_insecure_requests(&header);
    let _ = csp::from_meta([text]);
});
