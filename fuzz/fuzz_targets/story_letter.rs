//! Messages of the lab's story, as they come from a connection.
#![no_main]
use libfuzzer_sys::fuzz_target;
use midwatch_lab::story::letter::Frames;

fuzz_target!(|bytes: &[u8]| {
    let mut frames = Frames::default();
    frames.add(bytes);
    let mut at = 0;
    while let Ok(Some(message)) = frames.message() {
        // What is read is what was sent, byte for byte.
        let octets = message.encode();
        assert_eq!(bytes.get(at..at + octets.len()), Some(&octets[..]));
        at += octets.len();
    }
});
