//! The page of a target, and its report to keep.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use midwatch_model::{Fact, HostKeyVerdict, HostKeys, Report, TargetReport, Time};
use midwatch_store::watch::EventFilter;

use super::{Fault, Form, want};
use crate::desk::DeskError;
use crate::face::Face;
use crate::pages::target::{self, HostKeyNotice, TargetModel};
use crate::reader::{Reader, Scope};
use crate::trust;

/// Looks and changes that are shown.
const LOOKS: u32 = 400;
const EVENTS: u32 = 50;

pub(super) fn unknown() -> Fault {
    Fault::unknown("No such target is watched.")
}

/// What is known of the host keys of a target.
pub(crate) fn host_keys(report: &TargetReport) -> impl Iterator<Item = &HostKeys> {
    report.observations.iter().filter_map(|one| match &one.fact {
        Fact::HostKeys(known) => Some(&**known),
        _ => None,
    })
}

pub(crate) async fn show(
    State(face): State<Face>,
    reader: Reader,
    Path(id): Path<String>,
    Query(form): Query<Form>,
) -> Result<Response, Fault> {
    want(&reader, Scope::Read)?;
    let known = face
        .desk()
        .ledger(move |ledger| {
            let Some(summary) = ledger.summary(&id)? else { return Ok(None) };
            let events = EventFilter { target: Some(id.clone()), limit: EVENTS, ..EventFilter::default() };
            Ok(Some((
                summary,
                ledger.report(&id)?,
                ledger.looks(&id, LOOKS)?,
                ledger.events(&events)?,
                ledger.memory(&id)?,
                ledger.trusted_host_keys(&id)?,
            )))
        })
        .await?;
    let (summary, report, looks, events, memory, trusted) = known.ok_or_else(unknown)?;
    let (target, next) = (summary.target, summary.next);
    let host_keys =
        report.iter().flat_map(|(_, report)| host_keys(report)).map(|known| trust::applied(known, &trusted));
    let host_keys = host_keys
        .filter(|known| known.verdict != HostKeyVerdict::Verified)
        .map(|known| HostKeyNotice { name: known.name, verdict: known.verdict })
        .collect();
    let model = TargetModel { now: Time::now(), target, next, report, looks, events, memory, host_keys };
    form.answer(&model, || target::target(&model, &reader, form.notice()))
}

/// The newest report of a target as a document of its own.
async fn report(face: &Face, reader: &Reader, id: String) -> Result<(String, Report), Fault> {
    want(reader, Scope::Read)?;
    let wanted = id.clone();
    let found = face
        .desk()
        .ledger(move |ledger| match ledger.target(&wanted)? {
            Some(_) => ledger.report(&wanted),
            None => Ok(None),
        })
        .await?;
    let (at, report) = found.ok_or_else(|| Fault::unknown("There is no report of such a target yet."))?;
    Ok((id, Report::new(env!("CARGO_PKG_VERSION"), at, vec![report])))
}

pub(crate) async fn report_json(
    State(face): State<Face>,
    reader: Reader,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let (id, report) = report(&face, &reader, id).await?;
    file(&id, "json", "application/json", midwatch_report::json(&report))
}

pub(crate) async fn report_html(
    State(face): State<Face>,
    reader: Reader,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let (id, report) = report(&face, &reader, id).await?;
    file(&id, "html", "text/html; charset=utf-8", midwatch_report::html(&report))
}

/// A file to keep. It is never shown in place: it has a style of its own, which the policy of these pages forbids.
fn file(id: &str, ending: &str, kind: &'static str, body: String) -> Result<Response, Fault> {
    let stem: String =
        id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).take(80).collect();
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"midwatch-{stem}.{ending}\""))
        .map_err(|error| DeskError::Failed(format!("The file cannot be named: {error}")))?;
    Ok(([(CONTENT_TYPE, HeaderValue::from_static(kind)), (CONTENT_DISPOSITION, disposition)], body)
        .into_response())
}
