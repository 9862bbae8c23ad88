//! What an access point announces, and the kernel's message about it.
#![no_main]
use libfuzzer_sys::fuzz_target;
use midwatch_wire::netlink::{generic, nl80211};
use midwatch_wire::wifi::{Elements, MAX_NAME, OweTransition, protection};

fuzz_target!(|bytes: &[u8]| {
    let elements = Elements::read(bytes);
    for capability in [None, Some(0x01), Some(0x11)] {
        let _ = protection(&elements, capability);
    }
    if let Ok(Some(name)) = elements.shown_name() {
        assert!(name.len() <= MAX_NAME);
    }
    let _ = elements.owe.map(OweTransition::read);
    let _ = nl80211::bss(bytes);
    let _ = nl80211::bss(&generic::body(34, &[(47, bytes)]));
    let _ = (nl80211::interface(bytes), nl80211::station(bytes), generic::family(bytes, "nl80211"));
});
