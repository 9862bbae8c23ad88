//! A daemon for tests: a real ledger in a file, and looks that are made up.

use std::path::Path;
use std::sync::Mutex;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use midwatch_model::{FindingMemo, Host, Memo, Remembered, Role, Scope, Target, TargetReport, Time};
use midwatch_store::watch::accounts::{NewAccount, Put};
use midwatch_store::watch::tokens::NewToken;
use midwatch_store::watch::{EventNews, Ledger, Look, NewAlert, Origin, OutboxEntry, Place, WatchTarget};
use tokio::sync::broadcast;

use crate::auth::access::{Access, Rules};
use crate::auth::books::Books;
use crate::auth::random;
use crate::desk::{Adders, Desk, DeskError, NewTarget, Settings, Wait};
use crate::events::Progress;
use crate::face::{Face, PUBLIC};
use crate::guard::host::Names;
use crate::guard::visitor::{Via, Visitor};
use crate::pages::alerts::Channel;
use crate::pages::settings::Section;

/// A daemon that looks at nothing.
#[derive(Debug)]
pub struct SampleDesk {
    books: Books,
    sender: broadcast::Sender<Progress>,
    /// What was asked to be looked at.
    pub looked: Mutex<Vec<String>>,
}

impl SampleDesk {
    /// Opens a ledger in a directory.
    ///
    /// # Panics
    /// Where that cannot be.
    pub fn open(directory: &Path) -> Self {
        let ledger = Ledger::open(&Place::File(directory.join("watch.sqlite"))).expect("a ledger");
        let books = Books::own(ledger).expect("a thread");
        SampleDesk { books, sender: broadcast::channel(64).0, looked: Mutex::default() }
    }

    /// Puts the sample targets there, with what was seen of them, what changed and who was told.
    ///
    /// # Panics
    /// Where that cannot be.
    pub async fn fill(&self) {
        let fill = |ledger: &mut Ledger| {
            for (target, report) in super::reports() {
                ledger.put_target(&target)?;
                let Some(report) = report else { continue };
                let is_shop = target.id == "shop";
                record(ledger, &target.id, &report, is_shop)?;
            }
            Ok(())
        };
        self.books.run(fill).await.expect("a ledger");
    }
}

/// Records a look, and for the shop its history, changes and alerts.
fn record(
    ledger: &mut Ledger,
    target: &str,
    report: &TargetReport,
    with_history: bool,
) -> Result<(), midwatch_store::StoreError> {
    let findings = report.findings.iter().map(|one| FindingMemo {
        id: one.id.clone(),
        place: one.place.clone(),
        severity: one.severity,
        title: one.title.clone(),
        rests_on: Vec::new(),
    });
    let what = Remembered::Findings { findings: findings.collect(), measured: Vec::new(), by: String::new() };
    let findings = Memo { place: target.into(), what };
    let memory = if with_history { super::memory() } else { Vec::new() };
    let mut moments: Vec<(Time, Vec<Memo>)> = memory
        .iter()
        .flat_map(|history| history.earlier.iter().rev())
        .map(|kept| (kept.first, vec![kept.memo.clone()]))
        .collect();
    moments.sort_by_key(|(at, _)| *at);
    let mut last: Vec<Memo> = memory.iter().map(|history| history.latest.memo.clone()).collect();
    last.push(findings);
    moments.push((super::now(), last));
    let count = moments.len();
    for (at_once, (at, memos)) in moments.into_iter().enumerate() {
        let is_last = at_once + 1 == count;
        let mut events = Vec::new();
        if is_last && with_history {
            events = super::events().into_iter().rev().map(EventNews::New).collect();
        }
        let recorded = ledger.record(&Look {
            target,
            started: at,
            ended: at,
            report,
            memos: &memos,
            events: &events,
            alerts: &[],
            next: "2026-11-30T18:00:00Z".parse().expect("a moment"),
        })?;
        if let Some(newest) = recorded.events.last() {
            let mut alerts = super::outbox();
            alerts.iter_mut().flat_map(|entry| &mut entry.alert.events).for_each(|event| event.id = *newest);
            let new = |OutboxEntry { key, channel, due, alert, .. }| NewAlert { key, channel, due, alert };
            ledger.queue(&alerts.into_iter().map(new).collect::<Vec<_>>())?;
        }
    }
    Ok(())
}

/// A target of a name alone.
fn parse(new: &NewTarget) -> Result<Target, DeskError> {
    let name = new.text.trim().to_ascii_lowercase();
    let is_name = name.contains('.')
        && name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        });
    if !is_name {
        return Err(DeskError::Refused("That is no name of a host. Write such as shop.example.".into()));
    }
    if name.starts_with("127.") || name.starts_with("10.") {
        return Err(DeskError::Refused(
            "The policy of the configuration allows no private addresses.".into(),
        ));
    }
    let (input, host) = (new.text.trim().to_owned(), Host::Name(name));
    Ok(match new.kind.as_str() {
        "tls" => Target::Tls { input, host, port: 443, sni: None, starttls: None },
        "mail" => Target::Mail { input, domain: host.to_string() },
        "ssh" => Target::Ssh { input, host, port: None, user: None },
        _ => Target::Site { input, host, https_port: 443, http_port: 80, path: "/".into() },
    })
}

impl Desk for SampleDesk {
    fn books(&self) -> &Books {
        &self.books
    }

    fn subscribe(&self) -> broadcast::Receiver<Progress> {
        self.sender.subscribe()
    }

    fn tell(&self, progress: Progress) {
        let _ = self.sender.send(progress);
    }

    fn look_now<'a>(&'a self, id: &'a str) -> Wait<'a, Result<(), DeskError>> {
        if let Ok(mut looked) = self.looked.lock() {
            looked.push(id.to_owned());
        }
        self.tell(Progress::Started { target: id.into(), at: Time::now() });
        Box::pin(async { Ok(()) })
    }

    fn add(&self, new: NewTarget) -> Wait<'_, Result<WatchTarget, DeskError>> {
        Box::pin(async move {
            let target = parse(&new)?;
            let id = format!("{}-{}", new.kind, target.whom().replace('.', "-"));
            let made = WatchTarget {
                id: id.clone(),
                name: new.name.unwrap_or_else(|| target.to_string()),
                target,
                origin: Origin::Person { by: new.by },
                every: new.every.unwrap_or(21_600).clamp(60, 31_536_000),
                paused: false,
                added: Time::now(),
                tags: new.tags,
            };
            let kept = made.clone();
            let known = self.books.run(move |ledger| {
                let known = ledger.target(&kept.id)?;
                if known.is_none() {
                    ledger.put_target(&kept)?;
                }
                Ok(known)
            });
            match known.await? {
                Some(known) => Err(DeskError::Known(format!("{} is watched already, as {id}.", known.name))),
                None => Ok(made),
            }
        })
    }

    fn remove<'a>(&'a self, id: &'a str) -> Wait<'a, Result<bool, DeskError>> {
        let id = id.to_owned();
        Box::pin(async move {
            let gone = self.books.run(move |ledger| match ledger.target(&id)? {
                Some(WatchTarget { origin: Origin::File, name, .. }) => Ok(Err(name)),
                Some(_) => Ok(Ok(ledger.remove_target(&id)?)),
                None => Ok(Ok(false)),
            });
            gone.await?.map_err(|name| {
                DeskError::Refused(format!("{name} stands in the configuration: take it away there."))
            })
        })
    }

    fn pause<'a>(&'a self, id: &'a str, paused: bool) -> Wait<'a, Result<bool, DeskError>> {
        let id = id.to_owned();
        Box::pin(async move {
            let there = self.books.run(move |ledger| match ledger.target(&id)? {
                Some(target) => ledger.put_target(&WatchTarget { paused, ..target }).map(|()| true),
                None => Ok(false),
            });
            Ok(there.await?)
        })
    }

    fn test_channel<'a>(&'a self, name: &'a str) -> Wait<'a, Result<bool, DeskError>> {
        Box::pin(async move { Ok(name == "mail") })
    }

    fn settings(&self) -> Settings {
        Settings {
            sections: vec![Section {
                name: "watch".into(),
                values: vec![("every".into(), "6 hours".into()), ("at_once".into(), "16".into())],
            }],
            file: Some("/etc/midwatch/midwatch.toml".into()),
            channels: vec![Channel { name: "mail".into(), kind: "mail".into() }],
            adders: Adders::Operators,
        }
    }

    fn metrics(&self) -> Wait<'_, Option<String>> {
        Box::pin(async {
            Some("# HELP midwatch_up The daemon lives.\n# TYPE midwatch_up gauge\nmidwatch_up 1\n".into())
        })
    }
}

/// The guarded routes on loopback, as the daemon serves them, and an API token that may do everything.
///
/// # Panics
/// Where that cannot be.
pub async fn guarded(desk: std::sync::Arc<SampleDesk>, directory: &Path) -> (Router, String) {
    let names = Names::new(["127.0.0.1", "localhost"]);
    let mut access =
        Access::builder(Rules::default(), names, desk.books().clone()).frame(crate::pages::shell::frame);
    for path in PUBLIC {
        access = access.public(path);
    }
    let access = access.open(&directory.join("key")).await.expect("access");
    let token = random::token();
    let hash = random::hash(&token);
    let make = move |ledger: &mut Ledger| {
        let account = NewAccount {
            name: "elizabeth".into(),
            role: Role::Admin,
            password: None,
            handle: random::token(),
            vouched: None,
        };
        let Put::Done(account) = ledger.add_account(&account, false, Time::now())? else { return Ok(None) };
        let token = NewToken { hash: &hash, account, name: "tests", scopes: &Scope::ALL, expires: None };
        ledger.add_token(&token, Time::now())
    };
    desk.books().run(make).await.expect("a ledger").expect("a token");
    (crate::app_guarded(crate::routes(Face::new(desk)), access), token)
}

/// The routes without a guard, for somebody of this role. For tests alone.
pub fn unguarded(face: Face, role: Role) -> Router {
    let visitor = Visitor {
        account: 1,
        name: "elizabeth".into(),
        role,
        scopes: role.scopes().to_vec(),
        via: Via::Session { id: 1, csrf: "sample-csrf".into(), fresh: true, second: true },
        from: [192, 0, 2, 1].into(),
        page: true,
    };
    crate::routes(face).layer(from_fn(move |mut request: Request, next: Next| {
        request.extensions_mut().insert(visitor.clone());
        next.run(request)
    }))
}
