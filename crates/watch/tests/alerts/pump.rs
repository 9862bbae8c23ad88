//! The pump with real channels: a receiver that is away for a while, and one that never answers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use midwatch_model::{Alert, Time};
use midwatch_testbed::hostile::{Behaviour, Hostile};
use midwatch_testbed::{free_port, wait_until};
use midwatch_watch::alert::pump::{Entry, Outbox, Pump, Settings};
use midwatch_watch::alert::{Channel, ChannelKind};

use crate::http::{Receiver, SECRET, webhook};
use crate::{patient, sample};

/// An outbox in memory.
#[derive(Default)]
struct Waiting(Mutex<BTreeMap<i64, Row>>);

#[derive(Clone)]
struct Row {
    entry: Entry,
    due: Option<Time>,
    sent: bool,
    errors: Vec<String>,
}

impl Waiting {
    fn put(&self, channel: &str, key: &str, alert: Alert) -> i64 {
        let mut rows = self.0.lock().unwrap();
        let id = rows.len() as i64 + 1;
        let (key, channel) = (key.to_owned(), channel.to_owned());
        let entry = Entry { id, key, channel, tries: 0, uncertain: false, alert };
        rows.insert(id, Row { entry, due: Some(Time::UNIX_EPOCH), sent: false, errors: Vec::new() });
        id
    }

    fn row(&self, id: i64) -> Row {
        self.0.lock().unwrap()[&id].clone()
    }
}

impl Outbox for Waiting {
    async fn take_due(&self, now: Time, limit: u32) -> Result<Vec<Entry>, String> {
        let mut rows = self.0.lock().unwrap();
        let due = rows.values_mut().filter(|row| row.due.is_some_and(|due| due <= now));
        let taken = due.take(limit as usize).map(|row| {
            row.due = None;
            row.entry.tries += 1;
            row.entry.clone()
        });
        Ok(taken.collect())
    }

    async fn sent(&self, entry: &Entry, _: Time) -> Result<(), String> {
        self.0.lock().unwrap().get_mut(&entry.id).unwrap().sent = true;
        Ok(())
    }

    async fn failed(&self, entry: &Entry, why: &str, again: Option<Time>) -> Result<(), String> {
        let mut rows = self.0.lock().unwrap();
        let row = rows.get_mut(&entry.id).unwrap();
        row.errors.push(why.to_owned());
        row.due = again;
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_outlives_its_receiver() {
    let (port, hanging) = (free_port(), Hostile::start(Behaviour::NeverAnswers));
    let channel = |name: &str, port: u16| {
        let settings = webhook(&format!("http://127.0.0.1:{port}/"), "");
        let kind: ChannelKind = toml::from_str(&settings).expect("settings of a channel");
        Channel::new(name, &kind).expect("a channel")
    };
    let outbox = Arc::new(Waiting::default());
    let channels = vec![channel("away", port), channel("hangs", hanging.port())];
    let settings = Settings { every: Duration::from_millis(20), ..Settings::default() };
    let pump = Pump::start(outbox.clone(), channels, Arc::new(patient()), settings);
    let stuck = outbox.put("hangs", "changes/shop/0/hangs", sample::issuer());
    let id = outbox.put("away", "changes/shop/1/away", sample::issuer());
    let within = Duration::from_secs(20);
    assert!(wait_until(within, || !outbox.row(id).errors.is_empty()));
    assert!(
        outbox.row(id).errors[0].starts_with("no connection to 127.0.0.1"),
        "{:?}",
        outbox.row(id).errors
    );

    let receiver = Receiver::at(port, SECRET, None);
    // The next attempt comes after some five seconds, signed for its own time.
    assert!(wait_until(within, || outbox.row(id).sent), "{:?}", outbox.row(id).errors);
    let seen = receiver.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(
        (&seen[0]["verified"], &seen[0]["body"]["key"]),
        (&true.into(), &"changes/shop/1/away".into())
    );
    pump.stop(Duration::from_secs(2)).await;
    // What hangs is neither sent nor failed: whoever starts next finds that it may have arrived.
    let stuck = outbox.row(stuck);
    assert!(!stuck.sent && stuck.errors.is_empty() && stuck.due.is_none());
    assert_eq!(hanging.connections(), 1);
}
