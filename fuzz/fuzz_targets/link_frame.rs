//! Frames of every link type that is read.
#![no_main]
use libfuzzer_sys::fuzz_target;
use midwatch_wire::link::{self, LinkType};

fuzz_target!(|data: &[u8]| {
    let Some((kind, frame)) = data.split_first() else { return };
    let kinds = [LinkType::Ethernet, LinkType::Ip, LinkType::Cooked, LinkType::Cooked2];
    let _ = link::read(kinds[usize::from(*kind) % kinds.len()], frame);
});
