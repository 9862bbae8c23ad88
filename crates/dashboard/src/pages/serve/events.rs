//! The list of changes, one change, and what becomes of it.

use axum::Form as Sent;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use jiff::SignedDuration;
use midwatch_model::{Event, EventState, Remembered, Time};
use midwatch_store::watch::EventFilter;
use serde::Deserialize;

use super::{Fault, Form, answer, back, some, want, words};
use crate::events::Progress;
use crate::face::Face;
use crate::pages::event::{self, Deed, EventModel, SNOOZES};
use crate::pages::events::{self, EventsModel};
use crate::reader::{Reader, Scope};

/// Changes on a page.
const SIZE: u32 = 50;
/// The longest note, in characters.
pub(crate) const NOTE: usize = 2000;
/// Lines of the audit log that are looked through for what was done with a change.
const LINES: u32 = 1000;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    q: Option<String>,
    target: Option<String>,
    state: Option<String>,
    before: Option<String>,
    format: Option<String>,
}

pub(crate) async fn list(
    State(face): State<Face>,
    reader: Reader,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Fault> {
    want(&reader, Scope::Read)?;
    let state = wanted.state.unwrap_or_default();
    let open = match state.as_str() {
        "" => None,
        "open" => Some(true),
        "closed" => Some(false),
        _ => return Err(Fault::wrong("The state is open or closed.")),
    };
    let before: Option<i64> = wanted.before.as_deref().and_then(|text| text.parse().ok());
    let (q, target) = (words(wanted.q), words(wanted.target));
    let filter = EventFilter { target: some(&target), open, text: some(&q), before, limit: SIZE + 1 };
    let mut found = face.desk().ledger(move |ledger| ledger.events(&filter)).await?;
    let has_more = found.len() > SIZE as usize;
    found.truncate(SIZE as usize);
    let next = found.last().map(|event| event.id).filter(|_| has_more);
    let model = EventsModel {
        now: Time::now(),
        q,
        target,
        state,
        events: found,
        before: next,
        is_later: before.is_some(),
    };
    answer(wanted.format.as_deref(), &model, || events::events(&model, &reader))
}

fn unknown() -> Fault {
    Fault::unknown("There is no change of this number.")
}

fn number(id: &str) -> Result<i64, Fault> {
    id.parse().map_err(|_| unknown())
}

pub(crate) async fn show(
    State(face): State<Face>,
    reader: Reader,
    Path(id): Path<String>,
    Query(form): Query<Form>,
) -> Result<Response, Fault> {
    want(&reader, Scope::Read)?;
    let id = number(&id)?;
    let found = face
        .desk()
        .ledger(move |ledger| {
            let Some(event) = ledger.event(id)? else { return Ok(None) };
            let target = ledger.target(&event.target)?;
            let mut deeds = Vec::new();
            for what in DEEDS {
                deeds.extend(ledger.audit(None, Some(what), LINES)?);
            }
            Ok(Some((event, target, deeds)))
        })
        .await?;
    let (event, target, mut lines) = found.ok_or_else(unknown)?;
    lines.sort_by_key(|line| std::cmp::Reverse(line.id));
    let mark = format!("change {id}");
    let history = lines
        .into_iter()
        .filter(|line| line.detail == mark || line.detail.starts_with(&format!("{mark}:")))
        .map(|line| Deed {
            at: line.at,
            by: line.who,
            what: line.what.trim_start_matches("change-").to_owned(),
        })
        .collect();
    let model = EventModel {
        now: Time::now(),
        explain: midwatch_judge::explain(&event.change.id),
        host_key: target.is_some() && is_about_host_key(&event),
        event,
        name: target.map(|target| target.name),
        history,
    };
    form.answer(&model, || event::event(&model, &reader, form.notice()))
}

/// True for a change of host keys.
pub(crate) fn is_about_host_key(event: &Event) -> bool {
    [&event.change.was, &event.change.is]
        .into_iter()
        .flatten()
        .any(|memo| matches!(memo.what, Remembered::HostKeys { .. }))
}

/// What is written into the log of what somebody did with a change.
const DEEDS: [&str; 3] = ["change-acknowledged", "change-snoozed", "change-reopened"];

/// Puts an event into a state, writes down who did, and tells those who listen. False where there is no such event.
pub(crate) async fn set(
    face: &Face,
    reader: &Reader,
    id: i64,
    state: EventState,
) -> Result<bool, crate::desk::DeskError> {
    let what = match &state {
        EventState::Open => "change-reopened",
        EventState::Acknowledged { .. } => "change-acknowledged",
        EventState::Snoozed { .. } => "change-snoozed",
    };
    if !face.desk().ledger(move |ledger| ledger.set_event_state(id, &state)).await? {
        return Ok(false);
    }
    face.note(reader, what, format!("change {id}")).await?;
    face.recount().await;
    face.desk().tell(Progress::Event { id });
    Ok(true)
}

/// What somebody wrote, in lines, without what acts on a screen; none where it is nothing.
pub(crate) fn note(text: &str) -> Option<String> {
    let kept: String =
        text.chars().filter(|c| *c == '\n' || !midwatch_model::is_hidden(*c)).take(NOTE).collect();
    Some(kept.trim().to_owned()).filter(|note| !note.is_empty())
}

async fn become_(
    face: &Face,
    reader: &Reader,
    id: &str,
    state: EventState,
    done: &str,
) -> Result<Response, Fault> {
    want(reader, Scope::Events)?;
    let id = number(id)?;
    if !set(face, reader, id, state).await? {
        return Err(unknown());
    }
    Ok(back(&format!("/events/{id}"), done))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Acknowledged {
    #[serde(default)]
    note: String,
}

pub(crate) async fn acknowledge(
    State(face): State<Face>,
    reader: Reader,
    Path(id): Path<String>,
    Sent(form): Sent<Acknowledged>,
) -> Result<Response, Fault> {
    let state = EventState::Acknowledged { by: reader.name.clone(), at: Time::now(), note: note(&form.note) };
    become_(&face, &reader, &id, state, "acknowledge").await
}

#[derive(Debug, Deserialize)]
pub(crate) struct Snoozed {
    hours: u32,
}

pub(crate) async fn snooze(
    State(face): State<Face>,
    reader: Reader,
    Path(id): Path<String>,
    Sent(form): Sent<Snoozed>,
) -> Result<Response, Fault> {
    if !SNOOZES.iter().any(|(hours, _)| *hours == form.hours) {
        return Err(Fault::wrong("Choose one of the lengths of time in the list."));
    }
    let until = Time::now()
        .checked_add(SignedDuration::from_hours(form.hours.into()))
        .map_err(|_| Fault::wrong("That is too long."))?;
    let state = EventState::Snoozed { by: reader.name.clone(), until };
    become_(&face, &reader, &id, state, "snooze").await
}

pub(crate) async fn reopen(
    State(face): State<Face>,
    reader: Reader,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    become_(&face, &reader, &id, EventState::Open, "reopen").await
}
