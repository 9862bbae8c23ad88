//! From what happened at a target to the entries of the outbox. Which channels are told, and when, is
//! [`Config::rules`]'s to say.

use midwatch_model::{Event, Time};
use midwatch_store::watch::{NewAlert, WatchTarget};

use crate::alert::route::{self, News, Routed, Silent};
use crate::config::Config;
use crate::silence;

/// The alerts for what one look met that is new. That a target fell silent, or answers again, goes by itself: it is told to
/// the same channels both times, and receivers know it by its kind.
pub(crate) fn changes(
    config: &Config,
    target: &WatchTarget,
    started: Time,
    events: &[Event],
    now: Time,
) -> Vec<NewAlert> {
    let rules = config.rules(&target.tags, now);
    let (silent, others): (Vec<Event>, Vec<Event>) =
        events.iter().cloned().partition(|event| silence::is_end(&event.change).is_some());
    let mut routed = Vec::new();
    for event in &silent {
        let back = silence::is_end(&event.change) == Some(true);
        let silent = Silent {
            target: &target.id,
            name: &target.name,
            started,
            event,
            back,
            severity: silence::SEVERITY,
        };
        routed.extend(route::silence(silent, &rules, now));
    }
    let news = News { target: &target.id, name: &target.name, started, events: &others, lines: &[] };
    routed.extend(route::route(news, &rules, now));
    routed.into_iter().map(entry).collect()
}

/// The alerts for events of one target that were snoozed until now.
pub(crate) fn woken(config: &Config, target: &WatchTarget, events: &[Event], now: Time) -> Vec<NewAlert> {
    route::woken(&target.name, events, &config.rules(&target.tags, now), now).into_iter().map(entry).collect()
}

/// As the outbox takes it.
pub(crate) fn entry(routed: Routed) -> NewAlert {
    NewAlert { key: routed.key, channel: routed.channel, due: routed.due, alert: routed.alert }
}
