//! From the outbox to the channels.
//!
//! Each channel has a task of its own and sends one message at a time, so one that hangs holds up nobody else. What
//! was not taken is tried again with growing waits and jitter for a day; what was refused for good, four times within
//! half an hour. Every attempt of a message carries the same key.
//!
//! **At least once.** An alert counts as sent when its receiver said that it has it. When that answer is lost, or this
//! computer stops between the answer and the note of it, the alert is sent again under the same key.
//!
//! **Many at once.** On channels that people read, what was held back in quiet hours, and what piles up, goes as one
//! message. Its key is made from the keys of the alerts that it gathers. An alert of which it is not known whether it
//! arrived goes by itself. Channels that programs read get each alert by itself, always under its own key.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use midwatch_model::{Alert, AlertKind, Time};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::{Around, Channel, Failure, Message, backoff, clean, route, short_key};

/// How many entries may wait for one channel in memory. What is beyond is put back into the outbox.
const QUEUE: usize = 256;

/// How many alerts one message gathers at most.
const TOGETHER: usize = 100;

/// How long an entry waits that is put back, for its channel is busy or not there: at least and at most.
const BUSY: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(600));

/// How long a channel whose queue is full is waited for. One that only is slower than the outbox has room by then.
const PAUSE: Duration = Duration::from_secs(1);

/// An alert that is due on a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the outbox.
    pub id: i64,
    /// Its key.
    pub key: String,
    /// The channel's name.
    pub channel: String,
    /// How often it was tried, this time included.
    pub tries: u32,
    /// An earlier attempt ended without anybody knowing whether it arrived.
    pub uncertain: bool,
    /// What is said.
    pub alert: Alert,
}

/// Where alerts wait.
pub trait Outbox: Send + Sync + 'static {
    /// Entries that are due, marked as being sent, the attempt counted. The error is a sentence.
    fn take_due(&self, now: Time, limit: u32) -> impl Future<Output = Result<Vec<Entry>, String>> + Send;

    /// An entry's receiver has it.
    fn sent(&self, entry: &Entry, at: Time) -> impl Future<Output = Result<(), String>> + Send;

    /// An attempt failed, and when the next is due; none where it is given up.
    fn failed(
        &self,
        entry: &Entry,
        why: &str,
        again: Option<Time>,
    ) -> impl Future<Output = Result<(), String>> + Send;
}

/// How a pump works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How often it looks for what is due.
    pub every: Duration,
    /// How long one attempt may take, whatever the channel.
    pub limit: Duration,
    /// From how many alerts on that wait for one channel they go as one message.
    pub gather: usize,
    /// What time it is.
    pub clock: fn() -> Time,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            every: Duration::from_secs(1),
            limit: Duration::from_secs(120),
            gather: 5,
            clock: Time::now,
        }
    }
}

/// A running pump. Dropping it stops it at once, as a crash would.
#[derive(Debug)]
pub struct Pump {
    orders: mpsc::Sender<Order>,
    stop: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Order {
    Look,
    Replace(Vec<Channel>, Arc<Around>),
}

impl Pump {
    /// Begins to send what is due. Called within a runtime of tokio.
    pub fn start<O: Outbox>(
        outbox: Arc<O>,
        channels: Vec<Channel>,
        around: Arc<Around>,
        settings: Settings,
    ) -> Pump {
        let (orders, received) = mpsc::channel(16);
        let (stop, stopped) = watch::channel(false);
        let work = Work { outbox, settings, stop: stopped };
        let task = tokio::spawn(work.run(received, channels, around));
        Pump { orders, stop, task: Some(task) }
    }

    /// Looks for what is due now rather than at the next turn.
    pub fn wake(&self) {
        // Where 16 orders wait already, a look comes anyway.
        let _ = self.orders.try_send(Order::Look);
    }

    /// Goes on with these channels. What is under way on one that is no more ends there.
    pub async fn replace(&self, channels: Vec<Channel>, around: Arc<Around>) {
        let _ = self.orders.send(Order::Replace(channels, around)).await;
    }

    /// Begins nothing more, and waits until what is under way has ended, for so long at most. What did not begin is put
    /// back. What did not end is uncertain when the next pump starts.
    pub async fn stop(mut self, within: Duration) {
        let _ = self.stop.send(true);
        if let Some(mut task) = self.task.take()
            && timeout(within, &mut task).await.is_err()
        {
            task.abort();
        }
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// What the pump and its channels' tasks share.
struct Work<O> {
    outbox: Arc<O>,
    settings: Settings,
    stop: watch::Receiver<bool>,
}

impl<O> Clone for Work<O> {
    fn clone(&self) -> Self {
        Work { outbox: self.outbox.clone(), settings: self.settings.clone(), stop: self.stop.clone() }
    }
}

/// A channel's task, as the pump sees it.
struct Worker {
    queue: mpsc::Sender<Entry>,
    /// Its queue was full, and stayed so: it is not waited for until there is room.
    stalled: bool,
    channel: watch::Sender<(Channel, Arc<Around>)>,
    task: Task,
}

impl Worker {
    /// Room for one entry, or that there is none.
    async fn room(&mut self) -> Option<mpsc::Permit<'_, Entry>> {
        if self.stalled && self.queue.capacity() == 0 {
            return None;
        }
        let room = timeout(PAUSE, self.queue.reserve()).await;
        self.stalled = room.is_err();
        room.ok()?.ok()
    }
}

/// A task that ends with its owner.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<O: Outbox> Work<O> {
    async fn run(mut self, mut orders: mpsc::Receiver<Order>, channels: Vec<Channel>, around: Arc<Around>) {
        let mut workers: HashMap<String, Worker> = HashMap::new();
        // Of channels that are no more, while they end.
        let mut leaving: Vec<Task> = Vec::new();
        self.replace(&mut workers, &mut leaving, channels, around);
        let mut trouble = false;
        loop {
            if *self.stop.borrow() {
                break;
            }
            self.revive(&mut workers);
            let full = self.turn(&mut workers, &mut trouble).await;
            let order = tokio::select! {
                biased;
                _ = self.stop.wait_for(|stop| *stop) => break,
                order = orders.recv() => order,
                () = sleep(if full { Duration::ZERO } else { self.settings.every }) => Some(Order::Look),
            };
            match order {
                Some(Order::Look) => {}
                Some(Order::Replace(channels, around)) => {
                    self.replace(&mut workers, &mut leaving, channels, around);
                }
                // The handle is gone, and this task about to be.
                None => break,
            }
        }
        leaving.extend(workers.drain().map(|(_, worker)| worker.task));
        for mut task in leaving {
            let _ = (&mut task.0).await;
        }
    }

    fn replace(
        &self,
        workers: &mut HashMap<String, Worker>,
        leaving: &mut Vec<Task>,
        channels: Vec<Channel>,
        around: Arc<Around>,
    ) {
        leaving.retain(|task| !task.0.is_finished());
        let mut old = std::mem::take(workers);
        for channel in channels {
            let name = channel.name().to_owned();
            let worker = match old.remove(&name) {
                Some(worker) => {
                    worker.channel.send_replace((channel, around.clone()));
                    worker
                }
                None => self.worker(channel, around.clone()),
            };
            workers.insert(name, worker);
        }
        leaving.extend(old.into_values().map(|worker| worker.task));
    }

    /// Begins anew the tasks that have ended before their time, which a fault of midwatch alone can bring about: the other
    /// alerts of a channel do not wait for the next start.
    fn revive(&self, workers: &mut HashMap<String, Worker>) {
        for (name, worker) in workers.iter_mut().filter(|(_, worker)| worker.task.0.is_finished()) {
            tracing::error!(channel = %name, "the channel's task has ended, which is a fault of midwatch; it begins anew");
            let (channel, around) = worker.channel.borrow().clone();
            *worker = self.worker(channel, around);
        }
    }

    fn worker(&self, channel: Channel, around: Arc<Around>) -> Worker {
        let (queue, entries) = mpsc::channel(QUEUE);
        let (sender, receiver) = watch::channel((channel, around));
        let task = Task(tokio::spawn(self.clone().serve(entries, receiver)));
        Worker { queue, stalled: false, channel: sender, task }
    }

    /// Takes what is due and hands it to the channels. True where there may be more.
    async fn turn(&self, workers: &mut HashMap<String, Worker>, trouble: &mut bool) -> bool {
        let now = (self.settings.clock)();
        let limit = 64;
        let entries = match self.outbox.take_due(now, limit).await {
            Ok(entries) => entries,
            Err(error) => {
                // Once, and not each second.
                if !std::mem::replace(trouble, true) {
                    tracing::error!("alerts wait, for the outbox cannot be read: {error}");
                }
                return false;
            }
        };
        if std::mem::take(trouble) {
            tracing::info!("the outbox can be read again");
        }
        let full = entries.len() >= limit as usize;
        for entry in entries {
            let why = match workers.get_mut(&entry.channel) {
                Some(worker) => match worker.room().await {
                    Some(room) => {
                        room.send(entry);
                        continue;
                    }
                    None => "many alerts wait for this channel already".to_owned(),
                },
                None => {
                    let channel = clean::line(&entry.channel, 64);
                    format!("the configuration has no channel \"{channel}\" any more")
                }
            };
            // Not for ever: a channel that is not there may come back within the day.
            let again = backoff::again(entry.tries, false, None, since(&entry), now, random());
            let (least, most) = BUSY;
            let within = |again: Time| {
                let (soonest, latest) = (now.checked_add(least).ok()?, now.checked_add(most).ok()?);
                Some(again.clamp(soonest, latest))
            };
            self.note(&entry, &Noted::Failed { why, again: again.and_then(within) }).await;
        }
        full
    }

    /// Sends what comes for one channel, one message at a time.
    async fn serve(
        mut self,
        mut entries: mpsc::Receiver<Entry>,
        channel: watch::Receiver<(Channel, Arc<Around>)>,
    ) {
        loop {
            let first = tokio::select! {
                biased;
                _ = self.stop.wait_for(|stop| *stop) => None,
                entry = entries.recv() => entry,
            };
            let mut waiting: Vec<Entry> = first.into_iter().collect();
            while waiting.len() < TOGETHER
                && let Ok(entry) = entries.try_recv()
            {
                waiting.push(entry);
            }
            let stopping = *self.stop.borrow();
            if waiting.is_empty() {
                if stopping || entries.is_closed() {
                    return;
                }
                continue;
            }
            let many = if channel.borrow().0.gathers() { Some(self.settings.gather) } else { None };
            for batch in batches(waiting, many) {
                if *self.stop.borrow() {
                    let now = (self.settings.clock)();
                    for entry in batch {
                        let why = "midwatch was stopped before it was sent".to_owned();
                        self.note(&entry, &Noted::Failed { why, again: Some(now) }).await;
                    }
                    continue;
                }
                let (channel, around) = channel.borrow().clone();
                self.attempt(&channel, &around, &batch).await;
            }
        }
    }

    /// One attempt at one message.
    async fn attempt(&self, channel: &Channel, around: &Around, batch: &[Entry]) {
        let now = (self.settings.clock)();
        let Some(first) = batch.first() else { return };
        let gathered;
        let (key, alert) = match batch {
            [entry] => (entry.key.clone(), &entry.alert),
            _ => {
                let mut keys: Vec<&str> = batch.iter().map(|entry| entry.key.as_str()).collect();
                keys.sort_unstable();
                gathered = gather(batch);
                (format!("gathered/{}/{}", channel.name(), short_key(&keys.join("\n"))), &gathered)
            }
        };
        let message = Message { key: &key, now, alert };
        let ended = match timeout(self.settings.limit, channel.send(&message, around)).await {
            Ok(ended) => ended,
            Err(_) => Err(Failure::later("the channel did not end within its time")),
        };
        let ended_at = (self.settings.clock)();
        let noted = match ended {
            Ok(()) => Noted::Sent { at: ended_at },
            Err(failure) => {
                let (refused, after) = match &failure {
                    Failure::Later { after, .. } => (false, *after),
                    Failure::Refused { .. } => (true, None),
                };
                let tries = batch.iter().map(|entry| entry.tries).max().unwrap_or(1);
                let since = batch.iter().map(since).min().unwrap_or(now);
                let again = backoff::again(tries, refused, after, since, ended_at, random());
                let why = clean::line(failure.why(), 1000);
                if again.is_none() {
                    tracing::error!(channel = channel.name(), target = %first.alert.target,
                        "an alert is given up after {tries} attempts: {why}");
                } else {
                    tracing::warn!(channel = channel.name(), tries, "an alert was not taken: {why}");
                }
                Noted::Failed { why, again }
            }
        };
        for entry in batch {
            self.note(entry, &noted).await;
        }
    }

    /// Notes what became of an entry. What cannot be noted is tried again, for as long as the pump runs: an alert that
    /// was sent and is not noted would be sent again.
    async fn note(&self, entry: &Entry, noted: &Noted) {
        let mut wait = Duration::from_millis(100);
        let mut stop = self.stop.clone();
        let mut until: Option<Instant> = None;
        loop {
            let written = match noted {
                Noted::Sent { at } => self.outbox.sent(entry, *at).await,
                Noted::Failed { why, again } => self.outbox.failed(entry, why, *again).await,
            };
            let Err(error) = written else { return };
            tracing::error!("what became of an alert cannot be noted: {error}");
            // Once it is to stop, a few seconds more.
            if *stop.borrow() {
                let until = *until.get_or_insert(Instant::now() + Duration::from_secs(3));
                if timeout_at(until, sleep(wait)).await.is_err() {
                    return;
                }
            } else {
                let _ = timeout(wait, stop.wait_for(|stop| *stop)).await;
            }
            wait = (wait * 2).min(Duration::from_secs(30));
        }
    }
}

/// What became of an attempt.
enum Noted {
    Sent { at: Time },
    Failed { why: String, again: Option<Time> },
}

fn random() -> u8 {
    let mut byte = [128];
    // Without randomness, no jitter.
    let _ = getrandom::fill(&mut byte);
    byte.first().copied().unwrap_or(128)
}

/// From when on an entry has been due.
fn since(entry: &Entry) -> Time {
    route::held_until(&entry.key).map_or(entry.alert.at, |held| held.max(entry.alert.at))
}

/// Which entries go as one message. Those that may have arrived, tests and digests go by themselves; those that were
/// held back until the same time go together; so do the others where `many` of them or more wait. Without `many` each
/// goes by itself.
fn batches(entries: Vec<Entry>, many: Option<usize>) -> Vec<Vec<Entry>> {
    let Some(many) = many else { return entries.into_iter().map(|entry| vec![entry]).collect() };
    let mut alone = Vec::new();
    let mut held: BTreeMap<Time, Vec<Entry>> = BTreeMap::new();
    let mut others = Vec::new();
    for entry in entries {
        let single = entry.uncertain || matches!(entry.alert.kind, AlertKind::Test | AlertKind::Digest);
        match route::held_until(&entry.key) {
            _ if single => alone.push(vec![entry]),
            Some(until) => held.entry(until).or_default().push(entry),
            None => others.push(entry),
        }
    }
    alone.extend(held.into_values());
    if others.len() >= many.max(2) {
        alone.push(others);
    } else {
        alone.extend(others.into_iter().map(|entry| vec![entry]));
    }
    alone
}

/// One alert from several.
fn gather(batch: &[Entry]) -> Alert {
    let alerts: Vec<&Alert> = batch.iter().map(|entry| &entry.alert).collect();
    let worst = alerts.iter().max_by_key(|alert| alert.severity);
    let same = |part: fn(&Alert) -> &str| {
        let first = alerts.first().map(|alert| part(alert)).unwrap_or_default();
        if alerts.iter().all(|alert| part(alert) == first) { first.to_owned() } else { String::new() }
    };
    let mut events: Vec<_> = alerts.iter().flat_map(|alert| alert.events.iter().cloned()).collect();
    events.sort_by_key(|event| std::cmp::Reverse(event.change.severity));
    let mut lines = Vec::new();
    for alert in &alerts {
        if alert.events.is_empty() {
            lines.push(alert.title.clone());
        }
        for line in &alert.lines {
            lines.push(if alert.name.is_empty() { line.clone() } else { format!("{}: {line}", alert.name) });
        }
    }
    let held = batch.iter().all(|entry| route::held_until(&entry.key).is_some());
    let title = worst.map(|alert| alert.title.as_str()).unwrap_or_default();
    Alert {
        schema: midwatch_model::ALERT_SCHEMA.to_owned(),
        at: alerts.iter().map(|alert| alert.at).max().unwrap_or_default(),
        kind: if alerts.iter().all(|alert| alert.kind == AlertKind::Silence) {
            AlertKind::Silence
        } else {
            AlertKind::Changes
        },
        target: same(|alert| &alert.target),
        name: same(|alert| &alert.name),
        severity: worst.map_or(midwatch_model::Severity::Info, |alert| alert.severity),
        title: format!(
            "{} alerts{}, the worst: {title}",
            alerts.len(),
            if held { " from quiet hours" } else { "" }
        ),
        events,
        lines,
    }
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
