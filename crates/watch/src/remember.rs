//! From a look to what is kept of it: what changed, which events that makes, and who is told.

use std::time::Duration;

use midwatch_judge::{Fold, Looked, changes, fold, memos};
use midwatch_model::{Change, Event, EventState, Memo, Severity, State, TargetReport, Time};
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
    let mut met: Vec<Change> = silence::change(&look.target, &look.report, &lines).into_iter().collect();
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
