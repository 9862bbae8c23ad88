//! Whether the daemon lives, its figures, and the description of all of this.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::document::document;
use super::operation::{About, Call, Nothing, Operation};
use super::problem::Problem;

/// Whether the daemon lives.
#[derive(Debug, Serialize, JsonSchema)]
struct Health {
    /// Always `ok`; otherwise the answer is a problem.
    status: &'static str,
    /// The version.
    midwatch: &'static str,
}

/// An OpenAPI document.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(transparent)]
struct Described(#[schemars(with = "std::collections::BTreeMap<String, serde_json::Value>")] Value);

pub(super) fn operations() -> Vec<Operation> {
    vec![
        About::read(
            "/health",
            "health",
            "system",
            "Says whether the daemon and what it remembers can be reached.",
        )
        .by(health)
        .open(),
        About::read("/openapi.json", "describe", "system", "Gives this description.").by(describe).open(),
        About::read("/metrics", "metrics", "system", "Gives figures in the text form of Prometheus.")
            .problems(&[404])
            .by(metrics)
            .text("text/plain; version=0.0.4; charset=utf-8"),
    ]
}

async fn health(call: Call<Nothing, Nothing, ()>) -> Result<Health, Problem> {
    call.face.desk().ledger(|ledger| ledger.outbox(1).map(|_| ())).await?;
    Ok(Health { status: "ok", midwatch: env!("CARGO_PKG_VERSION") })
}

async fn describe(_: Call<Nothing, Nothing, ()>) -> Result<Described, Problem> {
    static DOCUMENT: std::sync::LazyLock<Value> = std::sync::LazyLock::new(document);
    Ok(Described(DOCUMENT.clone()))
}

async fn metrics(call: Call<Nothing, Nothing, ()>) -> Result<String, Problem> {
    call.face.desk().metrics().await.ok_or_else(|| Problem::unknown("Figures are not offered here."))
}
