//! Files of allowed signers: nobody may sign whose key is not in the text.
#![no_main]
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use midwatch_hostkeys::key::PublicKey;
use midwatch_hostkeys::signed::Signers;

const KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

fuzz_target!(|data: &[u8]| {
    let key = PublicKey::from_text("ssh-ed25519", KEY.as_bytes()).expect("a key");
    let line = [data, b" ssh-ed25519 ", KEY.as_bytes()].concat();
    let _ = Signers::parse(Path::new("signers"), &line).who(&key, "midwatch-hosts", 1_893_456_000);
    let alone = Signers::parse(Path::new("signers"), data).who(&key, "midwatch-hosts", 1_893_456_000);
    let text: Vec<u8> = data.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    if !text.windows(20).any(|window| window == &KEY.as_bytes()[KEY.len() - 20..]) {
        assert!(alone.is_err());
    }
});
