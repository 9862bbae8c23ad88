#![no_main]
//! hosts.allow and hosts.deny, and a list of hosts that they name as `/list`: three texts, with an octet of 255 between
//! them.

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(3, |octet| *octet == 0xff);
    let mut part = || parts.next().unwrap_or_default();
    midwatch_sense::listening::wrappers::read_any(part(), part(), part());
});
