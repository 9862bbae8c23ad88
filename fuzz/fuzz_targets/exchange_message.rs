//! Frames of an exchange of keys.
#![no_main]
use libfuzzer_sys::fuzz_target;
use midwatch_exchange::message::{Frames, HEADER, MAX_SEALED};

fuzz_target!(|bytes: &[u8]| {
    let Some((cut, bytes)) = bytes.split_first() else { return };
    let (sealed, cut) = (cut & 1 == 1, 1 + usize::from(cut >> 1));
    let mut frames = Frames::default();
    for chunk in bytes.chunks(cut) {
        frames.add(chunk);
        loop {
            match frames.next(sealed) {
                Ok(Some(message)) => {
                    let frame = message.encode();
                    assert!(frame.len() <= HEADER + MAX_SEALED);
                    let mut again = Frames::default();
                    again.add(&frame);
                    assert_eq!(again.next(true), Ok(Some(message)));
                }
                Ok(None) => break,
                Err(_) => return,
            }
        }
    }
});
