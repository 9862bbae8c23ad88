use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use super::testing::{Box as Waiting, State};
use super::*;
use crate::alert::http::Boxed;
use crate::alert::testing as made;

/// What a channel of the tests was given: key and title.
type Taken = Arc<Mutex<Vec<(String, String)>>>;

fn channel(
    name: &str,
    answer: impl Fn(usize) -> Result<(), Failure> + Send + Sync + 'static,
) -> (Channel, Taken) {
    let taken = Taken::default();
    let (kept, count) = (taken.clone(), AtomicUsize::new(0));
    let send = move |key: String, alert: Alert| -> Boxed<'static, Result<(), Failure>> {
        kept.lock().unwrap().push((key, alert.title));
        let answer = answer(count.fetch_add(1, Ordering::SeqCst));
        Box::pin(async move { answer })
    };
    (Channel::made(name, Arc::new(send)), taken)
}

fn hanging(name: &str) -> (Channel, Arc<AtomicUsize>) {
    let begun = Arc::new(AtomicUsize::new(0));
    let count = begun.clone();
    let send = move |_: String, _: Alert| -> Boxed<'static, Result<(), Failure>> {
        count.fetch_add(1, Ordering::SeqCst);
        Box::pin(std::future::pending())
    };
    (Channel::made(name, Arc::new(send)), begun)
}

fn start(outbox: &Arc<Waiting>, channels: Vec<Channel>, settings: Settings) -> Pump {
    Pump::start(outbox.clone(), channels, Arc::new(Around::new("watch.example")), settings)
}

fn quick() -> Settings {
    Settings { every: Duration::from_millis(10), clock: made::now, ..Settings::default() }
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..2000 {
        if holds() {
            return;
        }
        sleep(Duration::from_millis(5)).await;
    }
    panic!("not within ten seconds: {what}");
}

#[tokio::test]
async fn one_that_hangs_holds_up_nobody() {
    let outbox = Arc::new(Waiting::default());
    let (hangs, begun) = hanging("hangs");
    let (works, taken) = channel("works", |_| Ok(()));
    // More than wait in memory for one channel.
    for index in 0..QUEUE + 150 {
        outbox.put("hangs", &format!("h{index}"), &made::issuer(), made::now());
    }
    let last = outbox.put("works", "w", &made::issuer(), made::now());
    let pump = start(&outbox, vec![hangs, works], quick());
    until("the other alert is sent", || outbox.row(last).state == State::Sent).await;
    assert_eq!(taken.lock().unwrap().as_slice(), [("w".to_owned(), made::issuer().title)]);
    assert_eq!(begun.load(Ordering::SeqCst), 1);
    // What was too much is put back, and not given up.
    until("the rest is put back", || {
        outbox
            .rows
            .lock()
            .unwrap()
            .values()
            .any(|row| row.errors == ["many alerts wait for this channel already"])
    })
    .await;
    assert!(!outbox.states().contains(&State::GivenUp));
    let before = std::time::Instant::now();
    pump.stop(Duration::from_millis(100)).await;
    assert!(before.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn what_is_not_taken_is_tried_again_with_the_same_key() {
    static NOW: AtomicU64 = AtomicU64::new(0);
    let outbox = Arc::new(Waiting::default());
    let (flaky, taken) =
        channel("flaky", |count| if count < 5 { Err(Failure::later("not now")) } else { Ok(()) });
    let id = outbox.put("flaky", "k", &made::issuer(), made::now());
    // Each turn is an hour later.
    let clock = || {
        let hours = NOW.fetch_add(1, Ordering::SeqCst) as i64;
        made::now() + jiff::SignedDuration::from_mins(hours * 20)
    };
    let pump = start(&outbox, vec![flaky], Settings { clock, ..quick() });
    until("it is sent", || outbox.row(id).state == State::Sent).await;
    assert_eq!(outbox.row(id).errors, ["not now"; 5]);
    let keys: Vec<String> = taken.lock().unwrap().iter().map(|(key, _)| key.clone()).collect();
    assert_eq!(keys, ["k"; 6]);
    pump.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn refusals_are_given_up_with_the_reason() {
    static NOW: AtomicU64 = AtomicU64::new(0);
    let outbox = Arc::new(Waiting::default());
    let (refuses, taken) = channel("refuses", |_| Err(Failure::refused("hook.example answers 404")));
    let id = outbox.put("refuses", "k", &made::issuer(), made::now());
    let gone = outbox.put("gone", "g", &made::issuer(), made::now());
    let clock = || {
        let turns = NOW.fetch_add(1, Ordering::SeqCst) as i64;
        made::now() + jiff::SignedDuration::from_hours(turns)
    };
    let pump = start(&outbox, vec![refuses], Settings { clock, ..quick() });
    until("it is given up", || outbox.row(id).state == State::GivenUp).await;
    assert_eq!(taken.lock().unwrap().len(), 4);
    assert_eq!(outbox.row(id).errors, ["hook.example answers 404"; 4]);
    // A channel that is not there is waited for, for a day.
    until("it is given up too", || outbox.row(gone).state == State::GivenUp).await;
    let row = outbox.row(gone);
    assert!(row.entry.tries >= 10, "{row:?}");
    assert_eq!(row.errors[0], "the configuration has no channel \"gone\" any more");
    pump.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn what_was_held_back_goes_as_one_message() {
    let outbox = Arc::new(Waiting::default());
    let (works, taken) = channel("mail", |_| Ok(()));
    let mut worst = made::several();
    worst.severity = midwatch_model::Severity::Critical;
    worst.target = "other".to_owned();
    for (index, alert) in [made::issuer(), worst, made::issuer()].iter().enumerate() {
        let key = format!("held/2026-11-30T02:00:00Z/changes/{index}/mail");
        outbox.put("mail", &key, alert, made::now());
    }
    outbox.put("mail", "now", &made::issuer(), made::now());
    let pump = start(&outbox, vec![works], quick());
    until("all are sent", || outbox.states() == [State::Sent; 4]).await;
    let taken = taken.lock().unwrap().clone();
    assert_eq!(taken.len(), 2, "{taken:?}");
    let (key, title) = &taken[0];
    assert!(key.starts_with("gathered/mail/"), "{key}");
    assert_eq!(title, "3 alerts from quiet hours, the worst: The shop: 2 changes");
    pump.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn many_go_together_and_uncertain_ones_alone() {
    let outbox = Arc::new(Waiting::default());
    let (works, taken) = channel("mail", |_| Ok(()));
    for index in 0..20 {
        let id = outbox.put("mail", &format!("k{index:02}"), &made::issuer(), made::now());
        if index < 2 {
            outbox.rows.lock().unwrap().get_mut(&id).unwrap().entry.uncertain = true;
        }
    }
    let test = outbox.put("mail", "test", &made::test(), made::now());
    let pump = start(&outbox, vec![works], quick());
    until("all are sent", || outbox.states() == [State::Sent; 21]).await;
    assert_eq!(outbox.row(test).state, State::Sent);
    let keys: Vec<String> = taken.lock().unwrap().iter().map(|(key, _)| key.clone()).collect();
    for alone in ["k00", "k01", "test"] {
        assert!(keys.iter().any(|key| key == alone), "{keys:?}");
    }
    assert!(keys.len() < 10, "{keys:?}");
    pump.stop(Duration::from_secs(5)).await;
}

/// A channel that programs read.
struct Program(Taken);

impl super::testing::Made for Program {
    fn gathers(&self) -> bool {
        false
    }

    fn send(&self, key: String, alert: Alert) -> Boxed<'static, Result<(), Failure>> {
        self.0.lock().unwrap().push((key, alert.title));
        Box::pin(std::future::ready(Ok(())))
    }
}

#[tokio::test]
async fn programs_get_each_alert_under_its_own_key_however_many_there_are() {
    let outbox = Arc::new(Waiting::default());
    let taken = Taken::default();
    let hook = Channel::made("hook", Arc::new(Program(taken.clone())));
    let keys: Vec<String> = (0..3 * QUEUE)
        .map(|index| match index % 2 {
            0 => format!("held/2026-11-30T02:00:00Z/changes/{index}/hook"),
            _ => format!("changes/{index}/hook"),
        })
        .collect();
    for key in &keys {
        outbox.put("hook", key, &made::issuer(), made::now());
    }
    let pump = start(&outbox, vec![hook], quick());
    until("all are sent", || outbox.states().iter().all(|state| *state == State::Sent)).await;
    // A channel that is quick enough has nothing put back.
    assert!(outbox.rows.lock().unwrap().values().all(|row| row.errors.is_empty()));
    let sent: Vec<String> = taken.lock().unwrap().iter().map(|(key, _)| key.clone()).collect();
    assert_eq!(sent, keys);
    pump.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn a_crash_loses_nothing_and_doubles_bear_the_same_key() {
    let outbox = Arc::new(Waiting::default());
    let id = outbox.put("mail", "k", &made::issuer(), made::now());
    let (hangs, begun) = hanging("mail");
    let pump = start(&outbox, vec![hangs], quick());
    until("it is under way", || begun.load(Ordering::SeqCst) == 1).await;
    drop(pump);
    assert_eq!(outbox.row(id).state, State::Sending);
    outbox.release();
    let (works, taken) = channel("mail", |_| Ok(()));
    let pump = start(&outbox, vec![works], quick());
    until("it is sent", || outbox.row(id).state == State::Sent).await;
    assert_eq!(taken.lock().unwrap()[0].0, "k");
    pump.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn a_stop_ends_what_is_under_way_and_puts_back_the_rest() {
    let outbox = Arc::new(Waiting::default());
    let (begun, go) = (Arc::new(AtomicBool::new(false)), Arc::new(tokio::sync::Notify::new()));
    let (kept, gate) = (begun.clone(), go.clone());
    let send = move |_: String, _: Alert| -> Boxed<'static, Result<(), Failure>> {
        kept.store(true, Ordering::SeqCst);
        let gate = gate.clone();
        Box::pin(async move {
            gate.notified().await;
            Ok(())
        })
    };
    let slow = Channel::made("mail", Arc::new(send));
    let first = outbox.put("mail", "a", &made::issuer(), made::now());
    let second = outbox.put("mail", "b", &made::issuer(), made::now());
    let pump = start(&outbox, vec![slow], quick());
    until("the first is under way", || begun.load(Ordering::SeqCst)).await;
    let stopped = tokio::spawn(pump.stop(Duration::from_secs(30)));
    go.notify_one();
    stopped.await.unwrap();
    assert_eq!(outbox.row(first).state, State::Sent);
    let second = outbox.row(second);
    assert_eq!(second.state, State::Waiting);
    // The first turn may have been over before the second was taken.
    assert!(second.errors.is_empty() || second.errors == ["midwatch was stopped before it was sent"]);
}

#[tokio::test]
async fn an_outbox_that_is_away_for_a_while_sends_nothing_twice() {
    let outbox = Arc::new(Waiting::default());
    let id = outbox.put("mail", "k", &made::issuer(), made::now());
    let away = outbox.clone();
    let (mail, taken) = channel("mail", move |_| {
        // It goes away while the alert is on its way.
        away.away.store(true, Ordering::SeqCst);
        Ok(())
    });
    let pump = start(&outbox, vec![mail], quick());
    until("it is on its way", || !taken.lock().unwrap().is_empty()).await;
    sleep(Duration::from_millis(200)).await;
    assert_eq!(outbox.row(id).state, State::Sending);
    outbox.away.store(false, Ordering::SeqCst);
    until("it is noted", || outbox.row(id).state == State::Sent).await;
    assert_eq!(taken.lock().unwrap().len(), 1);
    pump.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn a_fault_in_one_message_ends_no_channel() {
    let outbox = Arc::new(Waiting::default());
    let (mail, taken) =
        channel("mail", |count| if count == 0 { panic!("a fault, on purpose") } else { Ok(()) });
    let first = outbox.put("mail", "a", &made::issuer(), made::now());
    let pump = start(&outbox, vec![mail], quick());
    until("the fault is met", || !taken.lock().unwrap().is_empty()).await;
    let second = outbox.put("mail", "b", &made::issuer(), made::now());
    until("the next one is sent", || outbox.row(second).state == State::Sent).await;
    // What became of the first is known at the next start.
    assert_eq!(outbox.row(first).state, State::Sending);
    pump.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn channels_can_be_replaced() {
    let outbox = Arc::new(Waiting::default());
    let (old, old_taken) = channel("mail", |_| Ok(()));
    let (new, new_taken) = channel("mail", |_| Ok(()));
    let (other, other_taken) = channel("hook", |_| Ok(()));
    let pump = start(&outbox, vec![old], Settings { every: Duration::from_secs(600), ..quick() });
    outbox.put("mail", "a", &made::issuer(), made::now());
    pump.wake();
    until("the first is sent", || outbox.states() == [State::Sent]).await;
    pump.replace(vec![new, other], Arc::new(Around::new("watch.example"))).await;
    outbox.put("mail", "b", &made::issuer(), made::now());
    outbox.put("hook", "c", &made::issuer(), made::now());
    pump.wake();
    until("all are sent", || outbox.states() == [State::Sent; 3]).await;
    assert_eq!([&old_taken, &new_taken, &other_taken].map(|taken| taken.lock().unwrap().len()), [1, 1, 1]);
    pump.stop(Duration::from_secs(5)).await;
}
