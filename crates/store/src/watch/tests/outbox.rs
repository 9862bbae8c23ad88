//! Alerts on their way.

use std::time::Duration;

use super::{look, on_each, sample};
use crate::watch::{EventNews, Ledger, NewAlert, OutboxState, Retention};

fn alert(key: &str, due: i64) -> NewAlert {
    NewAlert { key: key.into(), ..sample::alert("t1", 0, sample::at(due), vec![]) }
}

#[test]
fn alerts_are_taken_in_the_order_that_they_are_due_and_each_is_told_once() {
    on_each(|name, place| {
        let mut ledger = Ledger::open(place).expect(name);
        ledger
            .queue(&[alert("late", 300), alert("soon", 100), alert("then", 200), alert("soon", 0)])
            .expect(name);
        assert_eq!(ledger.take_due(sample::at(99), 9).expect(name), []);
        let taken = ledger.take_due(sample::at(250), 9).expect(name);
        let keys: Vec<_> = taken.iter().map(|entry| entry.key.as_str()).collect();
        assert_eq!(keys, ["soon", "then"], "{name}");
        assert!(taken.iter().all(|entry| entry.state == OutboxState::Sending && entry.tries == 1));
        assert_eq!(ledger.take_due(sample::at(250), 9).expect(name), [], "{name}: they are being sent");
        ledger.sent(taken[0].id, sample::at(260)).expect(name);
        ledger.failed(taken[1].id, "no answer", Some(sample::at(400))).expect(name);
        let both = ledger.take_due(sample::at(1000), 9).expect(name);
        let keys: Vec<_> = both.iter().map(|entry| (entry.key.as_str(), entry.tries)).collect();
        assert_eq!(keys, [("late", 1), ("then", 2)], "{name}");
        assert_eq!(both[1].last_error.as_deref(), Some("no answer"));
        ledger.failed(both[1].id, "refused", None).expect(name);
        drop(ledger);

        // The watch died while "late" was being sent.
        let mut ledger = Ledger::open(place).expect(name);
        assert_eq!(ledger.take_due(sample::at(1000), 9).expect(name), []);
        assert_eq!(ledger.release().expect(name), 1);
        let again = ledger.take_due(sample::at(1000), 9).expect(name);
        assert_eq!(
            (again.len(), again[0].key.as_str(), again[0].tries, again[0].uncertain),
            (1, "late", 2, true)
        );
        ledger.sent(again[0].id, sample::at(1001)).expect(name);

        // What is forgotten is not told again either.
        let keep = Retention { age: None, count: Some(1) };
        assert_eq!(ledger.retain(&keep, sample::at(2000)).expect(name).alerts, 2, "{name}");
        ledger.queue(&[alert("soon", 0), alert("late", 0), alert("then", 0)]).expect(name);
        assert_eq!(ledger.take_due(sample::at(9000), 9).expect(name), [], "{name}");
        assert_eq!(ledger.outbox(9).expect(name).len(), 1, "{name}");
        ledger.queue(&[alert("new", 0)]).expect(name);
        let outbox = ledger.outbox(9).expect(name);
        assert_eq!(outbox[0].id, 4, "{name}: numbers are not given twice");
    });
}

#[test]
fn a_clock_that_is_set_back_does_not_hold_alerts_up() {
    on_each(|name, place| {
        let mut ledger = Ledger::open(place).expect(name);
        ledger.queue(&[alert("soon", 10), alert("far", 900), alert("near", 510)]).expect(name);
        // By half a second, to the twentieth millisecond.
        assert_eq!(ledger.set_back(Duration::from_millis(500), sample::at(20)).expect(name), 2, "{name}");
        let outbox = ledger.outbox(9).expect(name);
        let due: Vec<_> = outbox.iter().map(|entry| (entry.key.as_str(), entry.due)).collect();
        let expected = [("near", sample::at(20)), ("far", sample::at(400)), ("soon", sample::at(10))];
        assert_eq!(due, expected, "{name}");
        assert_eq!(ledger.take_due(sample::at(20), 9).expect(name).len(), 2, "{name}");
    });
}

#[test]
fn what_was_marked_and_never_given_is_due_again() {
    on_each(|name, place| {
        let mut ledger = Ledger::open(place).expect(name);
        ledger.queue(&[alert("given", 0), alert("lost", 10)]).expect(name);
        let given = ledger.take_due(sample::at(5), 9).expect(name);
        assert_eq!(given.len(), 1);
        // As it is where the answer to the end of the transaction was lost.
        ledger
            .write(|database| {
                database.execute("UPDATE watch_alert SET state = 'sending', tries = 1 WHERE id = 2", &[])
            })
            .expect(name);
        ledger.stray = true;
        let taken = ledger.take_due(sample::at(20), 9).expect(name);
        let keys: Vec<_> =
            taken.iter().map(|entry| (entry.key.as_str(), entry.tries, entry.uncertain)).collect();
        assert_eq!(keys, [("lost", 1, false)], "{name}: what was given is still being sent");
    });
}

#[test]
fn an_alert_names_its_events_by_their_numbers_and_a_look_counts_once() {
    on_each(|name, place| {
        let mut ledger = Ledger::open(place).expect(name);
        ledger.put_target(&sample::target(1)).expect(name);
        let (one, two) = (sample::event("t1", 1, sample::at(0)), sample::event("t1", 2, sample::at(0)));
        let alerts = [sample::alert("t1", 0, sample::at(0), vec![two.clone(), one.clone()])];
        let news = [EventNews::New(one), EventNews::New(two)];
        let recorded = look(&mut ledger, "t1", 0, &[(0, 1)], &news, &alerts);
        assert_eq!(recorded.events, [1, 2], "{name}");
        let sent = ledger.take_due(sample::at(0), 1).expect(name);
        let numbers: Vec<_> = sent[0].alert.events.iter().map(|event| event.id).collect();
        assert_eq!(numbers, [2, 1], "{name}");
        // Recorded again, as after a lost answer: nothing changes.
        let again = look(&mut ledger, "t1", 0, &[(0, 1)], &news, &alerts);
        assert_eq!(again, recorded, "{name}");
        assert_eq!(ledger.memory("t1").expect(name)[0].latest.count, 1, "{name}");
        assert_eq!(ledger.outbox(9).expect(name).len(), 1);
    });
}
