//! From what happened at a target to the entries of the outbox. Which channels are told, and when, is
//! [`Config::rules`]'s to say.

use midwatch_model::{Event, Time};
use midwatch_store::watch::{NewAlert, WatchTarget};

use crate::alert::route::{self, News, Routed};
use crate::config::Config;

/// The alerts for what one look met that is new.
pub(crate) fn changes(
    config: &Config,
    target: &WatchTarget,
    started: Time,
    events: &[Event],
    now: Time,
) -> Vec<NewAlert> {
    let news = News { target: &target.id, name: &target.name, started, events, lines: &[] };
    route::route(news, &config.rules(&target.tags, now), now).into_iter().map(entry).collect()
}

/// The alerts for events of one target that were snoozed until now.
pub(crate) fn woken(config: &Config, target: &WatchTarget, events: &[Event], now: Time) -> Vec<NewAlert> {
    route::woken(&target.name, events, &config.rules(&target.tags, now), now).into_iter().map(entry).collect()
}

/// As the outbox takes it.
pub(crate) fn entry(routed: Routed) -> NewAlert {
    NewAlert { key: routed.key, channel: routed.channel, due: routed.due, alert: routed.alert }
}
