//! The ledger's outbox, as the pump takes from it.

use midwatch_model::Time;

use crate::alert::pump::{Entry, Outbox};
use crate::memory::Memory;
use crate::service::metrics::{Delivery, Metrics};

/// The outbox of a ledger.
#[derive(Clone)]
pub(crate) struct LedgerOutbox {
    /// The ledger.
    pub(crate) memory: Memory,
    /// Where attempts are counted.
    pub(crate) metrics: Metrics,
}

impl Outbox for LedgerOutbox {
    async fn take_due(&self, now: Time, limit: u32) -> Result<Vec<Entry>, String> {
        let taken = self.memory.run(move |ledger| ledger.take_due(now, limit)).await;
        let taken = taken.map_err(|error| error.to_string())?;
        let entry = |entry: midwatch_store::watch::OutboxEntry| Entry {
            id: entry.id,
            key: entry.key,
            channel: entry.channel,
            tries: entry.tries,
            uncertain: entry.uncertain,
            alert: entry.alert,
        };
        Ok(taken.into_iter().map(entry).collect())
    }

    async fn sent(&self, entry: &Entry, at: Time) -> Result<(), String> {
        self.metrics.alert(&entry.channel, Delivery::Sent);
        let id = entry.id;
        self.memory.insist(move |ledger| ledger.sent(id, at)).await.map_err(|error| error.to_string())
    }

    async fn failed(&self, entry: &Entry, why: &str, again: Option<Time>) -> Result<(), String> {
        let delivery = if again.is_some() { Delivery::Failed } else { Delivery::GivenUp };
        self.metrics.alert(&entry.channel, delivery);
        let (id, why) = (entry.id, why.to_owned());
        let kept = self.memory.insist(move |ledger| ledger.failed(id, &why, again)).await;
        kept.map_err(|error| error.to_string())
    }
}
