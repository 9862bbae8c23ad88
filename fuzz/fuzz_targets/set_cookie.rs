//! A Set-Cookie value: parsed, stored, redacted.
#![no_main]
use libfuzzer_sys::fuzz_target;
use midwatch_fields::set_cookie;

fuzz_target!(|text: &str| {
    let redacted = set_cookie::redact(text);
    let _ = set_cookie::parse(&redacted.line);
    if let Ok(cookie) = set_cookie::parse(text) {
        let _ = cookie.prefix_faults();
    }
});
