//! Alerts, search, explanations, settings, the audit log, and about.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use midwatch_model::Time;
use midwatch_store::watch::{EventFilter, Filter};
use serde::Deserialize;
use serde_json::json;

use super::{Fault, Form, answer, some, want, words};
use crate::face::Face;
use crate::pages::alerts::{self, AlertsModel};
use crate::pages::explain;
use crate::pages::search::{self, SearchModel};
use crate::pages::settings::{self, AuditLine};
use crate::reader::{Reader, Scope};

/// Alerts that are shown.
const ALERTS: u32 = 200;
/// Lines of the audit log on a page.
const LINES: u32 = 200;

pub(crate) async fn alerts(
    State(face): State<Face>,
    reader: Reader,
    Query(form): Query<Form>,
) -> Result<Response, Fault> {
    want(&reader, Scope::Read)?;
    let entries = face.desk().ledger(|ledger| ledger.outbox(ALERTS)).await?;
    let model = AlertsModel { now: Time::now(), channels: face.desk().settings().channels, entries };
    form.answer(&model, || alerts::alerts(&model, &reader, form.notice()))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Searched {
    q: Option<String>,
    format: Option<String>,
}

pub(crate) async fn search(
    State(face): State<Face>,
    reader: Reader,
    Query(searched): Query<Searched>,
) -> Result<Response, Fault> {
    want(&reader, Scope::Read)?;
    let q = words(searched.q);
    let mut model = SearchModel {
        now: Time::now(),
        q: q.clone(),
        targets: vec![],
        targets_total: 0,
        events: vec![],
        findings: vec![],
        topics: vec![],
    };
    if !q.is_empty() {
        let lower = q.to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&lower);
        model.topics = explain::topics()
            .into_iter()
            .filter(|(id, title)| has(id) || has(title))
            .take(SearchModel::MOST as usize)
            .map(|(id, title)| (id.to_owned(), title))
            .collect();
        let found = face
            .desk()
            .ledger(move |ledger| {
                let limit = SearchModel::MOST;
                let targets = Filter { text: some(&q), limit, ..Filter::default() };
                let events = EventFilter { text: some(&q), limit, ..EventFilter::default() };
                Ok((ledger.summaries(&targets)?, ledger.events(&events)?, ledger.search_findings(&q, limit)?))
            })
            .await?;
        ((model.targets, model.targets_total), model.events, model.findings) = found;
    }
    answer(searched.format.as_deref(), &model, || search::search(&model, &reader))
}

pub(crate) async fn explain(reader: Reader, Query(form): Query<Form>) -> Result<Response, Fault> {
    want(&reader, Scope::Read)?;
    let topics: Vec<_> =
        explain::topics().into_iter().map(|(id, title)| json!({ "id": id, "title": title })).collect();
    form.answer(&topics, || explain::index(&reader))
}

pub(crate) async fn topic(
    reader: Reader,
    Path(id): Path<String>,
    Query(form): Query<Form>,
) -> Result<Response, Fault> {
    want(&reader, Scope::Read)?;
    let unknown = || Fault::unknown("midwatch has no check, rule or method of this name.");
    let page = explain::topic(&id, &reader).ok_or_else(unknown)?;
    let source = midwatch_judge::explain(&id).ok_or_else(unknown)?;
    form.answer(&json!({ "id": id, "markdown": source }), || page)
}

pub(crate) async fn settings(
    State(face): State<Face>,
    reader: Reader,
    Query(form): Query<Form>,
) -> Result<Response, Fault> {
    want(&reader, Scope::Read)?;
    let set = face.desk().settings();
    form.answer(&set.sections, || settings::settings(&set.sections, set.file.as_deref(), &reader))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Before {
    before: Option<String>,
    format: Option<String>,
}

pub(crate) async fn audit(
    State(face): State<Face>,
    reader: Reader,
    Query(wanted): Query<Before>,
) -> Result<Response, Fault> {
    want(&reader, Scope::Admin)?;
    let before: Option<i64> = wanted.before.as_deref().and_then(|text| text.parse().ok());
    let mut lines = face.desk().ledger(move |ledger| ledger.audit(before, None, LINES + 1)).await?;
    let has_more = lines.len() > LINES as usize;
    lines.truncate(LINES as usize);
    let next = lines.last().map(|line| line.id).filter(|_| has_more);
    let lines: Vec<AuditLine> = lines
        .into_iter()
        .map(|line| AuditLine {
            id: line.id,
            at: line.at,
            who: line.who,
            from: line.address,
            what: line.what,
            detail: line.detail,
        })
        .collect();
    answer(wanted.format.as_deref(), &lines, || settings::audit(&lines, next, &reader))
}

pub(crate) async fn about(reader: Reader, Query(form): Query<Form>) -> Result<Response, Fault> {
    want(&reader, Scope::Read)?;
    form.answer(&json!({ "midwatch": env!("CARGO_PKG_VERSION") }), || settings::about(&reader))
}
