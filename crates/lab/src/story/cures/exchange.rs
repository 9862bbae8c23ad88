//! The exchange by a code that Elizabeth tells David: what `midwatch keys exchange` does, with its own sessions.

use std::io;

use midwatch_exchange::message::{Frames, Message as Part};
use midwatch_exchange::{Code, Exchanged, Failure, Offer, Session, Stop};
use midwatch_keys::Hint;

use super::{About, Cure};
use crate::story::attack::Attack;
use crate::story::key::Public;
use crate::story::letter::Message;
use crate::story::people::{Somebody, capital};
use crate::story::phone::{Phone, Said};
use crate::story::random::Random;
use crate::story::wire::{Address, Connection};

pub(crate) static ABOUT: About = About {
    id: "exchange",
    name: "code",
    title: "An exchange by code (PAKE)",
    what: "Elizabeth makes a code of a number and two words and tells it to David on the telephone. With it, both run a PAKE \
           (SPAKE2): the keys travel under a secret that only those have who know the code, and a code is good for one try.",
    fails: "The code is a secret until it is used. Who overhears it and is in the middle at that moment runs the exchange with \
            each; and so does who gives the code on the telephone with Elizabeth's voice. One guess in 65 536 is right.",
    shown: &[Attack::Guess, Attack::Overhear, Attack::Imitate],
};

/// The number of the place: in the story there is one.
const PLACE: u32 = 7;

/// Whether this person is to exchange by code.
pub(crate) fn is(me: &Somebody) -> bool {
    me.cure == Cure::Exchange
}

/// A random code.
pub(crate) fn code(random: &mut Random) -> io::Result<Code> {
    let mut octets = [0; 2];
    random.fill(&mut octets)?;
    Ok(Code::of(PLACE, octets))
}

/// The key as the exchange carries it.
pub(crate) fn offer(key: &Public) -> io::Result<Option<Offer>> {
    Offer::new(&key.spki(), &Hint::default()).map(Some).map_err(io::Error::other)
}

/// What a part of an exchange is, for the eye.
pub(crate) fn label(octets: &[u8]) -> String {
    let mut frames = Frames::default();
    frames.add(octets);
    let mut names = Vec::new();
    while let Ok(Some(message)) = frames.next(true) {
        names.push(match message {
            Part::Share { .. } => "share",
            Part::Confirm(_) => "proof",
            Part::Sealed(_) => "sealed",
            Part::End(_) => "stop",
        });
    }
    names.dedup();
    names.join(", ")
}

/// The key that an exchange brought.
pub(crate) fn brought(exchanged: &Exchanged) -> Option<Public> {
    Public::from_spki(&exchanged.received.as_ref()?.key.material)
}

/// Elizabeth makes the code, tells it, and exchanges; gives back the key that she takes for David's.
pub(crate) async fn elizabeth(
    me: &mut Somebody,
    way: Address,
    phone: &mut Phone,
    connection: &mut Option<Connection>,
) -> io::Result<Option<Public>> {
    let code = code(&mut me.random)?;
    me.log.scene("The call");
    me.log.step("Elizabeth calls David, and tells him a code that her computer made.");
    me.says("code");
    me.sees(format!("Says “{code}”."));
    phone.say(Said::Code(code.to_string())).await;
    let Some(Said::Same) = phone.hear().await? else {
        me.nothing_comes();
        return Ok(None);
    };
    me.log.scene("The exchange");
    me.log.step("They run the exchange, each with the code.");
    let connection = connection.insert(Connection::to(way).await?);
    let mut session = Session::open(&code, offer(&me.secret.public())?).map_err(io::Error::other)?;
    connection.write(&Message::Exchange(Vec::new())).await?;
    let theirs = run(me, &mut session, connection).await?;
    // David has his outcome before anything else is sent.
    match theirs {
        Some(theirs) => Ok(matches!(connection.read().await?, Some(Message::Exchange(_))).then_some(theirs)),
        None => Ok(None),
    }
}

/// David is told a code.
pub(crate) async fn told(me: &Somebody, phone: &mut Phone) -> io::Result<Option<Code>> {
    let Some(Said::Code(said)) = phone.hear().await? else { return Ok(None) };
    let code = Code::hear(&said).map_err(io::Error::other)?.code;
    me.sees(format!("Hears “{code}”, and types it in."));
    phone.say(Said::Same).await;
    Ok(Some(code))
}

/// David exchanges; gives back the key that he takes for Elizabeth's.
pub(crate) async fn david(
    me: &Somebody,
    code: &Code,
    connection: &mut Connection,
) -> io::Result<Option<Public>> {
    let mut session = Session::join(code, offer(&me.secret.public())?).map_err(io::Error::other)?;
    send(me, &mut session, connection).await?;
    let theirs = run(me, &mut session, connection).await?;
    if theirs.is_some() {
        connection.write(&Message::Exchange(Vec::new())).await?;
    }
    Ok(theirs)
}

async fn run(
    me: &Somebody,
    session: &mut Session,
    connection: &mut Connection,
) -> io::Result<Option<Public>> {
    while session.outcome().is_none() {
        match connection.read().await? {
            Some(Message::Exchange(part)) => session.input(&part),
            _ => session.stop(Stop::Closed),
        }
        // Written down before anything is sent on.
        if let Some(outcome) = session.outcome() {
            tell(me, outcome);
        }
        send(me, session, connection).await?;
    }
    Ok(session.outcome().and_then(|outcome| outcome.as_ref().ok()).and_then(brought))
}

async fn send(me: &Somebody, session: &mut Session, connection: &mut Connection) -> io::Result<()> {
    let part = session.output();
    if !part.is_empty() {
        me.sends(&label(&part));
        connection.write(&Message::Exchange(part)).await?;
    }
    Ok(())
}

fn tell(me: &Somebody, outcome: &Result<Exchanged, Failure>) {
    let they = capital(me.they());
    match outcome {
        Ok(exchanged) => match brought(exchanged) {
            Some(key) => me.sees(format!("The codes are the same. Gets the key {key} as {}'s.", me.other())),
            None => me.sees("The codes are the same, and no key of the story came."),
        },
        Err(Failure::CodesDiffer) => me.alarm(format!(
            "The codes differ: somebody in the middle guessed, or it was mistyped. The code is used up; {} stops.",
            me.they()
        )),
        Err(Failure::SaidToDiffer) => me.alarm(format!("Is told that the codes differ. {they} stops.")),
        Err(Failure::Changed) => me.alarm(format!("What came was changed on its way. {they} stops.")),
        Err(_) => me.sees(format!("The exchange breaks off, and no key came. {they} stops.")),
    }
}
