//! What comes over the network in an exchange of keys, at each of its steps. Slow: each run computes keys.
#![no_main]
use libfuzzer_sys::fuzz_target;
use midwatch_exchange::{Code, Delivery, Offer, Session, Stop};
use midwatch_keys::Hint;

const KEY: &[u8] = b"age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p\n";

fuzz_target!(|bytes: &[u8]| {
    let Some((step, bytes)) = bytes.split_first() else { return };
    let code = Code::of(7, [1, 2]);
    let offer = Offer::new(KEY, &Hint::default()).ok();
    let (Ok(mut opener), Ok(mut joiner)) = (Session::open(&code, None), Session::join(&code, offer)) else {
        return;
    };
    for _ in 0..step & 3 {
        opener.input(&joiner.output());
        joiner.input(&opener.output());
    }
    let session = if step & 4 == 0 { &mut opener } else { &mut joiner };
    let before = session.outcome().cloned();
    for chunk in bytes.chunks(1 + usize::from(step >> 3)) {
        session.input(chunk);
    }
    session.stop(Stop::Closed);
    let after = session.outcome().cloned();
    if before.is_some() {
        assert_eq!(after, before);
    } else if let Some(Ok(exchanged)) = after {
        // Nobody makes up a key, or the word that one arrived.
        assert!(exchanged.received.is_none_or(|received| received.bytes == KEY));
        assert_ne!(exchanged.delivered, Delivery::Arrived);
    }
});
