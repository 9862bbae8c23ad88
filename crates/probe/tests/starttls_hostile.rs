//! STARTTLS against servers that misbehave: no hang, no panic, and what was not measured says so.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use midwatch_model::{Host, Outcome, PlainCommand, ReasonKind, Starttls, StarttlsEndpoint};
use midwatch_probe::net::{Net, NetOptions};
use midwatch_probe::progress::Silent;
use midwatch_probe::starttls::{Opening, examine};
use midwatch_probe::tls::{self, EndpointRun};
use midwatch_testbed::hostile::starttls::{Dialect, Fault, Keys, Loss};
use midwatch_testbed::hostile::{Behaviour, Hostile};
use midwatch_testbed::pki::{Leaf, Pki};

const NAME: &str = "mail.shop.example";

const ALL: [(Dialect, Starttls); 4] = [
    (Dialect::Smtp, Starttls::Smtp),
    (Dialect::Imap, Starttls::Imap),
    (Dialect::Pop3, Starttls::Pop3),
    (Dialect::Sieve, Starttls::Sieve),
];

fn keys() -> Arc<Keys> {
    Keys::of(&Pki::new().self_signed(&Leaf::new(&[NAME])))
}

fn net() -> Net {
    Net::new(NetOptions { step: Duration::from_secs(2), ..NetOptions::default() })
}

async fn examined(at: SocketAddr, protocol: Starttls, opening: &Opening) -> StarttlsEndpoint {
    let host = Host::Name(NAME.into());
    examine(&net(), &host, at.port(), at, protocol, Some(NAME), opening).await
}

async fn with(behaviour: Behaviour, protocol: Starttls) -> StarttlsEndpoint {
    let server = Hostile::start(behaviour);
    examined(server.address(), protocol, &Opening::starttls(protocol, NAME)).await
}

async fn tls_of(at: SocketAddr, opening: &Opening) -> EndpointRun {
    let host = Host::Name(NAME.into());
    tls::endpoint(&net(), opening, &host, at.port(), at, Some(NAME), &Silent).await
}

#[tokio::test]
async fn a_sound_server_throws_away_what_came_in_plain_text() {
    let keys = keys();
    for (dialect, protocol) in ALL {
        let met = with(Behaviour::Starttls(dialect, Fault::None, keys.clone()), protocol).await;
        assert_eq!(met.plain_command, Outcome::seen(PlainCommand::Discarded), "{protocol}");
        assert_eq!(met.offered, Outcome::seen(true), "{protocol}");
        assert!(met.inside.is_seen(), "{protocol}: {:?}", met.inside);
    }
}

#[tokio::test]
async fn commands_that_are_carried_over_are_found_and_nothing_else_is() {
    let keys = keys();
    for (dialect, protocol) in ALL {
        let kept = with(Behaviour::Starttls(dialect, Fault::KeepsCommands, keys.clone()), protocol).await;
        assert_eq!(kept.plain_command, Outcome::seen(PlainCommand::Kept), "{protocol}");
        let early = with(Behaviour::Starttls(dialect, Fault::AnswersInPlain, keys.clone()), protocol).await;
        assert_eq!(early.plain_command, Outcome::seen(PlainCommand::AnsweredInPlain), "{protocol}");
        let ends = with(Behaviour::Starttls(dialect, Fault::EndsOnMore, keys.clone()), protocol).await;
        assert!(ends.plain_command.is_refused(), "{protocol}: {:?}", ends.plain_command);
        assert!(ends.accepted.is_seen() && ends.inside.is_seen(), "{protocol}: {ends:?}");
    }
}

/// The first connection shows that TLS comes about, the second has the command in plain text.
#[tokio::test]
async fn a_connection_that_is_lost_because_somebody_counts_is_no_answer_to_a_command() {
    let keys = keys();
    let lost = async |numbers, loss, dialect, protocol| {
        with(Behaviour::Starttls(dialect, Fault::Loses(numbers, loss), keys.clone()), protocol).await
    };
    let sieve = (Dialect::Sieve, Starttls::Sieve);
    let smtp = (Dialect::Smtp, Starttls::Smtp);
    let imap = (Dialect::Imap, Starttls::Imap);
    // From the second on all are lost.
    let ever = 2..=usize::MAX;
    let (at_once, at_request, left, leaves, left_out) = tokio::join!(
        lost(ever.clone(), Loss::AtOnce, smtp.0, smtp.1),
        lost(ever.clone(), Loss::AtRequest, smtp.0, smtp.1),
        lost(ever.clone(), Loss::WithWords, smtp.0, smtp.1),
        lost(ever.clone(), Loss::WithWords, imap.0, imap.1),
        lost(ever, Loss::WithWords, sieve.0, sieve.1),
    );
    for (met, kind, words) in [
        (&at_once, ReasonKind::Closed, "closed the connection without a word"),
        (&at_request, ReasonKind::Closed, "so is one without such a command"),
        (&left, ReasonKind::TurnedAway, "421 4.7.0 hostile.example: too many connections from you"),
        (&leaves, ReasonKind::TurnedAway, "BYE too many connections"),
        (&left_out, ReasonKind::TurnedAway, "BYE \"too many connections\""),
    ] {
        let why = met.plain_command.why_not().unwrap_or_else(|| panic!("{words}: {:?}", met.plain_command));
        assert_eq!(why.kind, kind, "{why}");
        assert!(why.detail.contains(words), "{why}");
        assert!(met.accepted.is_seen() && met.inside.is_seen(), "{met:?}");
    }
    // Some are lost, and then the server has time: what becomes of the command is seen.
    let (at_once, at_request, left) = tokio::join!(
        lost(2..=3, Loss::AtOnce, smtp.0, smtp.1),
        lost(2..=2, Loss::AtRequest, imap.0, imap.1),
        lost(2..=3, Loss::WithWords, sieve.0, sieve.1),
    );
    for met in [at_once, at_request, left] {
        assert_eq!(met.plain_command, Outcome::seen(PlainCommand::Discarded), "{}", met.protocol);
    }
}

#[tokio::test]
async fn a_server_that_loses_connections_on_the_way_is_measured_all_the_same() {
    let keys = keys();
    for loss in [Loss::AtOnce, Loss::AtRequest, Loss::WithWords] {
        let sound = Hostile::start(Behaviour::Starttls(Dialect::Smtp, Fault::None, keys.clone()));
        let fault = Fault::Loses(8..=11, loss);
        let server = Hostile::start(Behaviour::Starttls(Dialect::Smtp, fault, keys.clone()));
        let of = async |server: &Hostile| {
            let opening = Opening::starttls(Starttls::Smtp, NAME);
            tls_of(server.address(), &opening).await.endpoint.versions
        };
        assert_eq!(of(&server).await, of(&sound).await, "{loss:?}");
    }
}

#[tokio::test]
async fn plain_text_after_the_go_ahead_is_a_fact_and_no_tls() {
    let keys = keys();
    for more in [b"250 injected\r\n".to_vec(), b"\x16\x03\x03garbage\0\xff".to_vec()] {
        let behaviour = Behaviour::Starttls(Dialect::Smtp, Fault::SaysMore(more.clone()), keys.clone());
        let server = Hostile::start(behaviour);
        let opening = Opening::starttls(Starttls::Smtp, NAME);
        let met = examined(server.address(), Starttls::Smtp, &opening).await;
        assert_eq!(met.plain_after, Outcome::seen(midwatch_model::lossless(&more)));
        assert!(met.inside.is_unmeasured(), "{:?}", met.inside);
        let run = tls_of(server.address(), &opening).await;
        assert!(
            run.endpoint.versions.iter().all(|result| result.support.is_unmeasured()),
            "{:?}",
            run.endpoint
        );
    }
}

#[tokio::test]
async fn an_offer_that_is_taken_out_is_told_from_tls_that_is_not_there() {
    let keys = keys();
    for (dialect, protocol) in ALL {
        let met = with(Behaviour::Starttls(dialect, Fault::Hides, keys.clone()), protocol).await;
        assert_eq!(met.offered, Outcome::seen(false), "{protocol}");
        assert!(met.accepted.is_seen(), "{protocol}: {:?}", met.accepted);
        let met = with(Behaviour::Starttls(dialect, Fault::NotNow, keys.clone()), protocol).await;
        assert_eq!(met.offered, Outcome::seen(true), "{protocol}");
        assert!(met.accepted.is_refused(), "{protocol}: {:?}", met.accepted);
    }
    // Somebody in the middle who takes the offer out of what a sound server says.
    let sound = Hostile::start(Behaviour::Starttls(Dialect::Smtp, Fault::None, keys.clone()));
    let middle = Behaviour::Swaps(sound.address(), b"250 STARTTLS".to_vec(), b"250 XXXXXXXA".to_vec());
    let met = with(middle, Starttls::Smtp).await;
    assert_eq!(met.offered, Outcome::seen(false));
    assert!(met.accepted.is_seen());
}

#[tokio::test]
async fn a_connection_that_is_turned_away_is_no_refusal_of_tls() {
    let keys = keys();
    // Never anything else: nothing is known of TLS.
    let always = Behaviour::Starttls(Dialect::Smtp, Fault::TurnsAway(usize::MAX), keys.clone());
    let met = with(always, Starttls::Smtp).await;
    assert!(met.greeting.is_refused(), "{:?}", met.greeting);
    assert_eq!(met.accepted.why_not().map(|why| why.kind), Some(ReasonKind::TurnedAway));
    for (dialect, protocol) in ALL {
        let turned = |fault| Behaviour::Starttls(dialect, fault, keys.clone());
        // Two, and then it has time.
        let met = with(turned(Fault::TurnsAway(2)), protocol).await;
        assert!(met.accepted.is_seen(), "{protocol}: {:?}", met.accepted);
    }
}

#[tokio::test]
async fn a_server_that_turns_away_every_second_connection_is_measured_all_the_same() {
    let behaviour = Behaviour::Starttls(Dialect::Smtp, Fault::TurnsAwayEverySecond, keys());
    let server = Hostile::start(behaviour);
    let opening = Opening::starttls(Starttls::Smtp, NAME);
    let chains = tls::certificates(&net(), &opening, server.address(), Some(NAME)).await;
    assert_eq!(chains.len(), 1);
}

#[tokio::test]
async fn whoever_greets_late_is_waited_for() {
    let behaviour = Behaviour::Starttls(Dialect::Smtp, Fault::GreetsLate(Duration::from_secs(4)), keys());
    let met = with(behaviour, Starttls::Smtp).await;
    assert!(met.accepted.is_seen(), "a greeting has three times the limit of a step: {:?}", met.greeting);
}

#[tokio::test]
async fn silence_garbage_and_endless_words_end() {
    let keys = keys();
    let smtp = |fault| Behaviour::Starttls(Dialect::Smtp, fault, keys.clone());
    let start = Instant::now();
    for (behaviour, kinds) in [
        (Behaviour::NeverAnswers, &[ReasonKind::Timeout][..]),
        (Behaviour::ResetsAtOnce, &[ReasonKind::Reset, ReasonKind::Closed]),
        (Behaviour::ClosesAtOnce, &[ReasonKind::Closed, ReasonKind::Reset]),
        (Behaviour::EndlessLines, &[ReasonKind::Protocol, ReasonKind::Limit]),
        (Behaviour::SaysAndWaits(b"220-x\r\n".repeat(20_000)), &[ReasonKind::Protocol, ReasonKind::Limit]),
        (Behaviour::SaysAndWaits(b"220 x".repeat(20_000)), &[ReasonKind::Limit]),
        (Behaviour::SaysAndWaits(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()), &[ReasonKind::Protocol]),
        (Behaviour::SaysAndWaits(b"220 x\r\n250 STARTTLS\r\n".to_vec()), &[ReasonKind::Protocol]),
        (smtp(Fault::Drips), &[ReasonKind::Timeout]),
    ] {
        let shown = format!("{behaviour:?}").chars().take(60).collect::<String>();
        let met = with(behaviour, Starttls::Smtp).await;
        let why = met.accepted.why_not().unwrap_or_else(|| panic!("{shown}: {met:?}"));
        assert!(kinds.contains(&why.kind), "{shown}: {why:?}");
        assert!(!met.plain_command.is_seen(), "{shown}");
    }
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    // Silence after the go-ahead: it was accepted, and no handshake came of it.
    let server = Hostile::start(smtp(Fault::Silent));
    let opening = Opening::starttls(Starttls::Smtp, NAME);
    let met = examined(server.address(), Starttls::Smtp, &opening).await;
    assert!(met.accepted.is_seen());
    assert_eq!(met.inside.why_not().map(|why| why.kind), Some(ReasonKind::Timeout));
    assert!(met.plain_command.is_unmeasured());
    let run = tls_of(server.address(), &opening).await;
    assert!(run.endpoint.versions.iter().all(|result| result.support.is_unmeasured()));
}
