//! Changes, and what becomes of them.

use jiff::SignedDuration;
use midwatch_model::{Event, EventState, Time};
use midwatch_store::watch::EventFilter;
use schemars::JsonSchema;
use serde::Deserialize;

use super::operation::{About, Call, Json, Nothing, Operation};
use super::problem::Problem;
use super::shapes::{Cursor, Limit, Page, Words};
use crate::pages::serve::{note, set_event};
use crate::reader::Scope;

const TAG: &str = "events";

pub(super) fn operations() -> Vec<Operation> {
    vec![
        About::read("/events", "listEvents", TAG, "Lists changes, the newest first.").by(list),
        About::read("/events/{event}", "getEvent", TAG, "Gives one change.").by(get),
        About::change("/events/{event}/acknowledge", "acknowledgeEvent", TAG, "Says that a change is known.")
            .scope(Scope::Events)
            .by(acknowledge),
        About::change(
            "/events/{event}/snooze",
            "snoozeEvent",
            TAG,
            "Says nothing of a change for some hours.",
        )
        .scope(Scope::Events)
        .by(snooze),
        About::change("/events/{event}/reopen", "reopenEvent", TAG, "Opens a change again.")
            .scope(Scope::Events)
            .by(reopen),
    ]
}

/// Which change.
#[derive(Debug, Deserialize, JsonSchema)]
struct Which {
    /// Its number.
    #[schemars(range(min = 1))]
    event: i64,
}

fn unknown() -> Problem {
    Problem::unknown("There is no change of this number.")
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Those of this target.
    target: Option<Words>,
    /// Those that are open, or those that are not.
    open: Option<bool>,
    /// Those in which these words stand.
    q: Option<Words>,
    /// Where to go on.
    cursor: Option<Cursor>,
    /// How many at most, 100 where it is left out.
    limit: Option<Limit>,
}

async fn list(call: Call<Nothing, Wanted, ()>) -> Result<Page<Event>, Problem> {
    let Wanted { target, open, q, cursor, limit } = call.query;
    let limit = limit.unwrap_or_default().0;
    let filter = EventFilter {
        target: Words::taken(target),
        open,
        text: Words::taken(q),
        before: cursor.and_then(|cursor| i64::try_from(cursor.0).ok()),
        limit: limit + 1,
    };
    let mut items = call.face.desk().ledger(move |ledger| ledger.events(&filter)).await?;
    let has_more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = items.last().filter(|_| has_more).map(|event| event.id.to_string());
    Ok(Page { items, next })
}

async fn get(call: Call<Which, Nothing, ()>) -> Result<Event, Problem> {
    let id = call.path.event;
    call.face.desk().ledger(move |ledger| ledger.event(id)).await?.ok_or_else(unknown)
}

/// That a change is known.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Known {
    /// Why, for others.
    #[serde(default)]
    #[schemars(length(max = 2000))]
    note: Option<String>,
}

async fn acknowledge(call: Call<Which, Nothing, Json<Known>>) -> Result<Nothing, Problem> {
    let reader = call.reader()?;
    let text = call.body.0.note.clone().unwrap_or_default();
    if text.chars().count() > 2000 {
        return Err(Problem::wrong("A note has at most 2000 characters."));
    }
    let state = EventState::Acknowledged { by: reader.name.clone(), at: Time::now(), note: note(&text) };
    become_(&call, state).await
}

/// For how long nothing is said.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Hours {
    /// From an hour to a year.
    #[schemars(range(min = 1, max = 8784))]
    hours: u32,
}

async fn snooze(call: Call<Which, Nothing, Json<Hours>>) -> Result<Nothing, Problem> {
    let hours = call.body.0.hours;
    if !(1..=8784).contains(&hours) {
        return Err(Problem::wrong("Hours are from 1 to 8784."));
    }
    let until = Time::now()
        .checked_add(SignedDuration::from_hours(hours.into()))
        .map_err(|_| Problem::wrong("That is too long."))?;
    let state = EventState::Snoozed { by: call.reader()?.name.clone(), until };
    become_(&call, state).await
}

async fn reopen(call: Call<Which, Nothing, ()>) -> Result<Nothing, Problem> {
    become_(&call, EventState::Open).await
}

async fn become_<Q, B>(call: &Call<Which, Q, B>, state: EventState) -> Result<Nothing, Problem> {
    let reader = call.reader()?;
    if set_event(&call.face, reader, call.path.event, state).await? { Ok(Nothing {}) } else { Err(unknown()) }
}
