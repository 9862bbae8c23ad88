//! The running daemon, as its face and its signals see it.

use std::sync::{Arc, PoisonError, RwLock};

use midwatch_model::{Host, Starttls, Target, TargetError, Time};
use midwatch_store::watch::{Origin, WatchTarget};
use tokio::sync::{broadcast, mpsc};

use crate::config::{Config, TargetKind};
use crate::looker::Looker;
use crate::memory::{Memory, MemoryError};
use crate::progress::{Bus, Progress};

/// The longest time between looks, in seconds: a year.
const LONGEST: u64 = 366 * 86_400;

/// The longest name of a target.
const NAME: usize = 200;

/// A handle on the running daemon.
#[derive(Clone)]
pub struct Watcher {
    pub(crate) memory: Memory,
    pub(crate) beside: Memory,
    pub(crate) bus: Bus,
    pub(crate) config: Arc<RwLock<Arc<Config>>>,
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) looker: Arc<dyn Looker>,
}

/// What the engine is told to do.
#[derive(Debug)]
pub(crate) enum Command {
    /// Look at a target next.
    LookNow(String),
    /// Look at all of them.
    LookAtAll,
    /// Take the targets from the ledger anew.
    Targets,
    /// Go on by this configuration.
    Reload(Box<Config>),
}

/// A target as somebody wrote it.
#[derive(Clone, Debug)]
pub struct NewTarget {
    /// What it is. What lies on this computer is named in midwatch.toml alone.
    pub kind: TargetKind,
    /// What is looked at, as on the command line.
    pub text: String,
    /// For a TLS service: the name that is sent as SNI, and expected in the certificate.
    pub sni: Option<String>,
    /// For a TLS service whose connections begin in plain text: how they ask for TLS.
    pub starttls: Option<Starttls>,
    /// What people call it; where it is none, what it is.
    pub name: Option<String>,
    /// Seconds between looks; the configuration's where it is none.
    pub every: Option<u64>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Who adds it.
    pub by: String,
}

/// Why a target is not added.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// It cannot be understood.
    #[error("{0}")]
    Target(#[from] TargetError),
    /// It may not be.
    #[error("{0}")]
    Refused(String),
    /// It is there already.
    #[error("{name} is watched already, as {id}")]
    Known {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
    },
    /// It cannot be kept.
    #[error(transparent)]
    Memory(#[from] MemoryError),
}

impl Watcher {
    /// The same ledger by a connection of its own, for whoever reads much and need not wait for looks to be kept.
    pub fn beside(&self) -> &Memory {
        &self.beside
    }

    /// The ledger.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// The configuration as it is now.
    pub fn config(&self) -> Arc<Config> {
        self.config.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Hears what happens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Progress> {
        self.bus.subscribe()
    }

    /// Tells everybody who listens that something is another now.
    pub fn tell(&self, progress: Progress) {
        self.bus.tell(progress);
    }

    /// Looks at a target as soon as a place is free.
    pub async fn look_now(&self, id: &str) {
        self.command(Command::LookNow(id.to_owned())).await;
    }

    /// Looks at every target that is not paused, as places become free.
    pub async fn look_at_all(&self) {
        self.command(Command::LookAtAll).await;
    }

    /// Goes on by another configuration: what is under way ends as it began.
    pub async fn reload(&self, config: Config) {
        self.command(Command::Reload(Box::new(config))).await;
    }

    /// Adds a target that somebody wrote. It is looked at within the policy of the configuration, whoever added it.
    ///
    /// # Errors
    /// [`AddError`].
    pub async fn add(&self, new: NewTarget) -> Result<WatchTarget, AddError> {
        let config = self.config();
        let target = self.looker.target(new.kind, &new.text, new.sni.as_deref(), new.starttls)?;
        config.policy.check(&target).map_err(AddError::Refused)?;
        let name = new.name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| target.to_string());
        if name.chars().count() > NAME || midwatch_model::lossless(name.as_bytes()) != name {
            return Err(AddError::Refused(format!(
                "a name has at most {NAME} characters, all of them printable"
            )));
        }
        let least = config.policy.at_least_every.seconds();
        let every = new.every.unwrap_or_else(|| config.watch.every.seconds().max(least));
        if !(least..=LONGEST).contains(&every) {
            let sentence =
                format!("the time between looks is from {least} s, which midwatch.toml sets, to {LONGEST} s");
            return Err(AddError::Refused(sentence));
        }
        let most = config.policy.most as usize;
        let made = WatchTarget {
            id: id(&target),
            name,
            target,
            origin: Origin::Person { by: new.by },
            every,
            paused: false,
            added: Time::now(),
            tags: new.tags,
        };
        let kept = made.clone();
        let known = self
            .memory
            .run(move |ledger| {
                let all = ledger.targets()?;
                if let Some(known) = all.iter().find(|known| known.id == kept.id) {
                    return Ok(Err(AddError::Known { id: known.id.clone(), name: known.name.clone() }));
                }
                let added = all.iter().filter(|known| matches!(known.origin, Origin::Person { .. })).count();
                if added >= most {
                    let sentence =
                        format!("{most} targets were added already, which is all that midwatch.toml allows");
                    return Ok(Err(AddError::Refused(sentence)));
                }
                ledger.put_target(&kept)?;
                Ok(Ok(()))
            })
            .await?;
        known?;
        self.command(Command::Targets).await;
        Ok(made)
    }

    /// Takes a target away that somebody added; false where there is none. What was seen of it stays until it is too old.
    ///
    /// # Errors
    /// [`AddError::Refused`] for one of midwatch.toml.
    pub async fn remove(&self, id: &str) -> Result<bool, AddError> {
        let id = id.to_owned();
        let gone = self
            .memory
            .run(move |ledger| match ledger.target(&id)? {
                Some(WatchTarget { origin: Origin::File, name, .. }) => Ok(Err(AddError::Refused(format!(
                    "{name} stands in midwatch.toml: take it away there, and reload"
                )))),
                Some(_) => Ok(Ok(ledger.remove_target(&id)?)),
                None => Ok(Ok(false)),
            })
            .await??;
        self.command(Command::Targets).await;
        Ok(gone)
    }

    /// Looks at a target no more until it is taken up again; false where there is none.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub async fn pause(&self, id: &str, paused: bool) -> Result<bool, MemoryError> {
        let id = id.to_owned();
        let there = self
            .memory
            .run(move |ledger| match ledger.target(&id)? {
                Some(target) => ledger.put_target(&WatchTarget { paused, ..target }).map(|()| true),
                None => Ok(false),
            })
            .await?;
        self.command(Command::Targets).await;
        Ok(there)
    }

    async fn command(&self, command: Command) {
        // An engine that has ended does nothing more.
        let _ = self.commands.send(command).await;
    }
}

/// The id of a target: what it is, in letters, digits and hyphens, and enough of its hash to keep two apart.
pub fn id(target: &Target) -> String {
    let (kind, shown) = match target {
        Target::Site { .. } => ("site", target.to_string()),
        Target::Tls { sni, starttls, .. } => {
            let sni = sni.as_deref().unwrap_or_default();
            // Without STARTTLS the id is what it was before there was any.
            let by = starttls.map(|protocol| format!(" by {protocol}")).unwrap_or_default();
            ("tls", format!("{target} {sni}{by}"))
        }
        Target::Mail { .. } => ("mail", target.to_string()),
        Target::Ssh { .. } => ("ssh", target.to_string()),
        Target::Git { .. } => ("git", target.to_string()),
        Target::Repository { .. } => ("repository", target.to_string()),
        Target::Here { .. } => ("here", target.to_string()),
        Target::Server => ("host", target.to_string()),
        Target::TlsReports { .. } => ("tls-reports", target.to_string()),
    };
    let hash = ring::digest::digest(&ring::digest::SHA256, format!("{kind} {shown}").as_bytes());
    let hash: String = hash.as_ref().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let whom = target.host().map_or_else(|| shown.clone(), Host::to_string);
    let mut slug = String::new();
    for c in whom.chars().take(60) {
        let c = c.to_ascii_lowercase();
        match c {
            'a'..='z' | '0'..='9' => slug.push(c),
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { format!("{kind}-{hash}") } else { format!("{kind}-{slug}-{hash}") }
}
