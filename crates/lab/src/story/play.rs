//! Plays one attack against one cure, with everybody as a task on loopback, and says what came of it.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use midwatch_model::{Person, StoryPlay, StoryResult, StoryVerdict};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::attack::Attack;
use super::cures::Cure;
use super::cures::certificate::Authority;
use super::jessica::{Jessica, Tap};
use super::key::Secret;
use super::log::{Log, Record};
use super::people::{Somebody, david, elizabeth, other, text};
use super::phone::line;
use super::random::Random;
use super::wire::Door;

/// No meeting takes longer.
const DEADLINE: Duration = Duration::from_secs(60);

/// Plays it.
///
/// # Errors
/// Where loopback or the system's random bytes cannot be had, or a task does not end.
pub async fn play(attack: Attack, cure: Cure, random: &Random) -> io::Result<StoryPlay> {
    let log = Log::default();
    let random = random.branch(&format!("{} {cure}", attack.id()));
    let authority = Authority::new("the authority of the story")?;
    let mut elizabeth = somebody(Person::Elizabeth, attack, cure, &authority, &log, &random)?;
    let mut david = somebody(Person::David, attack, cure, &authority, &log, &random)?;
    let authority = Arc::new(authority);
    let hers = match attack {
        Attack::MisIssue => authority.clone(),
        _ => Arc::new(Authority::new("the authority of the story")?),
    };
    let mut jessica = Jessica::new(attack, cure, hers, log.clone(), random.branch("jessica"))?;
    for meeting in 1..=attack.meetings() {
        if attack.meetings() > 1 {
            log.scene(if meeting == 1 { "The first meeting" } else { "The second meeting" });
        }
        if attack == Attack::NewKey && meeting == 2 {
            david.renew(&authority)?;
        }
        jessica.swaps = attack.swaps(meeting);
        jessica.meeting = meeting;
        let together = timeout(DEADLINE, meet(elizabeth, jessica, david, meeting)).await;
        (elizabeth, jessica, david) = together.map_err(|_| io::ErrorKind::TimedOut)??;
    }
    let record = log.take();
    if attack.is_active() && !record.tried {
        return Err(io::Error::other(format!("'{}' was not carried out against '{cure}'", attack.id())));
    }
    let result = result(attack, &record);
    Ok(StoryPlay { attack: attack.id().to_owned(), title: attack.title(), scenes: record.scenes, result })
}

fn somebody(
    who: Person,
    attack: Attack,
    cure: Cure,
    authority: &Authority,
    log: &Log,
    random: &Random,
) -> io::Result<Somebody> {
    let mut random = random.branch(who.name());
    let secret = Secret::new(&mut random)?;
    let certificate = match cure {
        Cure::Certificate => Some(authority.certify(who, &secret.public())?),
        _ => None,
    };
    Ok(Somebody {
        who,
        secret,
        cure,
        certificate,
        authority: authority.certificate(),
        remembered: None,
        hurried: attack == Attack::LookAlike,
        used_to_warnings: attack == Attack::Excuse,
        line_to: if attack.on_the_line() { Person::Jessica } else { other(who) },
        log: log.clone(),
        random,
    })
}

/// One meeting, each in a task of their own.
async fn meet(
    elizabeth: Somebody,
    jessica: Jessica,
    david: Somebody,
    meeting: usize,
) -> io::Result<(Somebody, Jessica, Somebody)> {
    let (way, door) = (Door::open().await?, Door::open().await?);
    let (to_jessica, to_david) = (way.address()?, door.address()?);
    let (mut hers, mut his, mut tap) = (None, None, None);
    if elizabeth.cure.telephones() {
        let (elizabeth_s, far) = line();
        hers = Some(elizabeth_s);
        if jessica.attack.on_the_line() {
            let (near, david_s) = line();
            tap = Some(Tap { elizabeth: far, david: near });
            his = Some(david_s);
        } else {
            his = Some(far);
        }
    }
    let between = Task(tokio::spawn(jessica.relay(way, to_david, tap)));
    let answers = Task(tokio::spawn(david::meet(david, door, his, text(Person::David, meeting))));
    let asks =
        Task(tokio::spawn(elizabeth::meet(elizabeth, to_jessica, hers, text(Person::Elizabeth, meeting))));
    Ok((asks.end().await?, between.end().await?, answers.end().await?))
}

/// A task that ends with its owner.
struct Task<T>(JoinHandle<io::Result<T>>);

impl<T> Task<T> {
    async fn end(mut self) -> io::Result<T> {
        (&mut self.0).await.map_err(io::Error::other)?
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What came of it, from what happened and nothing else.
fn result(attack: Attack, record: &Record) -> StoryResult {
    let seen_by: Vec<Person> = record.alarmed.iter().copied().collect();
    let read = record.read.clone();
    let believed = falsely(record);
    let verdict = match (attack, seen_by.is_empty(), read.is_empty() && believed.is_empty()) {
        (Attack::NewKey, true, _) => StoryVerdict::Quiet,
        (Attack::NewKey, false, _) => StoryVerdict::FalseAlarm,
        (_, _, true) => StoryVerdict::Stopped,
        (_, _, false) => StoryVerdict::NotStopped,
    };
    let sentence = sentence(verdict, &seen_by, !read.is_empty(), !believed.is_empty(), record);
    StoryResult { verdict, seen_by, read, believed, sentence }
}

/// Texts that somebody believed to be the other's, beyond what the other wrote.
fn falsely(record: &Record) -> Vec<String> {
    let mut written: BTreeMap<(Person, &str), usize> = BTreeMap::new();
    for (who, text) in &record.wrote {
        *written.entry((*who, text)).or_default() += 1;
    }
    let mut false_ones = Vec::new();
    for (who, text) in &record.believed {
        match written.get_mut(&(other(*who), text.as_str())) {
            Some(left) if *left > 0 => *left -= 1,
            _ => false_ones.push(text.clone()),
        }
    }
    false_ones
}

fn sentence(
    verdict: StoryVerdict,
    seen_by: &[Person],
    read: bool,
    believed: bool,
    record: &Record,
) -> String {
    let see = match seen_by {
        [] => None,
        [one] => Some(format!("{one} sees that something is wrong")),
        _ => Some("Both see that something is wrong".to_owned()),
    };
    let alarmed = see.clone().unwrap_or_default();
    match verdict {
        StoryVerdict::NotStopped => {
            let what = match (read, believed) {
                (true, true) => "Jessica reads and changes what they write, and both are content.",
                (true, false) => "Jessica reads what they write.",
                _ => "David believes an old letter once more, and answers it.",
            };
            match see {
                Some(see) => format!("{what} {see}, too late."),
                None => what.to_owned(),
            }
        }
        StoryVerdict::Stopped if seen_by.is_empty() => {
            "The letters arrive as they were written; Jessica reads none of them.".to_owned()
        }
        StoryVerdict::Stopped if record.wrote.is_empty() => format!("{alarmed}, and no letter is written."),
        StoryVerdict::Stopped => format!("{alarmed}, and nothing false is believed."),
        StoryVerdict::FalseAlarm => format!("{alarmed}, and nobody attacked."),
        StoryVerdict::Quiet => "The new key is taken, and nobody is alarmed.".to_owned(),
        StoryVerdict::DoesNotApply => "This cure has nothing that the attack could work on.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(wrote: &[(Person, &str)], believed: &[(Person, &str)]) -> Record {
        let own = |all: &[(Person, &str)]| all.iter().map(|(who, text)| (*who, (*text).to_owned())).collect();
        Record { wrote: own(wrote), believed: own(believed), ..Record::default() }
    }

    #[test]
    fn what_was_not_written_or_not_so_often_is_falsely_believed() {
        use Person::{David, Elizabeth};
        let honest = record(&[(Elizabeth, "a"), (David, "b")], &[(David, "a"), (Elizabeth, "b")]);
        assert_eq!(falsely(&honest), [""; 0]);
        let changed = record(&[(Elizabeth, "a")], &[(David, "x")]);
        assert_eq!(falsely(&changed), ["x"]);
        let twice = record(&[(Elizabeth, "a")], &[(David, "a"), (David, "a")]);
        assert_eq!(falsely(&twice), ["a"]);
        let own = record(&[(Elizabeth, "a")], &[(Elizabeth, "a")]);
        assert_eq!(falsely(&own), ["a"], "her own letter is not from David");
    }
}
