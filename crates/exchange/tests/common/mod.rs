//! Keys and outcomes of the tests.

#![allow(dead_code, reason = "each test file uses a part of it")]

use midwatch_exchange::{Code, Delivery, Exchanged, Failure, Offer, Received, Session};
use midwatch_keys::Hint;

/// Public keys that nobody has the private ones of.
pub const ELIZABETH: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p\n";
pub const DAVID: &str = "publickey = AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n";
pub const JESSICA: &str = "publickey = AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=\n";

pub type Outcome = Result<Exchanged, Failure>;

pub fn offer(text: &str) -> Option<Offer> {
    Some(Offer::new(text.as_bytes(), &Hint::default()).expect("a public key"))
}

pub fn code() -> Code {
    Code::of(7, [0x3B, 0xC5])
}

/// The same place, other words.
pub fn wrong(code: &Code) -> Code {
    let [a, b] = code.octets();
    Code::of(code.place(), [a, b ^ 1])
}

pub fn open(code: &Code, offer: Option<Offer>) -> Session {
    Session::open(code, offer).expect("random bytes")
}

pub fn join(code: &Code, offer: Option<Offer>) -> Session {
    Session::join(code, offer).expect("random bytes")
}

pub fn text(received: &Option<Received>) -> &str {
    received.as_ref().map_or("", |received| std::str::from_utf8(&received.bytes).expect("text"))
}

/// What an outcome gave: the other's file, and what is known of one's own.
pub fn got(outcome: &Outcome) -> (&str, Delivery) {
    let exchanged = outcome.as_ref().expect("an exchange");
    (text(&exchanged.received), exchanged.delivered)
}
