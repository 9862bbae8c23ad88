#![no_main]
//! Rules of a firewall, as nft and iptables-save tell them.

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    midwatch_sense::listening::firewall::read_any(text);
});
