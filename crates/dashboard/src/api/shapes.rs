//! What goes into the API and comes out of it.

use midwatch_model::{AttackId, Event, Host, Severity, State, Target, Time, Verdict};
use midwatch_store::watch::{LookLine, Origin, OutboxEntry, OutboxState, Summary, TrustedHostKey};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A page of a list.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Page<T> {
    /// The things.
    pub items: Vec<T>,
    /// The cursor of the page after this one; null at the end.
    pub next: Option<String>,
}

/// How many things are wanted.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "u32")]
pub(crate) struct Limit(pub u32);

impl TryFrom<u32> for Limit {
    type Error = &'static str;

    fn try_from(number: u32) -> Result<Self, Self::Error> {
        if (1..=500).contains(&number) { Ok(Limit(number)) } else { Err("a limit is from 1 to 500") }
    }
}

impl Default for Limit {
    fn default() -> Self {
        Limit(100)
    }
}

/// Where a page begins: the `next` of the page before.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Cursor(pub u64);

impl TryFrom<String> for Cursor {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_one = (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| is_one).map(Cursor).ok_or("a cursor is the `next` of the page before")
    }
}

/// A schema that stands in the place of the type.
macro_rules! described {
    ($type:ty, $name:literal, $schema:tt) => {
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

described!(Limit, "Limit", { "type": "integer", "minimum": 1, "maximum": 500 });
described!(Cursor, "Cursor", { "type": "string", "pattern": "^[0-9]{1,15}$" });
described!(Words, "Words", { "type": "string", "maxLength": 200 });

/// Words to search for.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Words(pub String);

impl TryFrom<String> for Words {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.chars().count() <= 200 {
            Ok(Words(text))
        } else {
            Err("words to search for have at most 200 characters")
        }
    }
}

impl Words {
    /// Them, without what no text of ours has in it; none where there are none.
    pub fn taken(words: Option<Words>) -> Option<String> {
        crate::pages::serve::some(&crate::pages::serve::words(words.map(|words| words.0)))
    }
}

/// A target and how it stands.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TargetState {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What is looked at.
    pub target: Target,
    /// Its host; none for this computer and what lies on it.
    pub host: Option<Host>,
    /// Who named it.
    pub origin: Named,
    /// Seconds between looks.
    pub every: u64,
    /// True while it is not looked at.
    pub paused: bool,
    /// When it was added.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub added: Time,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// When the newest look began; null before the first.
    #[schemars(with = "Option<String>")]
    pub looked: Option<Time>,
    /// When the next look is due.
    #[schemars(with = "Option<String>")]
    pub next: Option<Time>,
    /// How much the newest look could measure.
    pub state: Option<State>,
    /// Why it could not be measured, where that concerns the target as a whole.
    pub error: Option<String>,
    /// The worst severity of its findings.
    pub worst: Option<Severity>,
    /// Its findings of each severity.
    pub findings: Counts,
    /// What an attacker could do.
    pub verdicts: Vec<MethodVerdict>,
    /// Changes that are open.
    pub open_changes: u32,
    /// The worst severity of these.
    pub worst_change: Option<Severity>,
}

/// Who named a target.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub(crate) enum Named {
    /// The configuration.
    Configuration,
    /// Somebody.
    Account {
        /// Their name.
        name: String,
    },
}

/// Findings of each severity.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Counts {
    /// Worth knowing.
    pub info: u32,
    /// A second line of defence is missing.
    pub low: u32,
    /// Helps an attack that needs something else too.
    pub medium: u32,
    /// Enough for an attack by somebody who is on the path.
    pub high: u32,
    /// An attack needs no skill, or seems to be under way.
    pub critical: u32,
}

/// The verdict on one attack method.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct MethodVerdict {
    /// The method.
    pub method: AttackId,
    /// The verdict.
    pub verdict: Verdict,
}

impl From<Summary> for TargetState {
    fn from(one: Summary) -> Self {
        let [info, low, medium, high, critical] = one.counts;
        let verdict = |(method, verdict)| MethodVerdict { method, verdict };
        TargetState {
            host: one.target.target.host().cloned(),
            id: one.target.id,
            name: one.target.name,
            target: one.target.target,
            origin: match one.target.origin {
                Origin::File => Named::Configuration,
                Origin::Person { by } => Named::Account { name: by },
            },
            every: one.target.every,
            paused: one.target.paused,
            added: one.target.added,
            tags: one.target.tags,
            looked: one.looked,
            next: one.next,
            state: one.state,
            error: one.error,
            worst: one.worst,
            findings: Counts { info, low, medium, high, critical },
            verdicts: one.verdicts.into_iter().map(verdict).collect(),
            open_changes: one.open_events,
            worst_change: one.worst_event,
        }
    }
}

/// One look.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct LookState {
    /// When it began.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Time,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// How much it could measure.
    pub state: State,
    /// Why not, where that concerns the target as a whole.
    pub error: Option<String>,
    /// The worst severity of its findings.
    pub worst: Option<Severity>,
    /// How many findings.
    pub findings: u32,
    /// How many changes.
    pub changes: u32,
}

impl From<LookLine> for LookState {
    fn from(look: LookLine) -> Self {
        let LookLine { at, millis, state, error, worst, findings, changes } = look;
        LookState { at, millis, state, error, worst, findings, changes }
    }
}

/// An alert on its way.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AlertState {
    /// Its number.
    pub id: i64,
    /// The channel's name.
    pub channel: String,
    /// When it is to be sent, or was.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub due: Time,
    /// How often it was tried.
    pub tries: u32,
    /// True where it may have arrived once more than is known.
    pub uncertain: bool,
    /// How it stands: `waiting`, `sending`, `sent` or `given-up`.
    pub state: AlertStanding,
    /// When it was sent.
    #[schemars(with = "Option<String>")]
    pub sent: Option<Time>,
    /// Why it was given up.
    pub why: Option<String>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// The worst severity in it.
    pub severity: Severity,
    /// Its subject.
    pub title: String,
    /// The target's id; empty for what is about more than one.
    pub target: String,
    /// The numbers of the changes in it.
    pub events: Vec<i64>,
}

/// How an alert stands.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AlertStanding {
    /// It waits for its time.
    Waiting,
    /// It is being sent.
    Sending,
    /// It arrived.
    Sent,
    /// It is not tried any more.
    GivenUp,
}

impl From<OutboxEntry> for AlertState {
    fn from(one: OutboxEntry) -> Self {
        let (state, sent, why) = match one.state {
            OutboxState::Waiting => (AlertStanding::Waiting, None, None),
            OutboxState::Sending => (AlertStanding::Sending, None, None),
            OutboxState::Sent { at } => (AlertStanding::Sent, Some(at), None),
            OutboxState::GivenUp { why } => (AlertStanding::GivenUp, None, Some(why)),
        };
        AlertState {
            id: one.id,
            channel: one.channel,
            due: one.due,
            tries: one.tries,
            uncertain: one.uncertain,
            state,
            sent,
            why,
            last_error: one.last_error,
            severity: one.alert.severity,
            title: one.alert.title,
            target: one.alert.target,
            events: one.alert.events.iter().map(|event: &Event| event.id).collect(),
        }
    }
}

/// A host key that somebody trusts.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TrustedKey {
    /// The server, as `known_hosts` writes it.
    pub server: String,
    /// `SHA256:` and the hash of the key in Base64 without padding.
    pub fingerprint: String,
    /// Its type.
    pub key_type: String,
    /// Its bytes in Base64.
    pub blob: String,
    /// Who decided.
    pub by: String,
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Time,
}

impl From<TrustedHostKey> for TrustedKey {
    fn from(key: TrustedHostKey) -> Self {
        let TrustedHostKey { server, fingerprint, key_type, blob, by, at, .. } = key;
        TrustedKey { server, fingerprint, key_type, blob, by, at }
    }
}
