//! From a look to what is kept of it: what changed, which events that makes, and who is told.

use std::time::Duration;

use midwatch_judge::{Fold, Looked, changes, fold, memos};
use midwatch_model::{Change, Event, EventState, Memo, Remembered, Severity, State, TargetReport, Time};
use midwatch_store::StoreError;
use midwatch_store::watch::{EventNews, Ledger, Look, LookLine, WatchTarget};

use crate::config::Config;
use crate::{first, routing, silence};

/// How long an event stands for what goes back and forth. [`midwatch_judge::fold`] has the rule.
const FOLDED: Duration = Duration::from_secs(24 * 3600);

/// A look that has ended.
#[derive(Debug)]
pub struct Ended {
    /// Whom it was at.
    pub target: WatchTarget,
    /// When it began.
    pub started: Time,
    /// When it ended.
    pub ended: Time,
    /// What it saw.
    pub report: TargetReport,
    /// When the next one is due.
    pub next: Time,
}

/// What was kept.
#[derive(Debug)]
pub struct Kept {
    /// The numbers of the events that are new.
    pub events: Vec<i64>,
    /// The worst finding.
    pub worst: Option<Severity>,
}

/// Keeps a look with everything that follows from it, all or nothing.
///
/// # Errors
/// [`StoreError`]; then nothing is kept, and the same can be tried again.
pub fn remember(ledger: &mut Ledger, look: &Ended, config: &Config) -> Result<Kept, StoreError> {
    let id = look.target.id.as_str();
    let memos = memos(&look.report);
    let news = news(ledger, look, &memos, config)?;
    let fresh: Vec<Event> = news
        .iter()
        .filter_map(|news| match news {
            EventNews::New(event) => Some(event.clone()),
            EventNews::Again { .. } => None,
        })
        .collect();
    let alerts = routing::changes(config, &look.target, look.started, &fresh, look.ended);
    let recorded = ledger.record(&Look {
        target: id,
        started: look.started,
        ended: look.ended,
        report: &look.report,
        memos: &memos,
        events: &news,
        alerts: &alerts,
        next: look.next,
    })?;
    let worst = look.report.findings.iter().map(|finding| finding.severity).max();
    Ok(Kept { events: recorded.events, worst })
}

/// The events of a look. The first look at a target has no changes: there is nothing to hold it against.
fn news(
    ledger: &mut Ledger,
    look: &Ended,
    memos: &[Memo],
    config: &Config,
) -> Result<Vec<EventNews>, StoreError> {
    let id = look.target.id.as_str();
    let (histories, lines) = (ledger.memory(id)?, ledger.looks(id, silence::PATIENCE)?);
    // What a target's name leads to can be known although the target itself never answered; the checks have nothing then.
    let known =
        histories.iter().any(|history| matches!(history.latest.memo.what, Remembered::Findings { .. }));
    let silence = silence::change(&look.target, &look.report, &lines, known);
    let mut met: Vec<Change> = silence.into_iter().collect();
    if histories.is_empty() {
        met.extend(first::change(&look.report, config));
    } else {
        met.extend(changes(&Looked { histories: &histories, memos, now: look.ended }));
    }
    if met.is_empty() {
        return Ok(Vec::new());
    }
    let recent = ledger.recent_events(id, before(look.ended, FOLDED))?;
    let mut news = Vec::with_capacity(met.len());
    for change in met {
        match fold(&recent, &change, look.ended) {
            Fold::Again { id, went_back } => news.push(EventNews::Again { id, at: look.ended, went_back }),
            Fold::New => news.push(EventNews::New(event(id, change, look.ended))),
        }
    }
    Ok(news)
}

fn event(target: &str, change: Change, now: Time) -> Event {
    Event {
        id: 0,
        target: target.to_owned(),
        change,
        at: now,
        last: now,
        times: 1,
        went_back: false,
        state: EventState::Open,
    }
}

/// So long before.
fn before(now: Time, time: Duration) -> Time {
    now.checked_sub(time).unwrap_or(Time::MIN)
}

/// True where a look learnt nothing.
pub(crate) fn is_silent(line: &LookLine) -> bool {
    line.state == State::NotMeasured
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use midwatch_model::{AlertKind, Host, Target};
    use midwatch_store::watch::{Origin, Place};

    use super::*;
    use crate::alert::journald::JournaldChannel;
    use crate::alert::{ChannelKind, testing};
    use crate::config::ChannelEntry;
    use crate::config::channel::Common;

    fn channel(name: &str, threshold: Option<Severity>) -> ChannelEntry {
        let common = Common {
            name: name.to_owned(),
            threshold,
            quiet: None,
            urgent: None,
            digest: false,
            alerts: true,
            tags: Vec::new(),
        };
        ChannelEntry { common, kind: ChannelKind::Journald(JournaldChannel::default()) }
    }

    fn target() -> WatchTarget {
        let host = Host::Name("shop.example".to_owned());
        let input = "shop.example:443".to_owned();
        WatchTarget {
            id: "shop".to_owned(),
            name: "The shop".to_owned(),
            target: Target::Tls { input, host, port: 443, sni: None, starttls: None },
            origin: Origin::File,
            every: 3600,
            paused: false,
            added: testing::now(),
            tags: Vec::new(),
        }
    }

    /// What channels are told of looks that answer or do not, an hour apart: kind, title and channel.
    fn told(answers: &[bool]) -> Vec<(AlertKind, String, String)> {
        let directory = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(&Place::File(directory.path().join("watch.sqlite"))).unwrap();
        let target = target();
        ledger.put_targets(std::slice::from_ref(&target)).unwrap();
        let channels = vec![channel("usual", None), channel("bad", Some(Severity::High))];
        let config = Config { channels, ..Config::default() };
        for (hour, is_answer) in (0_i64..).zip(answers) {
            let started = testing::now() + SignedDuration::from_hours(hour);
            let (state, error) = match is_answer {
                true => (State::Measured, None),
                false => (State::NotMeasured, Some("no answer within 10 seconds".to_owned())),
            };
            let report = TargetReport {
                target: target.target.clone(),
                state,
                error,
                observations: Vec::new(),
                findings: Vec::new(),
                attacks: Vec::new(),
                path: Vec::new(),
            };
            let look = Ended { target: target.clone(), started, ended: started, report, next: started };
            remember(&mut ledger, &look, &config).unwrap();
        }
        let mut outbox = ledger.outbox(100).unwrap();
        outbox.reverse();
        outbox.into_iter().map(|entry| (entry.alert.kind, entry.alert.title, entry.channel)).collect()
    }

    #[test]
    fn whoever_is_told_of_a_silence_is_told_of_its_end() {
        let (silence, usual) = (AlertKind::Silence, "usual".to_owned());
        let begun = (silence, "The shop cannot be measured".to_owned(), usual.clone());
        let ended = (silence, "The shop can be measured again".to_owned(), usual);
        assert_eq!(told(&[true, false, false]), [], "one or two answers may be lost");
        assert_eq!(told(&[true, false, false, true]), []);
        let both = [begun, ended];
        assert_eq!(told(&[true, false, false, false, false, false]), both[..1], "once");
        assert_eq!(told(&[true, false, false, false, true, true]), both);
        assert_eq!(told(&[true, false, false, false, false, false, true]), both);
    }

    #[test]
    fn a_target_that_never_answered_has_not_fallen_silent() {
        assert_eq!(told(&[false, false, false, false, false, true, true]), []);
    }
}
