//! Which channel is told of what, and when. Pure: no clock, no randomness, no I/O.
//!
//! The same look routed again gives the same keys, so an outbox that leaves a key alone that it has already tells
//! nobody twice.

use std::cmp::Reverse;

use midwatch_model::{ALERT_SCHEMA, Alert, AlertKind, Event, EventState, Severity, Time};

use super::{clean, words};
use jiff::tz::TimeZone;

/// How a channel wants to be told, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The channel's name.
    pub channel: String,
    /// The least severity that it is told of.
    pub threshold: Severity,
    /// The end of its quiet hours, where now is within them.
    pub held_until: Option<Time>,
    /// From which severity on it is told in quiet hours all the same; none where never.
    pub wakes: Option<Severity>,
}

/// An alert for the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routed {
    /// Its key: unique for ever, and the same however often the same thing is routed.
    pub key: String,
    /// The channel's name.
    pub channel: String,
    /// From when on it may go.
    pub due: Time,
    /// What is said.
    pub alert: Alert,
}

/// What one look met that is new.
#[derive(Clone, Copy, Debug)]
pub struct News<'a> {
    /// The target's id.
    pub target: &'a str,
    /// Its name for people.
    pub name: &'a str,
    /// When the look began: with the target it names the look.
    pub started: Time,
    /// The new events.
    pub events: &'a [Event],
    /// Lines that are to be said beside them.
    pub lines: &'a [String],
}

/// Who is told of what a look met, and when. Nobody where nothing is open, or nothing reaches a threshold.
pub fn route(news: News<'_>, rules: &[Rule], now: Time) -> Vec<Routed> {
    let what = format!("changes/{}/{}", news.target, news.started);
    rules
        .iter()
        .filter_map(|rule| {
            let told = worth(news.events, rule, now);
            let worst = told.first()?.change.severity;
            let title = match told.as_slice() {
                [event] => event.change.title.clone(),
                [event, ..] => format!("{} changes, the worst: {}", told.len(), event.change.title),
                [] => return None,
            };
            let alert = alert(AlertKind::Changes, news.target, news.name, worst, title, now);
            Some(placed(&what, rule, now, Alert { events: told, lines: news.lines.to_vec(), ..alert }))
        })
        .collect()
}

/// Who is told that events are still open whose snoozing has ended. Each event is told of once for each snoozing.
pub fn woken(name: &str, events: &[Event], rules: &[Rule], now: Time) -> Vec<Routed> {
    let mut routed = Vec::new();
    for event in events {
        let EventState::Snoozed { until, .. } = &event.state else { continue };
        if *until > now || event.went_back {
            continue;
        }
        let what = format!("snoozed/{}/{}/{until}", event.target, event.id);
        for rule in rules.iter().filter(|rule| event.change.severity >= rule.threshold) {
            let title = format!("Still so: {}", event.change.title);
            let alert = alert(AlertKind::Changes, &event.target, name, event.change.severity, title, now);
            routed.push(placed(&what, rule, now, Alert { events: vec![event.clone()], ..alert }));
        }
    }
    routed
}

/// A target that cannot be measured any more, or can be again.
#[derive(Clone, Copy, Debug)]
pub struct Silent<'a> {
    /// The target's id.
    pub target: &'a str,
    /// Its name for people.
    pub name: &'a str,
    /// When the look began that met it: with the target it names the look.
    pub started: Time,
    /// The event that was made of it.
    pub event: &'a Event,
    /// It can be measured again.
    pub back: bool,
    /// How bad the silence is. Its end is told with the same severity, so that it reaches whoever was told of the beginning.
    pub severity: Severity,
}

/// Who is told that a target cannot be measured, or can be again.
pub fn silence(silent: Silent<'_>, rules: &[Rule], now: Time) -> Vec<Routed> {
    let (word, says) =
        if silent.back { ("back", "can be measured again") } else { ("silence", "cannot be measured") };
    let what = format!("{word}/{}/{}", silent.target, silent.started);
    let title = format!("{} {says}", silent.name);
    rules
        .iter()
        .filter(|rule| silent.severity >= rule.threshold)
        .map(|rule| {
            let alert =
                alert(AlertKind::Silence, silent.target, silent.name, silent.severity, title.clone(), now);
            placed(&what, rule, now, Alert { events: vec![silent.event.clone()], ..alert })
        })
        .collect()
}

/// A day, for its digest.
#[derive(Clone, Debug)]
pub struct Day<'a> {
    /// When it began.
    pub from: Time,
    /// When it ended: the time of the digest, which names it.
    pub to: Time,
    /// How many targets are watched.
    pub targets: u64,
    /// How many looks were made.
    pub looks: u64,
    /// The events of the day.
    pub events: &'a [Event],
    /// The events of earlier days that are still open.
    pub open: &'a [Event],
    /// The targets that could not be measured, each with the reason.
    pub silent: &'a [(String, String)],
    /// The alerts that were given up in the day: channel and reason.
    pub given_up: &'a [(String, String)],
    /// The zone that times are told in.
    pub zone: &'a TimeZone,
}

/// The digest of a day for the channels that want one. Thresholds and quiet hours do not hold it back: who does not
/// want it does not ask for it.
pub fn digest(day: &Day<'_>, channels: &[String]) -> Vec<Routed> {
    let mut events = day.events.to_vec();
    events.sort_by_key(|event| (Reverse(event.change.severity), event.at));
    let worst = events.iter().chain(day.open).map(|event| event.change.severity).max();
    let still = events.iter().filter(|event| is_open(event, day.to)).count() + day.open.len();
    let mut lines = vec![format!(
        "From {} to {}: {}, {}.",
        words::time(day.from, day.zone),
        words::time(day.to, day.zone),
        count(day.targets, "target", "targets"),
        count(day.looks, "look", "looks"),
    )];
    let mut part = |heading: &str, items: Vec<String>, total: usize| {
        if total > 0 {
            lines.push(String::new());
            lines.push(heading.to_owned());
            let left = total - items.len();
            lines.extend(items.into_iter().map(|item| format!("- {item}")));
            if left > 0 {
                lines.push(format!("- and {left} more"));
            }
        }
    };
    let pairs = |pairs: &[(String, String)]| -> Vec<String> {
        pairs.iter().take(20).map(|(who, why)| format!("{who}: {why}")).collect()
    };
    let open = day.open.iter().take(20).map(|event| {
        let since = words::time(event.at, day.zone);
        format!("{}: {} (since {since})", event.change.severity, event.change.title)
    });
    part("Open from earlier days", open.collect(), day.open.len());
    part("Could not be measured", pairs(day.silent), day.silent.len());
    part("Alerts that did not arrive", pairs(day.given_up), day.given_up.len());
    let title = format!(
        "midwatch: {}, {still} open, {} not measured",
        count(events.len() as u64, "change", "changes"),
        day.silent.len()
    );
    let alert = Alert {
        events,
        lines,
        ..alert(AlertKind::Digest, "", "", worst.unwrap_or(Severity::Info), title, day.to)
    };
    channels
        .iter()
        .map(|channel| Routed {
            key: format!("digest/{}/{channel}", day.to),
            channel: channel.clone(),
            due: day.to,
            alert: alert.clone(),
        })
        .collect()
}

/// A test of a channel, by somebody, from this computer.
pub fn test(channel: &str, by: &str, host: &str, now: Time) -> Routed {
    let title = format!("Test of the alerts of midwatch on {host}");
    let alert = alert(AlertKind::Test, "", "", Severity::Info, title, now);
    Routed {
        key: format!("test/{now}/{channel}"),
        channel: channel.to_owned(),
        due: now,
        alert: Alert { lines: vec![format!("Asked for by {}.", clean::line(by, 100))], ..alert },
    }
}

/// Until when an alert with this key was held back for quiet hours.
pub(crate) fn held_until(key: &str) -> Option<Time> {
    key.strip_prefix("held/")?.split('/').next()?.parse().ok()
}

/// The events that a channel is told of, the worst first.
fn worth(events: &[Event], rule: &Rule, now: Time) -> Vec<Event> {
    let mut told: Vec<Event> = events
        .iter()
        .filter(|event| event.change.severity >= rule.threshold && is_open(event, now))
        .cloned()
        .collect();
    // Stable: within a severity, as the judge had them.
    told.sort_by_key(|event| Reverse(event.change.severity));
    told
}

/// True where somebody is still to be told of an event.
fn is_open(event: &Event, now: Time) -> bool {
    match &event.state {
        EventState::Open => true,
        EventState::Acknowledged { .. } => false,
        EventState::Snoozed { until, .. } => *until <= now,
    }
}

/// An alert with its key and the time from which it may go.
fn placed(what: &str, rule: &Rule, now: Time, alert: Alert) -> Routed {
    let channel = rule.channel.clone();
    let wakes = rule.wakes.is_some_and(|wakes| alert.severity >= wakes);
    match rule.held_until.filter(|until| !wakes && *until > now) {
        // The end of the quiet hours stands in the key: what was held back until then goes as one message.
        Some(until) => Routed { key: format!("held/{until}/{what}/{channel}"), channel, due: until, alert },
        None => Routed { key: format!("{what}/{channel}"), channel, due: now, alert },
    }
}

fn alert(kind: AlertKind, target: &str, name: &str, severity: Severity, title: String, at: Time) -> Alert {
    Alert {
        schema: ALERT_SCHEMA.to_owned(),
        at,
        kind,
        target: target.to_owned(),
        name: name.to_owned(),
        severity,
        title: clean::line(&title, 400),
        events: Vec::new(),
        lines: Vec::new(),
    }
}

fn count(number: u64, one: &str, more: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {more}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::{Around, testing};
    use proptest::prelude::*;

    fn rule(threshold: Severity) -> Rule {
        Rule { channel: "mail".to_owned(), threshold, held_until: None, wakes: None }
    }

    fn hours(hours: i64) -> Time {
        testing::now() + jiff::SignedDuration::from_hours(hours)
    }

    fn news(events: &[Event]) -> News<'_> {
        News { target: "shop", name: "The shop", started: testing::now(), events, lines: &[] }
    }

    #[test]
    fn thresholds_decide_what_is_told() {
        let events = [
            testing::event(1, "shop", Severity::Info),
            testing::event(2, "shop", Severity::Critical),
            testing::event(3, "shop", Severity::Medium),
        ];
        let now = testing::now();
        let told = |threshold| -> Vec<i64> {
            route(news(&events), &[rule(threshold)], now)
                .iter()
                .flat_map(|routed| routed.alert.events.iter().map(|event| event.id))
                .collect()
        };
        assert_eq!(told(Severity::Info), [2, 3, 1]);
        assert_eq!(told(Severity::Medium), [2, 3]);
        assert_eq!(told(Severity::Critical), [2]);
        assert!(route(news(&events[..1]), &[rule(Severity::Low)], now).is_empty());
        let routed = route(news(&events), &[rule(Severity::Medium)], now);
        assert_eq!(routed[0].key, "changes/shop/2026-11-30T02:41:00Z/mail");
        assert!(routed[0].alert.title.starts_with("2 changes, the worst: shop.example:443"));
        assert_eq!(routed[0].alert.severity, Severity::Critical);
    }

    #[test]
    fn quiet_hours_hold_back_and_what_is_critical_may_wake() {
        let now = testing::now();
        let quiet =
            Rule { held_until: Some(hours(4)), wakes: Some(Severity::Critical), ..rule(Severity::Low) };
        let high = [testing::event(1, "shop", Severity::High)];
        let held = route(news(&high), std::slice::from_ref(&quiet), now);
        assert_eq!(held[0].due, hours(4));
        assert_eq!(held_until(&held[0].key), Some(hours(4)));
        let critical = [testing::event(1, "shop", Severity::Critical)];
        let woken = route(news(&critical), std::slice::from_ref(&quiet), now);
        assert_eq!((woken[0].due, held_until(&woken[0].key)), (now, None));
        let never = Rule { wakes: None, ..quiet };
        assert_eq!(route(news(&critical), &[never], now)[0].due, hours(4));
    }

    #[test]
    fn what_is_acknowledged_or_snoozed_is_not_told_again() {
        let now = testing::now();
        let by = "zoe".to_owned();
        let mut event = testing::event(7, "shop", Severity::High);
        event.state = EventState::Acknowledged { by: by.clone(), at: now, note: None };
        assert!(route(news(std::slice::from_ref(&event)), &[rule(Severity::Info)], now).is_empty());
        event.state = EventState::Snoozed { by: by.clone(), until: hours(1) };
        let events = std::slice::from_ref(&event);
        assert!(route(news(events), &[rule(Severity::Info)], now).is_empty());
        assert!(woken("The shop", events, &[rule(Severity::Info)], now).is_empty());
        let again = woken("The shop", events, &[rule(Severity::Info)], hours(1));
        assert_eq!(again[0].alert.title, format!("Still so: {}", event.change.title));
        // At each later turn the same key.
        assert_eq!(again[0].key, woken("The shop", events, &[rule(Severity::Info)], hours(2))[0].key);
        let mut back = event.clone();
        back.went_back = true;
        assert!(woken("The shop", &[back], &[rule(Severity::Info)], hours(2)).is_empty());
    }

    #[test]
    fn silence_and_its_end_are_told_to_the_same_channels() {
        let now = testing::now();
        let mut event = testing::event(4, "shop", Severity::Medium);
        event.change.title = "shop.example could not be measured 3 times in a row".to_owned();
        let mut silent = Silent {
            target: "shop",
            name: "The shop",
            started: hours(-1),
            event: &event,
            back: false,
            severity: Severity::Medium,
        };
        let rules = [rule(Severity::Medium), Rule { channel: "hook".to_owned(), ..rule(Severity::High) }];
        let begun = silence(silent, &rules, now);
        assert_eq!(begun.len(), 1);
        assert_eq!(begun[0].alert.title, "The shop cannot be measured");
        assert_eq!(begun[0].alert.kind, AlertKind::Silence);
        assert_eq!(begun[0].key, silence(silent, &rules, hours(1))[0].key);
        // The end is worth knowing and no more; it goes to whoever was told of the beginning all the same.
        let mut end = event.clone();
        end.change.severity = Severity::Info;
        (silent.event, silent.back) = (&end, true);
        let ended = silence(silent, &rules, now);
        assert_eq!((ended.len(), ended[0].channel.as_str()), (1, "mail"));
        assert_eq!(ended[0].alert.title, "The shop can be measured again");
        assert_ne!(ended[0].key, begun[0].key);
        let text = words::body(&begun[0].alert, &Around::new("watch.example"));
        assert!(text.contains("What to do now") && text.contains("Severity   medium"), "{text}");
    }

    #[test]
    fn a_digest() {
        let mut open = testing::event(3, "mail", Severity::Medium);
        open.at = hours(-40);
        open.change.title = "mail.example has other MX records".to_owned();
        let mut known = testing::event(13, "shop", Severity::Low);
        known.state = EventState::Acknowledged { by: "zoe".to_owned(), at: hours(-1), note: None };
        let day = Day {
            from: hours(-24),
            to: testing::now(),
            targets: 214,
            looks: 1,
            events: &[known, testing::event(12, "shop", Severity::High)],
            open: &[open],
            silent: &[("git.example".to_owned(), "no answer within 10 seconds".to_owned())],
            given_up: &[("hook".to_owned(), "hook.example answers 500".to_owned())],
            zone: &TimeZone::UTC,
        };
        let routed = digest(&day, &["mail".to_owned()]);
        assert_eq!(routed[0].key, "digest/2026-11-30T02:41:00Z/mail");
        let around = Around::new("watch.example");
        let alert = &routed[0].alert;
        insta::assert_snapshot!(format!("{}\n\n{}", words::title(alert), words::body(alert, &around)));
        let empty = Day { events: &[], open: &[], silent: &[], given_up: &[], ..day };
        insta::assert_snapshot!(words::body(&digest(&empty, &["mail".to_owned()])[0].alert, &around));
    }

    proptest! {
        #[test]
        fn routing_is_stable_and_reaches_every_channel_at_most_once(
            severities in proptest::collection::vec(0usize..5, 0..6),
            thresholds in proptest::collection::vec(0usize..5, 0..6),
            held in proptest::collection::vec(proptest::option::of(-5i64..5), 6),
            later in 0i64..100,
        ) {
            let events: Vec<Event> = severities
                .iter()
                .enumerate()
                .map(|(id, severity)| testing::event(id as i64, "shop", Severity::ALL[*severity]))
                .collect();
            let rules: Vec<Rule> = thresholds
                .iter()
                .zip(&held)
                .enumerate()
                .map(|(index, (threshold, held))| Rule {
                    channel: format!("channel-{index}"),
                    held_until: held.map(hours),
                    ..rule(Severity::ALL[*threshold])
                })
                .collect();
            let now = testing::now();
            let routed = route(news(&events), &rules, now);
            let mut keys: Vec<_> = routed.iter().map(|routed| routed.key.clone()).collect();
            keys.sort();
            keys.dedup();
            prop_assert_eq!(keys.len(), routed.len());
            for one in &routed {
                prop_assert!(one.due >= now && !one.alert.events.is_empty());
                let rule = rules.iter().find(|rule| rule.channel == one.channel).unwrap();
                prop_assert!(one.alert.events.iter().all(|event| event.change.severity >= rule.threshold));
            }
            // Without quiet hours, a later moment gives the same keys.
            let open: Vec<Rule> = rules.iter().map(|rule| Rule { held_until: None, ..rule.clone() }).collect();
            let keys = |now| -> Vec<String> {
                route(news(&events), &open, now).into_iter().map(|routed| routed.key).collect()
            };
            prop_assert_eq!(keys(now), keys(hours(later)));
        }
    }
}
