//! Two sessions, and what somebody between them can do.

mod common;

use common::{DAVID, ELIZABETH, JESSICA, Outcome, code, got, join, offer, open, text};
use midwatch_exchange::message::{Frames, Message, Reason};
use midwatch_exchange::{Code, Delivery, Exchanged, Failure, Session, Stop};

/// Lets two sessions talk until nothing more is said. `way` sees and may change all that goes each way; what goes to the
/// opener is `true`.
fn talk(opener: &mut Session, joiner: &mut Session, mut way: impl FnMut(bool, Vec<u8>) -> Vec<u8>) {
    loop {
        let (up, down) = (joiner.output(), opener.output());
        if up.is_empty() && down.is_empty() {
            return;
        }
        opener.input(&way(true, up));
        joiner.input(&way(false, down));
    }
}

fn outcome(session: &mut Session) -> Outcome {
    session.stop(Stop::Closed);
    session.outcome().expect("it is stopped").clone()
}

#[test]
fn one_side_or_both_send() {
    for (elizabeth, david, to_elizabeth, to_david) in [
        (offer(ELIZABETH), None, ("", Delivery::Arrived), (ELIZABETH, Delivery::NotSent)),
        (None, offer(DAVID), (DAVID, Delivery::NotSent), ("", Delivery::Arrived)),
        (offer(ELIZABETH), offer(DAVID), (DAVID, Delivery::Arrived), (ELIZABETH, Delivery::Arrived)),
    ] {
        let (mut opener, mut joiner) = (open(&code(), elizabeth), join(&code(), david));
        assert!(!opener.used() && !joiner.used() && opener.output().is_empty());
        talk(&mut opener, &mut joiner, |_, octets| octets);
        assert!(opener.used() && joiner.used() && opener.confirmed() && joiner.confirmed());
        assert_eq!(got(&outcome(&mut opener)), to_elizabeth);
        assert_eq!(got(&outcome(&mut joiner)), to_david);
    }
}

#[test]
fn where_nobody_sends_both_are_told() {
    let (mut opener, mut joiner) = (open(&code(), None), join(&code(), None));
    talk(&mut opener, &mut joiner, |_, octets| octets);
    assert_eq!((outcome(&mut opener), outcome(&mut joiner)), (Err(Failure::Nothing), Err(Failure::Nothing)));
}

/// Each side that is told a wrong code, or is not told the number right.
#[test]
fn wrong_codes_are_seen_by_both() {
    let right = code();
    for wrong in [Code::of(7, [0x3B, 0xC4]), Code::of(7, [0x3A, 0xC5]), Code::of(8, right.octets())] {
        let (mut opener, mut joiner) = (open(&right, offer(ELIZABETH)), join(&wrong, offer(DAVID)));
        talk(&mut opener, &mut joiner, |_, octets| octets);
        assert!(opener.used() && joiner.used() && !opener.confirmed() && !joiner.confirmed());
        assert_eq!(outcome(&mut opener), Err(Failure::CodesDiffer));
        assert_eq!(outcome(&mut joiner), Err(Failure::SaidToDiffer));
    }
}

/// Who forwards everything as it is learns neither key, in pieces of any size.
#[test]
fn who_only_forwards_learns_nothing() {
    let mut seen: Vec<u8> = Vec::new();
    let (mut opener, mut joiner) = (open(&code(), offer(ELIZABETH)), join(&code(), offer(DAVID)));
    talk(&mut opener, &mut joiner, |_, octets| {
        seen.extend(&octets);
        octets
    });
    assert_eq!(got(&outcome(&mut opener)), (DAVID, Delivery::Arrived));
    assert_eq!(got(&outcome(&mut joiner)), (ELIZABETH, Delivery::Arrived));
    for secret in [ELIZABETH.as_bytes(), DAVID.as_bytes(), &[1; 32], &code().octets().repeat(2)] {
        assert!(!seen.windows(secret.len()).any(|window| window == secret));
    }
    for size in 1..=80 {
        let (mut opener, mut joiner) = (open(&code(), offer(ELIZABETH)), join(&code(), offer(DAVID)));
        let (mut up, mut down) = (Vec::new(), Vec::new());
        loop {
            up.extend(joiner.output());
            down.extend(opener.output());
            if up.is_empty() && down.is_empty() {
                break;
            }
            opener.input(&up.drain(..size.min(up.len())).collect::<Vec<_>>());
            joiner.input(&down.drain(..size.min(down.len())).collect::<Vec<_>>());
        }
        assert_eq!(got(&outcome(&mut opener)), (DAVID, Delivery::Arrived), "{size}");
        assert_eq!(got(&outcome(&mut joiner)), (ELIZABETH, Delivery::Arrived), "{size}");
    }
}

/// Jessica is in the middle: to Elizabeth she is the joiner, to David the opener, with a code for each.
fn in_the_middle(to_elizabeth: &Code, to_david: &Code) -> [Outcome; 4] {
    let (mut elizabeth, mut david) = (open(&code(), offer(ELIZABETH)), join(&code(), offer(DAVID)));
    let (mut as_david, mut as_elizabeth) =
        (join(to_elizabeth, offer(JESSICA)), open(to_david, offer(JESSICA)));
    talk(&mut elizabeth, &mut as_david, |_, octets| octets);
    talk(&mut as_elizabeth, &mut david, |_, octets| octets);
    [&mut elizabeth, &mut david, &mut as_david, &mut as_elizabeth].map(outcome)
}

/// A wrong guess fails, is seen by both, and gives Jessica no key.
#[test]
fn a_wrong_guess_is_seen_by_both() {
    let [a, b] = code().octets();
    // 192 codes of the 65535 that are wrong: those nearest to the right one, and some from everywhere.
    let near = (1..=64).flat_map(|step: u8| [[a.wrapping_add(step), b], [a, b.wrapping_sub(step)]]);
    let far = (0..64_u16).map(|step| (u16::from_be_bytes([a, b]) ^ (1 + step * 1021)).to_be_bytes());
    for octets in near.chain(far) {
        let guess = Code::of(7, octets);
        assert_ne!(guess, code());
        let [elizabeth, david, as_david, as_elizabeth] = in_the_middle(&guess, &guess);
        assert_eq!(elizabeth, Err(Failure::CodesDiffer), "{octets:?}");
        // Jessica's own opener sees it first and says so; a Jessica who says nothing leaves David without an answer.
        assert_eq!(david, Err(Failure::SaidToDiffer), "{octets:?}");
        assert!(as_david.is_err() && as_elizabeth.is_err());
    }
}

/// The bound is the true one: with the one right guess of 65536 both are deceived, and see nothing of it.
#[test]
fn the_right_guess_deceives_both() {
    let [elizabeth, david, as_david, as_elizabeth] = in_the_middle(&code(), &code());
    assert_eq!(got(&elizabeth), (JESSICA, Delivery::Arrived));
    assert_eq!(got(&david), (JESSICA, Delivery::Arrived));
    assert_eq!((got(&as_david).0, got(&as_elizabeth).0), (ELIZABETH, DAVID));
}

/// She may try one code with each side. Then one of them may be deceived while the other sees it.
#[test]
fn a_guess_at_each_side_is_seen_where_it_is_wrong() {
    let wrong = Code::of(7, [0, 0]);
    let [elizabeth, david, ..] = in_the_middle(&wrong, &code());
    assert_eq!((elizabeth, got(&david).0), (Err(Failure::CodesDiffer), JESSICA));
    let [elizabeth, david, ..] = in_the_middle(&code(), &wrong);
    assert_eq!((got(&elizabeth).0, david), (JESSICA, Err(Failure::SaidToDiffer)));
}

/// A Jessica who poses as Elizabeth and sends a confirmation that is none.
#[test]
fn the_joiner_sees_a_wrong_confirmation() {
    let (mut opener, mut david) = (open(&code(), offer(JESSICA)), join(&code(), offer(DAVID)));
    opener.input(&david.output());
    david.input(&opener.output());
    david.input(&Message::Confirm([0; 32]).encode());
    assert_eq!(david.outcome(), Some(&Err(Failure::CodesDiffer)));
    opener.input(&Message::Confirm([0; 32]).encode());
    assert_eq!(opener.outcome(), Some(&Err(Failure::CodesDiffer)));
    let said = Message::End(Reason::CodesDiffer).encode();
    assert!(
        david.output().ends_with(&said) && opener.output() == said,
        "no key and no confirmation was sent"
    );
}

/// No session takes a changed octet of what tells the code or the key for anything: in 20 places of each direction, spread
/// over all messages, each bit.
#[test]
fn a_changed_octet_is_never_taken() {
    let sent = |upwards: bool| {
        let (mut total, mut sessions) = (0, (open(&code(), offer(ELIZABETH)), join(&code(), offer(DAVID))));
        talk(&mut sessions.0, &mut sessions.1, |up, octets| {
            total += if up == upwards { octets.len() } else { 0 };
            octets
        });
        total
    };
    for (upwards, total) in [(true, sent(true)), (false, sent(false))] {
        for place in (0..20).map(|step| step * (total - 1) / 19) {
            for bit in 0..8 {
                let (mut opener, mut joiner) = (open(&code(), offer(ELIZABETH)), join(&code(), offer(DAVID)));
                let mut at = 0;
                talk(&mut opener, &mut joiner, |up, mut octets| {
                    if up == upwards {
                        if let Some(octet) =
                            place.checked_sub(at).and_then(|offset: usize| octets.get_mut(offset))
                        {
                            *octet ^= 1 << bit;
                        }
                        at += octets.len();
                    }
                    octets
                });
                let (elizabeth, david) = (outcome(&mut opener), outcome(&mut joiner));
                let (hurt, other) = if upwards { (&elizabeth, &david) } else { (&david, &elizabeth) };
                let (theirs, own) = if upwards { (DAVID, ELIZABETH) } else { (ELIZABETH, DAVID) };
                for (outcome, key) in [(hurt, theirs), (other, own)] {
                    if let Ok(exchanged) = outcome {
                        assert_eq!(text(&exchanged.received), key, "{upwards} {place} {bit}");
                    }
                }
                let unscathed = matches!(hurt, Ok(Exchanged { delivered: Delivery::Arrived, .. }));
                assert!(!unscathed, "{upwards} {place} {bit}: {hurt:?}");
            }
        }
    }
}

/// Wherever it is cut off, nobody has a wrong key or a false word that something arrived.
#[test]
fn what_is_cut_off_is_undecided_or_whole() {
    for keep in 0..400 {
        for upwards in [true, false] {
            let (mut opener, mut joiner) = (open(&code(), offer(ELIZABETH)), join(&code(), offer(DAVID)));
            let mut left = keep;
            talk(&mut opener, &mut joiner, |up, mut octets| {
                if up == upwards {
                    octets.truncate(left);
                    left -= octets.len();
                }
                octets
            });
            let used = [opener.used(), joiner.used()];
            let outcomes = [outcome(&mut opener), outcome(&mut joiner)];
            for ((outcome, key), used) in outcomes.iter().zip([DAVID, ELIZABETH]).zip(used) {
                match outcome {
                    Ok(exchanged) => assert_eq!(text(&exchanged.received), key),
                    Err(failure) => assert_eq!(*failure, Failure::Closed { used }),
                }
            }
            if let [Ok(elizabeth), Err(_)] = &outcomes {
                assert_eq!(elizabeth.delivered, Delivery::Unknown, "{keep}");
            }
            if let [Err(_), Ok(david)] = &outcomes {
                assert_eq!(david.delivered, Delivery::Unknown, "{keep}");
            }
        }
    }
}

/// What was recorded of one exchange is worth nothing in another, with the same code too.
#[test]
fn what_was_recorded_is_worth_nothing() {
    let mut recorded = [Vec::new(), Vec::new()];
    let (mut opener, mut joiner) = (open(&code(), offer(ELIZABETH)), join(&code(), offer(DAVID)));
    talk(&mut opener, &mut joiner, |up, octets| {
        recorded[usize::from(up)].extend(&octets);
        octets
    });
    let [to_joiner, to_opener] = recorded;
    let (mut opener, mut joiner) = (open(&code(), offer(ELIZABETH)), join(&code(), offer(DAVID)));
    opener.input(&to_opener);
    joiner.input(&to_joiner);
    assert_eq!(outcome(&mut opener), Err(Failure::CodesDiffer));
    assert_eq!(outcome(&mut joiner), Err(Failure::CodesDiffer));
}

/// The frames of one side, without the first `skip`.
fn frames(octets: &[u8]) -> Vec<Message> {
    let mut frames = Frames::default();
    frames.add(octets);
    std::iter::from_fn(|| frames.next(true).expect("sound")).collect()
}

/// A sealed message that comes twice, or in the place of another, is not taken.
#[test]
fn sealed_messages_keep_their_turn() {
    let (mut opener, mut joiner) = (open(&code(), offer(ELIZABETH)), join(&code(), offer(DAVID)));
    opener.input(&joiner.output());
    joiner.input(&opener.output());
    opener.input(&joiner.output());
    let down = frames(&opener.output());
    let [confirm, key] = down.as_slice() else { panic!("a confirmation and a key: {down:?}") };
    joiner.input(&confirm.encode());
    joiner.input(&key.encode());
    joiner.input(&key.encode());
    let up = frames(&joiner.output());
    let exchanged = Exchanged {
        received: joiner.outcome().and_then(|outcome| outcome.clone().ok()?.received),
        delivered: Delivery::Unknown,
    };
    assert_eq!(text(&exchanged.received), ELIZABETH);
    assert_eq!(joiner.outcome(), Some(&Ok(exchanged)), "the key is there, and a copy of it is no receipt");
    // David's receipt before David's key.
    opener.input(&up[1].encode());
    assert_eq!(opener.outcome(), Some(&Err(Failure::Changed)));
}

#[test]
fn garbage_and_silence_are_no_codes_that_differ() {
    for garbage in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0; 100], &[0xFF; 100], &[3, 0, 0x10, 0, 0]] {
        let mut opener = open(&code(), offer(ELIZABETH));
        opener.input(garbage);
        assert!(!opener.used(), "nobody has tried a code");
        assert!(matches!(opener.outcome(), Some(Err(Failure::Malformed(_)))), "{garbage:?}");
        assert!(!opener.outcome().expect("there").as_ref().expect_err("a failure").is_other());
    }
    let mut opener = open(&code(), offer(ELIZABETH));
    opener.stop(Stop::TimedOut);
    assert_eq!(opener.outcome(), Some(&Err(Failure::TimedOut { used: false })));
    let (mut opener, mut joiner) = (open(&code(), offer(ELIZABETH)), join(&code(), None));
    opener.input(&joiner.output());
    joiner.input(&opener.output());
    joiner.stop(Stop::TimedOut);
    opener.stop(Stop::TimedOut);
    assert_eq!(joiner.outcome(), Some(&Err(Failure::TimedOut { used: true })));
    assert_eq!(opener.outcome(), Some(&Err(Failure::TimedOut { used: true })));
}

#[test]
fn two_of_one_part_find_out() {
    let (mut one, mut other) = (join(&code(), offer(ELIZABETH)), join(&code(), offer(DAVID)));
    talk(&mut one, &mut other, |_, octets| octets);
    for session in [&mut one, &mut other] {
        let failure = outcome(session).expect_err("two joiners");
        assert!(failure.to_string().contains("same part"), "{failure}");
    }
}

#[test]
fn another_version_is_told_as_such() {
    let mut opener = open(&code(), offer(ELIZABETH));
    opener.input(&[1, 0, 0, 0, 3, 2, 2, 9]);
    assert_eq!(opener.outcome(), Some(&Err(Failure::Version)));
    let mut joiner = join(&code(), None);
    joiner.input(&opener.output());
    assert_eq!(joiner.outcome(), Some(&Err(Failure::Version)));
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(128))]
    /// Whatever comes, at whichever step: no panic, and no key out of nothing.
    #[test]
    fn nothing_breaks_it(
        octets in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
        kind in 0_u8..6,
        steps in 0_usize..4,
        opens: bool,
    ) {
        let (mut opener, mut joiner) = (open(&code(), None), join(&code(), offer(DAVID)));
        for _ in 0..steps {
            opener.input(&joiner.output());
            joiner.input(&opener.output());
        }
        let session = if opens { &mut opener } else { &mut joiner };
        if session.outcome().is_none() {
            session.input(&[&[kind, 0, 0, 0, octets.len().min(255) as u8], &octets[..]].concat());
            if let Ok(exchanged) = outcome(session) {
                let key = text(&exchanged.received);
                proptest::prop_assert!(key.is_empty() || key == DAVID);
                proptest::prop_assert_ne!(exchanged.delivered, Delivery::Arrived);
            }
        }
    }
}
