//! Every dialogue that ends in TLS, with a hostile server. The first octet chooses the protocol, the second what is
//! asked, the third how long a piece is; the rest is what the server says, in pieces.

#![no_main]

use libfuzzer_sys::fuzz_target;
use midwatch_model::Starttls;
use midwatch_wire::starttls::{Ask, Dialogue, Step, inside, pipelined, plain};

fuzz_target!(|data: &[u8]| {
    let [which, flags, length, rest @ ..] = data else { return };
    let protocol = Starttls::ALL[usize::from(*which) % Starttls::ALL.len()];
    let ask = Ask {
        client: "[192.0.2.1]".into(),
        server: "mail.example".into(),
        capabilities: flags & 1 != 0,
        pipelined: flags & 2 != 0,
    };
    for dialogue in [plain(protocol, &ask), inside(protocol, &ask)] {
        if let Some(dialogue) = dialogue {
            run(dialogue, rest, usize::from(*length).max(1));
        }
    }
    if let Some(pipelined) = pipelined(protocol) {
        (pipelined.kept)(rest, flags & 4 != 0);
        (pipelined.refuses)(rest);
    }
});

fn run(mut dialogue: Box<dyn Dialogue>, said: &[u8], length: usize) {
    dialogue.begin();
    for piece in said.chunks(length) {
        match dialogue.push(piece) {
            Ok(Step::Read | Step::Send(_)) => {}
            _ => break,
        }
    }
    assert!(dialogue.said().greeting.len() <= 1024);
}
