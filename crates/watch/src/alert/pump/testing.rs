//! Channels and an outbox that the tests make.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::*;
use crate::alert::http::Boxed;

/// A channel made by a test.
pub(crate) trait Made: Send + Sync {
    /// Whether several alerts go as one message.
    fn gathers(&self) -> bool {
        true
    }

    /// One attempt.
    fn send(&self, key: String, alert: Alert) -> Boxed<'static, Result<(), Failure>>;
}

impl<F> Made for F
where
    F: Fn(String, Alert) -> Boxed<'static, Result<(), Failure>> + Send + Sync,
{
    fn send(&self, key: String, alert: Alert) -> Boxed<'static, Result<(), Failure>> {
        self(key, alert)
    }
}

/// An outbox in memory, by the rules of the ledger's.
#[derive(Default)]
pub(crate) struct Box {
    pub(crate) rows: Mutex<BTreeMap<i64, Row>>,
    /// While true, nothing can be noted or taken.
    pub(crate) away: std::sync::atomic::AtomicBool,
}

#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) entry: Entry,
    pub(crate) due: Time,
    pub(crate) state: State,
    pub(crate) errors: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Waiting,
    Sending,
    Sent,
    GivenUp,
}

impl Box {
    pub(crate) fn put(&self, channel: &str, key: &str, alert: &Alert, due: Time) -> i64 {
        let mut rows = self.rows.lock().unwrap();
        let id = rows.len() as i64 + 1;
        let entry = Entry {
            id,
            key: key.to_owned(),
            channel: channel.to_owned(),
            tries: 0,
            uncertain: false,
            alert: alert.clone(),
        };
        rows.insert(id, Row { entry, due, state: State::Waiting, errors: Vec::new() });
        id
    }

    /// What the ledger does when it is opened after a crash.
    pub(crate) fn release(&self) {
        for row in self.rows.lock().unwrap().values_mut() {
            if row.state == State::Sending {
                row.state = State::Waiting;
                row.entry.uncertain = true;
            }
        }
    }

    pub(crate) fn states(&self) -> Vec<State> {
        self.rows.lock().unwrap().values().map(|row| row.state).collect()
    }

    pub(crate) fn row(&self, id: i64) -> Row {
        self.rows.lock().unwrap()[&id].clone()
    }

    fn there(&self) -> Result<(), String> {
        match self.away.load(std::sync::atomic::Ordering::SeqCst) {
            true => Err("the database is away".to_owned()),
            false => Ok(()),
        }
    }
}

impl Outbox for Box {
    async fn take_due(&self, now: Time, limit: u32) -> Result<Vec<Entry>, String> {
        self.there()?;
        let mut rows = self.rows.lock().unwrap();
        let due = rows.values_mut().filter(|row| row.state == State::Waiting && row.due <= now);
        Ok(due
            .take(limit as usize)
            .map(|row| {
                row.state = State::Sending;
                row.entry.tries += 1;
                row.entry.clone()
            })
            .collect())
    }

    async fn sent(&self, entry: &Entry, _: Time) -> Result<(), String> {
        self.there()?;
        self.rows.lock().unwrap().get_mut(&entry.id).unwrap().state = State::Sent;
        Ok(())
    }

    async fn failed(&self, entry: &Entry, why: &str, again: Option<Time>) -> Result<(), String> {
        self.there()?;
        let mut rows = self.rows.lock().unwrap();
        let row = rows.get_mut(&entry.id).unwrap();
        row.errors.push(why.to_owned());
        match again {
            Some(again) => (row.state, row.due) = (State::Waiting, again),
            None => row.state = State::GivenUp,
        }
        Ok(())
    }
}
