//! What decides on who may use the dashboard.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use maud::Markup;
use midwatch_model::Time;
use midwatch_store::watch::audit::NewLine;

use super::books::{Books, Unkept};
use super::oidc::{self, OidcError, Provider};
use super::password::{self, Hasher};
use super::seal::{Seal, SealError};
use super::waiting::Waiting;
use super::{frame, random, recovery};
use crate::guard::host::Names;
use crate::guard::proxy::Proxies;
use crate::guard::rate::Limiter;
use crate::guard::visitor::Visitor;

/// How the dashboard is used.
#[derive(Clone, Debug)]
pub struct Rules {
    /// How long somebody stays logged in at most.
    pub session: Duration,
    /// After how long without a request somebody is logged out.
    pub idle: Duration,
    /// How long after a log-in somebody may change who can log in, without logging in again.
    pub fresh: Duration,
    /// A session serves only from the address that logged in.
    pub bound: bool,
    /// What a new password must be.
    pub password: password::Rule,
    /// Passwords are taken at all.
    pub passwords: bool,
    /// Whoever logs in by a password has to have a second factor, and is led to set one up.
    pub second: bool,
    /// Log-in by a provider.
    pub oidc: Option<oidc::Settings>,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            session: Duration::from_secs(12 * 60 * 60),
            idle: Duration::from_secs(60 * 60),
            fresh: Duration::from_secs(15 * 60),
            bound: false,
            password: password::Rule::default(),
            passwords: true,
            second: false,
            oidc: None,
        }
    }
}

/// A log-in that needs its second factor.
#[derive(Clone, Debug)]
pub(crate) struct Half {
    pub account: i64,
    pub next: String,
    /// Codes that may still be tried.
    pub tries: u32,
    /// The session that the new one takes the place of.
    pub instead: Option<i64>,
}

/// A challenge for a passkey.
#[derive(Clone, Debug)]
pub(crate) struct Challenge {
    pub challenge: String,
    pub next: String,
}

/// What draws a page around a title and a body: for somebody who has logged in, or for nobody yet.
pub type Frame = fn(title: &str, visitor: Option<&Visitor>, body: Markup) -> Markup;

pub(crate) struct Inner {
    pub rules: Rules,
    pub names: Names,
    pub proxies: Proxies,
    pub books: Books,
    pub seal: Seal,
    pub hasher: Hasher,
    pub limiter: Limiter,
    pub oidc: Option<Provider>,
    /// The code without which nobody becomes the first admin; none once there are accounts.
    pub setup: Option<String>,
    /// By the cookie of a log-in.
    pub halves: Waiting<Half>,
    pub challenges: Waiting<Challenge>,
    pub flows: Waiting<oidc::Flow>,
    /// Secrets of authenticator apps that are not proved yet, and challenges of new passkeys, by a session's form
    /// secret.
    pub apps: Waiting<Vec<u8>>,
    pub makings: Waiting<String>,
    pub frame: Frame,
    pub public: Vec<String>,
}

/// Decides on who may use the dashboard. A handle.
#[derive(Clone)]
pub struct Access(pub(crate) Arc<Inner>);

impl std::fmt::Debug for Access {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Access")
    }
}

/// Why nobody can be let in.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// No key.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// No ledger.
    #[error(transparent)]
    Books(#[from] Unkept),
    /// No provider.
    #[error(transparent)]
    Oidc(#[from] OidcError),
    /// No way to log in.
    #[error("nobody can log in: passwords are switched off in [web.password], and there is no [web.oidc]")]
    NoWay,
}

/// What makes an [`Access`].
#[derive(Debug)]
pub struct Builder {
    rules: Rules,
    names: Names,
    proxies: Proxies,
    books: Books,
    hasher: Hasher,
    frame: Frame,
    public: Vec<String>,
}

impl Builder {
    /// Draws pages in another frame than the plain one.
    #[must_use]
    pub fn frame(mut self, frame: Frame) -> Builder {
        self.frame = frame;
        self
    }

    /// Lets everybody read what is below a path (`/assets/`), or at one (`/metrics`, which then has to ask for its own
    /// token).
    #[must_use]
    pub fn public(mut self, path: &str) -> Builder {
        self.public.push(path.to_owned());
        self
    }

    /// Has these proxies ask for others.
    #[must_use]
    pub fn behind(mut self, proxies: Proxies) -> Builder {
        self.proxies = proxies;
        self
    }

    /// Hashes passwords by other parameters: for tests.
    #[must_use]
    pub fn hasher(mut self, hasher: Hasher) -> Builder {
        self.hasher = hasher;
        self
    }

    /// Makes it. `key` is the file with the key of the installation, which is made where it is not there.
    ///
    /// # Errors
    /// [`AccessError`].
    pub async fn open(self, key: &Path) -> Result<Access, AccessError> {
        let seal = Seal::open(key)?;
        let oidc = self.rules.oidc.clone().map(Provider::new).transpose()?;
        if !self.rules.passwords && oidc.is_none() {
            return Err(AccessError::NoWay);
        }
        let is_new = self.rules.passwords && !self.books.run(|ledger| ledger.has_accounts()).await?;
        let setup = is_new.then(|| recovery::codes().swap_remove(0));
        Ok(Access(Arc::new(Inner {
            rules: self.rules,
            names: self.names,
            proxies: self.proxies,
            books: self.books,
            seal,
            hasher: self.hasher,
            limiter: Limiter::default(),
            oidc,
            setup,
            halves: Waiting::default(),
            challenges: Waiting::default(),
            flows: Waiting::default(),
            apps: Waiting::default(),
            makings: Waiting::default(),
            frame: self.frame,
            public: self.public,
        })))
    }
}

impl Access {
    /// Begins to make one, for a dashboard of these names.
    pub fn builder(rules: Rules, names: Names, books: Books) -> Builder {
        let (hasher, public) = (Hasher::default(), vec!["/assets/".to_owned()]);
        let proxies = Proxies::default();
        Builder { rules, names, proxies, books, hasher, frame: frame::plain, public }
    }

    /// The code of the first start, to be shown to whoever starts the daemon and to nobody else; none where there are
    /// accounts. It serves at `/setup`, once.
    pub fn setup_code(&self) -> Option<&str> {
        self.0.setup.as_deref()
    }

    /// Adds a line to the log of who did what. What fails is written to the log of the daemon instead.
    pub async fn note(&self, who: &str, from: Option<IpAddr>, what: &str, detail: &str) {
        let owned = [
            who.to_owned(),
            from.map(|from| from.to_string()).unwrap_or_default(),
            what.into(),
            detail.into(),
        ];
        let done = self.0.books.run(move |ledger| {
            let [who, address, what, detail] = &owned;
            ledger.note(&NewLine { who, address, what, detail }, Timestamp::now())
        });
        if let Err(error) = done.await {
            tracing::error!(%error, who, what, detail, "the audit log was not written");
        }
    }

    /// The same for somebody who has logged in.
    pub async fn note_of(&self, visitor: &Visitor, what: &str, detail: &str) {
        self.note(&visitor.name, Some(visitor.from), what, detail).await;
    }

    /// Removes sessions whose lifetime is over, once an hour, until it is dropped.
    pub async fn keep(&self) {
        loop {
            let (created, used) = self.ages();
            if let Err(error) = self.0.books.run(move |ledger| ledger.sweep_sessions(created, used)).await {
                tracing::warn!(%error, "old sessions were not removed");
            }
            tokio::time::sleep(Duration::from_secs(60 * 60)).await;
        }
    }

    /// The times after which a session has to have been made and used.
    pub(crate) fn ages(&self) -> (Time, Time) {
        let now = Timestamp::now();
        let before = |age: Duration| {
            let age = SignedDuration::try_from(age).unwrap_or(SignedDuration::ZERO);
            now.checked_sub(age).unwrap_or(Timestamp::MIN)
        };
        (before(self.0.rules.session), before(self.0.rules.idle))
    }

    /// What a form carries before anybody has logged in, for the cookie of that log-in.
    pub(crate) fn form_code(&self, cookie: &str) -> String {
        self.0.seal.code(&format!("form {cookie}"))
    }

    /// Whether a form carries it.
    pub(crate) fn is_form_code(&self, cookie: &str, given: &str) -> bool {
        random::same(&self.form_code(cookie), given)
    }
}
