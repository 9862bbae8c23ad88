//! Targets: what is watched, what was seen of each, and what is remembered.

use http::{Method, StatusCode};
use midwatch_model::{History, Report, Severity};
use midwatch_store::watch::Filter;
use schemars::JsonSchema;
use serde::Deserialize;

use super::operation::{About, Call, Json, Nothing, Operation};
use super::problem::Problem;
use super::shapes::{Cursor, Limit, LookState, Page, TargetState, TrustedKey, Words};
use crate::desk::NewTarget;
use crate::events::Progress;
use crate::pages::serve::{host_keys_of, keep_trust, tags, trust_of};
use crate::reader::Scope;
use crate::trust;

const TAG: &str = "targets";

pub(super) fn operations() -> Vec<Operation> {
    vec![
        About::read("/targets", "listTargets", TAG, "Lists targets and how they stand, the worst first.").by(list),
        About::change("/targets", "addTarget", TAG, "Adds a target, within the policy of the configuration.")
            .scope(Scope::Targets)
            .success(StatusCode::CREATED)
            .problems(&[409])
            .by(add),
        About::read("/targets/{id}", "getTarget", TAG, "Gives one target and how it stands.").by(get),
        About { method: Method::DELETE, ..About::change("/targets/{id}", "removeTarget", TAG, "Stops watching a target. What was seen of it stays until retention takes it.") }
            .scope(Scope::Targets)
            .by(remove),
        About::change("/targets/{id}/look", "lookNow", TAG, "Has a target looked at as soon as a place is free.")
            .scope(Scope::Look)
            .by(look),
        About::change("/targets/{id}/pause", "pauseTarget", TAG, "Pauses a target, or takes it up again.")
            .scope(Scope::Targets)
            .by(pause),
        About::read("/targets/{id}/report", "getReport", "reports", "Gives the newest report of a target, as `midwatch/1`.")
            .by(report),
        About::read("/targets/{id}/looks", "listLooks", TAG, "Lists the latest looks at a target, the newest first.")
            .by(looks),
        About::read("/targets/{id}/memory", "getMemory", TAG, "Gives what is remembered of a target: of each subject its values, the latest first.")
            .by(memory),
        About::read("/targets/{id}/host-keys", "listTrustedHostKeys", "host keys", "Lists the host keys of a target that people trust.")
            .by(trusted),
        About::change("/targets/{id}/host-keys", "trustHostKey", "host keys", "Trusts a host key that the server proved to hold. Compare it first with what the server's owner publishes.")
            .scope(Scope::Events)
            .problems(&[409])
            .by(trust_key),
    ]
}

/// Which target.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Which {
    /// The target's id.
    #[schemars(length(min = 1, max = 200), regex(pattern = r"^[a-zA-Z0-9._-]+$"))]
    id: String,
}

fn unknown() -> Problem {
    Problem::unknown("No such target is watched.")
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Those in whose id, name, address or tags these words stand.
    q: Option<Words>,
    /// Those that are at least so bad.
    worst: Option<Severity>,
    /// Those that have this tag.
    tag: Option<Words>,
    /// Where to go on.
    cursor: Option<Cursor>,
    /// How many at most, 100 where it is left out.
    limit: Option<Limit>,
}

async fn list(call: Call<Nothing, Wanted, ()>) -> Result<Page<TargetState>, Problem> {
    let Wanted { q, worst, tag, cursor, limit } = call.query;
    let limit = limit.unwrap_or_default().0;
    let offset = u32::try_from(cursor.map_or(0, |cursor| cursor.0)).unwrap_or(u32::MAX);
    let filter = Filter { text: Words::taken(q), worst, tag: Words::taken(tag), offset, limit };
    let (targets, total) = call.face.desk().ledger(move |ledger| ledger.summaries(&filter)).await?;
    let end = u64::from(offset) + targets.len() as u64;
    let next = (end < total && !targets.is_empty()).then(|| end.to_string());
    Ok(Page { items: targets.into_iter().map(TargetState::from).collect(), next })
}

/// A target as somebody writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Added {
    /// What it is.
    kind: Kind,
    /// What is looked at, as on the command line: `shop.example`, `mail.example:993`, `git.example`. Of mail, the domain.
    #[schemars(length(min = 1, max = 2000))]
    text: String,
    /// What people call it; what it is where it is left out.
    #[serde(default)]
    #[schemars(length(max = 200))]
    name: Option<String>,
    /// Seconds between looks; the configuration's where it is left out.
    #[serde(default)]
    every: Option<u64>,
    /// Words to find it by.
    #[serde(default)]
    #[schemars(length(max = 20))]
    tags: Vec<String>,
}

/// What a target is.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// A web site.
    Site,
    /// A TLS service.
    Tls,
    /// The mail of a domain.
    Mail,
    /// An SSH server.
    Ssh,
    /// A remote of git.
    Git,
}

async fn add(call: Call<Nothing, Nothing, Json<Added>>) -> Result<TargetState, Problem> {
    let reader = call.reader()?.clone();
    if !call.face.may_add(&reader) {
        let words = "The configuration does not let this account add targets.";
        return Err(Problem::new(StatusCode::FORBIDDEN, words));
    }
    let Added { kind, text, name, every, tags: given } = call.body.0;
    if text.chars().count() > 2000 || name.as_ref().is_some_and(|name| name.chars().count() > 200) {
        return Err(Problem::wrong("A text has at most 2000 characters, a name 200."));
    }
    let tags = tags(given.iter().map(String::as_str)).map_err(Problem::wrong)?;
    let kind = match kind {
        Kind::Site => "site",
        Kind::Tls => "tls",
        Kind::Mail => "mail",
        Kind::Ssh => "ssh",
        Kind::Git => "git",
    };
    let new = NewTarget { kind: kind.into(), text, name, every, tags, by: reader.name.clone() };
    let target = call.face.desk().add(new).await?;
    call.face.note(&reader, "target-added", format!("{}: {}", target.id, target.target)).await?;
    call.face.recount().await;
    call.face.desk().tell(Progress::Targets);
    let summary = call.face.desk().ledger(move |ledger| ledger.summary(&target.id)).await?;
    Ok(summary.ok_or_else(unknown)?.into())
}

async fn get(call: Call<Which, Nothing, ()>) -> Result<TargetState, Problem> {
    let id = call.path.id;
    let found = call.face.desk().ledger(move |ledger| ledger.summary(&id)).await?;
    Ok(found.ok_or_else(unknown)?.into())
}

async fn remove(call: Call<Which, Nothing, ()>) -> Result<Nothing, Problem> {
    let reader = call.reader()?.clone();
    if !call.face.desk().remove(&call.path.id).await? {
        return Err(unknown());
    }
    call.face.note(&reader, "target-removed", call.path.id).await?;
    call.face.recount().await;
    call.face.desk().tell(Progress::Targets);
    Ok(Nothing {})
}

async fn look(call: Call<Which, Nothing, ()>) -> Result<Nothing, Problem> {
    let id = call.path.id;
    let wanted = id.clone();
    call.face.desk().ledger(move |ledger| ledger.target(&wanted)).await?.ok_or_else(unknown)?;
    call.face.desk().look_now(&id).await?;
    Ok(Nothing {})
}

/// Whether a target is to be paused.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Paused {
    /// True: it is not looked at until it is taken up again.
    paused: bool,
}

async fn pause(call: Call<Which, Nothing, Json<Paused>>) -> Result<Nothing, Problem> {
    let reader = call.reader()?.clone();
    let paused = call.body.0.paused;
    if !call.face.desk().pause(&call.path.id, paused).await? {
        return Err(unknown());
    }
    let what = if paused { "target-paused" } else { "target-resumed" };
    call.face.note(&reader, what, call.path.id).await?;
    call.face.recount().await;
    call.face.desk().tell(Progress::Targets);
    Ok(Nothing {})
}

async fn report(call: Call<Which, Nothing, ()>) -> Result<Report, Problem> {
    let id = call.path.id;
    let found = call
        .face
        .desk()
        .ledger(move |ledger| match ledger.target(&id)? {
            Some(_) => ledger.report(&id),
            None => Ok(None),
        })
        .await?;
    let (at, report) = found.ok_or_else(|| Problem::unknown("There is no report of such a target yet."))?;
    Ok(Report::new(env!("CARGO_PKG_VERSION"), at, vec![report]))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Many {
    /// How many at most, 100 where it is left out.
    limit: Option<Limit>,
}

async fn looks(call: Call<Which, Many, ()>) -> Result<Page<LookState>, Problem> {
    let (id, limit) = (call.path.id, call.query.limit.unwrap_or_default().0);
    let looks = call
        .face
        .desk()
        .ledger(move |ledger| match ledger.target(&id)? {
            Some(_) => ledger.looks(&id, limit).map(Some),
            None => Ok(None),
        })
        .await?;
    let items = looks.ok_or_else(unknown)?.into_iter().map(LookState::from).collect();
    Ok(Page { items, next: None })
}

async fn memory(call: Call<Which, Nothing, ()>) -> Result<Page<History>, Problem> {
    let id = call.path.id;
    let memory = call
        .face
        .desk()
        .ledger(move |ledger| match ledger.target(&id)? {
            Some(_) => ledger.memory(&id).map(Some),
            None => Ok(None),
        })
        .await?;
    Ok(Page { items: memory.ok_or_else(unknown)?, next: None })
}

async fn trusted(call: Call<Which, Nothing, ()>) -> Result<Page<TrustedKey>, Problem> {
    let id = call.path.id;
    let keys = call
        .face
        .desk()
        .ledger(move |ledger| match ledger.target(&id)? {
            Some(_) => ledger.trusted_host_keys(&id).map(Some),
            None => Ok(None),
        })
        .await?;
    let items = keys.ok_or_else(unknown)?.into_iter().map(TrustedKey::from).collect();
    Ok(Page { items, next: None })
}

/// A host key that is to be trusted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ToTrust {
    /// The server, as `known_hosts` writes it.
    #[schemars(length(max = 300))]
    server: String,
    /// The whole fingerprint, as the server's owner publishes it: `SHA256:` and 43 characters.
    #[schemars(length(max = 100))]
    fingerprint: String,
}

async fn trust_key(call: Call<Which, Nothing, Json<ToTrust>>) -> Result<Nothing, Problem> {
    let reader = call.reader()?.clone();
    let id = call.path.id;
    let wanted = id.clone();
    let found = call
        .face
        .desk()
        .ledger(move |ledger| match ledger.target(&wanted)? {
            Some(_) => Ok(Some((ledger.report(&wanted)?, ledger.trusted_host_keys(&wanted)?))),
            None => Ok(None),
        })
        .await?;
    let (report, trusted) = found.ok_or_else(unknown)?;
    let ToTrust { server, fingerprint } = call.body.0;
    let met = report
        .iter()
        .flat_map(|(_, report)| host_keys_of(report))
        .filter(|known| known.name == server)
        .find_map(|known| {
            let known = trust::applied(known, &trusted);
            trust::to_decide(&known).find(|met| met.key.fingerprint == fingerprint).cloned()
        });
    let words = "At the last look the server proved no such key that is still to be decided on.";
    let met = met.ok_or_else(|| Problem::new(StatusCode::CONFLICT, words))?;
    keep_trust(&call.face, &reader, &id, vec![trust_of(&id, &server, &met, &reader)]).await?;
    Ok(Nothing {})
}
