//! The overview and the list of targets.

use axum::extract::{Query, State};
use axum::response::Response;
use midwatch_model::{Severity, Time};
use midwatch_store::watch::{self, EventFilter};
use serde::Deserialize;

use super::{Fault, answer, some, want, words};
use crate::face::Face;
use crate::pages::overview::{self, Filter, OverviewModel};
use crate::pages::targets::{self, Draft, TargetsModel};
use crate::reader::{Reader, Scope};

/// Targets on a page.
const SIZE: u32 = 50;
/// Open changes that the overview shows.
const OPEN: u32 = 5;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    q: Option<String>,
    worst: Option<String>,
    tag: Option<String>,
    page: Option<String>,
    format: Option<String>,
    done: Option<String>,
}

/// The page's number; what is none is the first.
fn number(text: Option<&String>) -> u32 {
    text.and_then(|text| text.parse().ok()).filter(|page| (1..=1_000_000).contains(page)).unwrap_or(1)
}

pub(crate) async fn show(
    State(face): State<Face>,
    reader: Reader,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Fault> {
    want(&reader, Scope::Read)?;
    let worst = match wanted.worst.as_deref() {
        None | Some("") => None,
        Some(word) => Some(
            Severity::ALL
                .into_iter()
                .find(|severity| severity.to_string() == word)
                .ok_or_else(|| Fault::wrong("A severity is info, low, medium, high or critical."))?,
        ),
    };
    let filter = Filter {
        q: words(wanted.q),
        worst,
        tag: words(wanted.tag),
        page: number(wanted.page.as_ref()).into(),
    };
    let asked = watch::Filter {
        text: some(&filter.q),
        worst: filter.worst,
        tag: some(&filter.tag),
        offset: u32::try_from((filter.page - 1) * u64::from(SIZE)).unwrap_or(u32::MAX),
        limit: SIZE,
    };
    let digest = face.digest().await?;
    let ((targets, total), open) = face
        .desk()
        .ledger(move |ledger| {
            let open = EventFilter { open: Some(true), limit: OPEN, ..EventFilter::default() };
            Ok((ledger.summaries(&asked)?, ledger.events(&open)?))
        })
        .await?;
    let model = OverviewModel {
        now: Time::now(),
        digest: (*digest).clone(),
        open,
        filter,
        targets,
        total,
        size: SIZE.into(),
    };
    let notice = wanted.done.as_deref().and_then(super::done);
    answer(wanted.format.as_deref(), &model, || overview::overview(&model, &reader, notice))
}

pub(crate) async fn targets(
    State(face): State<Face>,
    reader: Reader,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Fault> {
    want(&reader, Scope::Read)?;
    let model = list(&face, &reader, words(wanted.q), number(wanted.page.as_ref())).await?;
    let notice = wanted.done.as_deref().and_then(super::done);
    answer(wanted.format.as_deref(), &model, || {
        targets::targets(&model, &reader, &Draft::default(), None, notice)
    })
}

/// The list of targets, for its own page and for a draft that could not be taken.
pub(super) async fn list(face: &Face, reader: &Reader, q: String, page: u32) -> Result<TargetsModel, Fault> {
    let asked = watch::Filter {
        text: some(&q),
        offset: (page - 1).saturating_mul(SIZE),
        limit: SIZE,
        ..watch::Filter::default()
    };
    let (targets, total) = face.desk().ledger(move |ledger| ledger.summaries(&asked)).await?;
    let may_add = face.may_add(reader);
    Ok(TargetsModel { now: Time::now(), q, page: page.into(), size: SIZE.into(), total, targets, may_add })
}
