//! Alerts that were sent, wait, or were given up; and trying a channel.

use schemars::JsonSchema;
use serde::Deserialize;

use super::operation::{About, Call, Nothing, Operation};
use super::problem::Problem;
use super::shapes::{AlertState, Limit, Page};
use crate::reader::Scope;

const TAG: &str = "alerts";

pub(super) fn operations() -> Vec<Operation> {
    vec![
        About::read("/outbox", "listAlerts", TAG, "Lists alerts, the newest first.").by(list),
        About::change("/channels/{channel}/test", "testChannel", TAG, "Sends a test alert over a channel.")
            .scope(Scope::Look)
            .by(test),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Many {
    /// How many at most, 100 where it is left out.
    limit: Option<Limit>,
}

async fn list(call: Call<Nothing, Many, ()>) -> Result<Page<AlertState>, Problem> {
    let limit = call.query.limit.unwrap_or_default().0;
    let all = call.face.desk().ledger(move |ledger| ledger.outbox(limit)).await?;
    Ok(Page { items: all.into_iter().map(AlertState::from).collect(), next: None })
}

/// Which channel.
#[derive(Debug, Deserialize, JsonSchema)]
struct Which {
    /// Its name.
    #[schemars(length(min = 1, max = 100))]
    channel: String,
}

async fn test(call: Call<Which, Nothing, ()>) -> Result<Nothing, Problem> {
    let reader = call.reader()?.clone();
    if !call.face.desk().test_channel(&call.path.channel).await? {
        return Err(Problem::unknown("No such channel is configured."));
    }
    call.face.note(&reader, "channel-tested", call.path.channel).await?;
    Ok(Nothing {})
}
