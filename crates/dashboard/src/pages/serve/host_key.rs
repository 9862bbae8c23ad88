//! The page of a host key, and the decision on it.

use std::collections::BTreeSet;

use axum::extract::{Path, Query, RawForm, State};
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;
use midwatch_model::{EventState, HostKeyMet, Remembered, Time};
use midwatch_report::fragments;
use midwatch_store::watch::{EventFilter, TrustedHostKey};

use super::events::is_about_host_key;
use super::target::{host_keys, unknown};
use super::{Fault, Form, back, want};
use crate::desk::DeskError;
use crate::events::Progress;
use crate::face::Face;
use crate::pages::host_key::{self, Decision, HostKeyModel, ServerKeys, tail};
use crate::pages::parts::target_url;
use crate::reader::{Reader, Scope};
use crate::trust;

/// Open changes of a target that are looked through.
const EVENTS: u32 = 1000;

async fn model(face: &Face, id: String) -> Result<HostKeyModel, Fault> {
    let found = face
        .desk()
        .ledger(move |ledger| {
            let Some(target) = ledger.target(&id)? else { return Ok(None) };
            Ok(Some((target, ledger.report(&id)?, ledger.trusted_host_keys(&id)?)))
        })
        .await?;
    let (target, report, trusted) = found.ok_or_else(unknown)?;
    let mut servers = Vec::new();
    if let Some((_, report)) = &report {
        let all: Vec<_> = host_keys(report).collect();
        // The report tells of all servers in one go; it stands with the first.
        let mut sections = Some(fragments::target_parts(report).host_keys);
        for known in all {
            let decisions = trusted.iter().filter(|key| key.server == known.name).map(|key| Decision {
                fingerprint: key.fingerprint.clone(),
                key_type: key.key_type.clone(),
                by: key.by.clone(),
                at: key.at,
            });
            servers.push(ServerKeys {
                known: trust::applied(known, &trusted),
                sections: sections.take().unwrap_or_default(),
                decisions: decisions.collect(),
            });
        }
    }
    let met = report.as_ref().map(|(at, _)| *at);
    Ok(HostKeyModel { now: Time::now(), target: target.id, name: target.name, met, servers })
}

pub(crate) async fn show(
    State(face): State<Face>,
    reader: Reader,
    Path(id): Path<String>,
    Query(form): Query<Form>,
) -> Result<Response, Fault> {
    want(&reader, Scope::Read)?;
    let model = model(&face, id).await?;
    form.answer(&model, || host_key::host_key(&model, &reader, None))
}

/// The keys that were typed rightly, or what is wrong.
fn chosen<'a>(server: &'a ServerKeys, fields: &[(String, String)]) -> Result<Vec<&'a HostKeyMet>, String> {
    let all = |name: &str| -> Vec<&str> {
        fields.iter().filter(|(field, _)| field == name).map(|(_, value)| value.trim()).collect()
    };
    let mut keys = Vec::new();
    for (fingerprint, typed) in all("fingerprint").into_iter().zip(all("tail")) {
        if typed.is_empty() {
            continue;
        }
        let Some(met) = server.to_decide().find(|met| met.key.fingerprint == fingerprint) else {
            return Err(
                "The server shows other keys now than when this page was made. Look at them again.".into()
            );
        };
        // Somebody may have pasted the whole fingerprint.
        let is_right =
            typed == tail(fingerprint) || typed == fingerprint || format!("SHA256:{typed}") == fingerprint;
        if !is_right {
            return Err(format!(
                "What you wrote is not the end of the {} key's fingerprint. Where the owner publishes another one, this is \
                 not their key: cancel.",
                met.key.key_type
            ));
        }
        keys.push(met);
    }
    if keys.is_empty() {
        return Err(format!("Write the last {} characters of the fingerprint.", host_key::TYPED));
    }
    Ok(keys)
}

pub(crate) async fn decide(
    State(face): State<Face>,
    reader: Reader,
    Path(id): Path<String>,
    RawForm(body): RawForm,
) -> Result<Response, Fault> {
    want(&reader, Scope::Events)?;
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(&body).into_owned().collect();
    let field = |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str());
    if field("choice") != Some("trust") {
        return Err(Fault::wrong("The choice is to verify and trust, or to cancel."));
    }
    let model = model(&face, id.clone()).await?;
    let Some(server) =
        model.servers.iter().find(|server| Some(server.known.name.as_str()) == field("server"))
    else {
        return Err(Fault::wrong("The target has no such server now. Look at its page again."));
    };
    let keys = match chosen(server, &fields) {
        Ok(keys) => keys,
        Err(words) => {
            let page = host_key::host_key(&model, &reader, Some(&words));
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.into_string())).into_response());
        }
    };
    let trusted: Vec<TrustedHostKey> =
        keys.iter().map(|met| of(&id, &server.known.name, met, &reader)).collect();
    keep(&face, &reader, &id, trusted).await?;
    Ok(back(&target_url(&id), "trust"))
}

/// A decision on a key.
pub(crate) fn of(target: &str, server: &str, met: &HostKeyMet, reader: &Reader) -> TrustedHostKey {
    TrustedHostKey {
        target: target.into(),
        server: server.into(),
        fingerprint: met.key.fingerprint.clone(),
        key_type: met.key.key_type.clone(),
        blob: met.key.blob.clone(),
        by: reader.name.clone(),
        at: Time::now(),
    }
}

/// Keeps decisions, and acknowledges the open changes of host keys that they answer: those in which nothing was met but
/// keys that are trusted now, or that were known before.
pub(crate) async fn keep(
    face: &Face,
    reader: &Reader,
    id: &str,
    trusted: Vec<TrustedHostKey>,
) -> Result<(), DeskError> {
    let (target, by) = (id.to_owned(), reader.name.clone());
    let detail: Vec<String> =
        trusted.iter().map(|key| format!("{} {}", key.server, key.fingerprint)).collect();
    let closed = face
        .desk()
        .ledger(move |ledger| {
            for key in &trusted {
                ledger.trust_host_key(key)?;
            }
            let all: BTreeSet<String> =
                ledger.trusted_host_keys(&target)?.into_iter().map(|key| key.fingerprint).collect();
            let open = EventFilter {
                target: Some(target.clone()),
                open: Some(true),
                limit: EVENTS,
                ..EventFilter::default()
            };
            let mut closed = Vec::new();
            for event in ledger.events(&open)?.into_iter().filter(is_about_host_key) {
                let keys = |memo: &Option<midwatch_model::Memo>| match memo.as_ref().map(|memo| &memo.what) {
                    Some(Remembered::HostKeys { keys }) => {
                        keys.iter().map(|key| key.fingerprint.clone()).collect::<BTreeSet<_>>()
                    }
                    _ => BTreeSet::new(),
                };
                let (was, is) = (keys(&event.change.was), keys(&event.change.is));
                if !is.is_empty() && is.iter().all(|key| all.contains(key) || was.contains(key)) {
                    let note = Some("The key was verified and is trusted.".to_owned());
                    let state = EventState::Acknowledged { by: by.clone(), at: Time::now(), note };
                    if ledger.set_event_state(event.id, &state)? {
                        closed.push(event.id);
                    }
                }
            }
            Ok(closed)
        })
        .await?;
    face.note(reader, "host-key-trusted", format!("{id}: {}", detail.join(", "))).await?;
    for event in closed {
        face.note(reader, "change-acknowledged", format!("change {event}")).await?;
        face.desk().tell(Progress::Event { id: event });
    }
    face.recount().await;
    Ok(())
}
