//! What the forms of targets and channels ask for.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;

use super::{Fault, back, overview, target::unknown, want};
use crate::desk::{DeskError, NewTarget};
use crate::events::Progress;
use crate::face::Face;
use crate::pages::parts::target_url;
use crate::pages::targets::{self, Draft};
use crate::reader::{Reader, Scope};

/// Tags of a target, and the longest.
const TAGS: usize = 20;
const TAG: usize = 60;

pub(crate) async fn look(
    State(face): State<Face>,
    reader: Reader,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    want(&reader, Scope::Look)?;
    exists(&face, &id).await?;
    face.desk().look_now(&id).await?;
    Ok(back(&target_url(&id), "look"))
}

async fn exists(face: &Face, id: &str) -> Result<(), Fault> {
    let id = id.to_owned();
    face.desk().ledger(move |ledger| ledger.target(&id)).await?.map(|_| ()).ok_or_else(unknown)
}

pub(crate) async fn pause(
    State(face): State<Face>,
    reader: Reader,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    set_paused(&face, &reader, &id, true).await
}

pub(crate) async fn resume(
    State(face): State<Face>,
    reader: Reader,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    set_paused(&face, &reader, &id, false).await
}

async fn set_paused(face: &Face, reader: &Reader, id: &str, paused: bool) -> Result<Response, Fault> {
    want(reader, Scope::Targets)?;
    if !face.desk().pause(id, paused).await? {
        return Err(unknown());
    }
    let what = if paused { "target-paused" } else { "target-resumed" };
    face.note(reader, what, id.to_owned()).await?;
    face.recount().await;
    face.desk().tell(Progress::Targets);
    Ok(back(&target_url(id), if paused { "pause" } else { "resume" }))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Sure {
    sure: Option<String>,
}

pub(crate) async fn remove(
    State(face): State<Face>,
    reader: Reader,
    Path(id): Path<String>,
    Form(sure): Form<Sure>,
) -> Result<Response, Fault> {
    want(&reader, Scope::Targets)?;
    if sure.sure.as_deref() != Some("yes") {
        return Err(Fault::wrong("Tick the box beside the button, so that nothing is removed by a slip."));
    }
    if !face.desk().remove(&id).await? {
        return Err(unknown());
    }
    face.note(&reader, "target-removed", id).await?;
    face.recount().await;
    face.desk().tell(Progress::Targets);
    Ok(back("/targets", "remove"))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Added {
    kind: String,
    text: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    tags: String,
    #[serde(default)]
    every: String,
}

pub(crate) async fn add(
    State(face): State<Face>,
    reader: Reader,
    Form(added): Form<Added>,
) -> Result<Response, Fault> {
    if !face.may_add(&reader) {
        return Err(Fault::forbidden());
    }
    let draft = Draft {
        kind: added.kind.clone(),
        text: added.text.clone(),
        name: added.name.clone(),
        tags: added.tags.clone(),
        every: added.every.clone(),
    };
    let made = match new_target(&added, &reader) {
        Ok(new) => face.desk().add(new).await,
        Err(words) => Err(DeskError::Refused(words)),
    };
    match made {
        Ok(target) => {
            face.note(&reader, "target-added", format!("{}: {}", target.id, target.target)).await?;
            face.recount().await;
            face.desk().tell(Progress::Targets);
            Ok(back(&target_url(&target.id), "add"))
        }
        // The form comes back with what was written, and with what is wrong.
        Err(error @ (DeskError::Refused(_) | DeskError::Known(_))) => {
            let model = overview::list(&face, &reader, String::new(), 1).await?;
            let page = targets::targets(&model, &reader, &draft, Some(&error.to_string()), None);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.into_string())).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn new_target(added: &Added, reader: &Reader) -> Result<NewTarget, String> {
    let every = match added.every.trim() {
        "" => None,
        text => Some(text.parse().map_err(|_| "How often is a number of seconds, such as 3600.".to_owned())?),
    };
    if added.text.trim().is_empty() {
        return Err("Write what to look at, such as shop.example.".into());
    }
    let tags = tags(added.tags.split(','))?;
    Ok(NewTarget {
        kind: added.kind.clone(),
        text: added.text.trim().to_owned(),
        name: Some(added.name.trim().to_owned()).filter(|name| !name.is_empty()),
        every,
        tags,
        by: reader.name.clone(),
    })
}

/// Tags in order and without doubles.
///
/// # Errors
/// What is wrong with them.
pub(crate) fn tags<'a>(given: impl Iterator<Item = &'a str>) -> Result<Vec<String>, String> {
    let mut tags: Vec<String> =
        given.map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect();
    tags.sort_unstable();
    tags.dedup();
    let is_wrong = |tag: &String| tag.chars().count() > TAG || tag.chars().any(midwatch_model::is_hidden);
    if tags.len() > TAGS || tags.iter().any(is_wrong) {
        return Err(format!("A target has at most {TAGS} tags of at most {TAG} printable characters each."));
    }
    Ok(tags)
}

#[derive(Debug, Deserialize)]
pub(crate) struct Channel {
    channel: String,
}

pub(crate) async fn test_channel(
    State(face): State<Face>,
    reader: Reader,
    Form(form): Form<Channel>,
) -> Result<Response, Fault> {
    want(&reader, Scope::Look)?;
    if !face.desk().test_channel(&form.channel).await? {
        return Err(Fault::unknown("No such channel is configured."));
    }
    face.note(&reader, "channel-tested", form.channel).await?;
    Ok(back("/alerts", "test"))
}
