//! The dashboard, and the figures, as midwatch.toml has them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use midwatch_watch::Watcher;
use midwatch_watch::config::{Challenge, Config, Oidc, SecondFactor, TlsMode, Web};
use midwatch_watch::service::metrics::Metrics;
use midwatch_watch::service::sockets::Passed;
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::auth::access::{Access, Rules};
use crate::auth::{oidc, password};
use crate::daemon::{Daemon, books};
use crate::face::{Face, PUBLIC, routes};
use crate::figures::figures;
use crate::guard::addresses::Allowed;
use crate::guard::app_guarded;
use crate::guard::host::Names;
use crate::guard::proxy::Proxies;
use crate::pages::shell;
use crate::tls::{self, Acme, Bounds, Ready, Tls, redirect, serve};

/// How long answers that are under way may take at the end.
const GRACE: Duration = Duration::from_secs(6);

/// The names of sockets that a service manager hands over.
const SOCKET_WEB: &str = "web";
const SOCKET_METRICS: &str = "metrics";

/// What is served.
pub struct Served {
    /// What answers, and ends when it is told to.
    answering: JoinSet<()>,
    /// What keeps certificates and sessions, and never ends by itself.
    keeping: JoinSet<()>,
    stop: watch::Sender<bool>,
}

/// What the dashboard is made of.
pub struct Setup<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// Its file.
    pub path: &'a Path,
    /// Where keys and certificates are kept.
    pub state: &'a Path,
    /// The daemon.
    pub watcher: &'a Watcher,
    /// The figures.
    pub metrics: &'a Metrics,
    /// What this computer calls itself.
    pub host: &'a str,
    /// Sockets that the service manager opened.
    pub passed: Vec<Passed>,
}

impl Served {
    /// Begins to serve what the configuration says.
    ///
    /// # Errors
    /// A sentence that says what cannot be used.
    pub async fn start(setup: Setup<'_>) -> Result<Served, String> {
        let (stop, _) = watch::channel(false);
        let mut served = Served { answering: JoinSet::new(), keeping: JoinSet::new(), stop };
        let mut passed = Handed(setup.passed);
        let figures_apart = setup.config.metrics.listen;
        if setup.config.metrics.on
            && let Some(listen) = figures_apart
        {
            let listener = listener(passed.take(SOCKET_METRICS), listen).await?;
            let router = figures(setup.metrics.clone(), setup.config.metrics.token.clone());
            let bounds = Bounds { connections: 64, ..Bounds::default() };
            served.serve(listener, None, router, bounds);
        }
        if !setup.config.web.on {
            return Ok(served);
        }
        let web = &setup.config.web;
        let tls = tls_of(web, setup.state)?;
        let socket = passed.take(SOCKET_WEB);
        // A socket that was handed over listens where its unit says.
        let listen = match &socket {
            Some(socket) => socket.local_addr().map_err(|error| error.to_string())?,
            None => web.listen,
        };
        tls::check(&tls, listen).map_err(|error| error.to_string())?;
        let names = names(web, listen);
        let ready = Ready::new(&tls, &names).map_err(|error| error.to_string())?;
        let listener = listener(socket, listen).await?;
        let books = books(setup.watcher);
        let proxies = proxies(web);
        let mut access = Access::builder(rules(web)?, Names::new(names.clone()), books)
            .frame(shell::frame)
            .behind(proxies.clone());
        for path in PUBLIC {
            access = access.public(path);
        }
        let is_beside = setup.config.metrics.on && figures_apart.is_none();
        if is_beside {
            access = access.public("/metrics");
        }
        let access =
            access.open(&setup.state.join("dashboard.key")).await.map_err(|error| error.to_string())?;
        let daemon = Daemon::new(
            setup.watcher.clone(),
            setup.path.display().to_string(),
            setup.host.to_owned(),
            is_beside.then(|| setup.metrics.clone()),
        );
        let mut router = routes(Face::new(Arc::new(daemon)));
        if is_beside {
            router = router.merge(figures(setup.metrics.clone(), setup.config.metrics.token.clone()));
        }
        tell(web, listen, &ready, &access);
        let config = ready.config().map_err(|error| error.to_string())?;
        let bounds = Bounds { allowed: proxies.connect(config.is_some()), proxies, ..Bounds::default() };
        if let (Tls::Acme(_), Some(challenge)) = (&tls, web.tls.challenge_listen) {
            let beside = TcpListener::bind(challenge)
                .await
                .map_err(|error| format!("[web.tls] challenge_listen {challenge}: {error}"))?;
            let router = redirect::redirect(Names::new(names), listen.port(), ready.tokens.clone());
            served.serve(beside, None, router, Bounds::default());
        }
        served.serve(listener, config, app_guarded(router, access.clone()), bounds);
        served.keeping.spawn(async move { ready.keep().await });
        served.keeping.spawn(async move { access.keep().await });
        Ok(served)
    }

    fn serve(
        &mut self,
        listener: TcpListener,
        tls: Option<Arc<ServerConfig>>,
        router: Router,
        bounds: Bounds,
    ) {
        let mut stop = self.stop.subscribe();
        self.answering.spawn(async move {
            let stop = async move {
                let _ = stop.wait_for(|stop| *stop).await;
            };
            serve(listener, tls, router, bounds, stop).await;
        });
    }

    /// Answers what was asked, and ends.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        let answered = async { while self.answering.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, answered).await.is_err() {
            tracing::warn!("answers that were under way are given up");
        }
    }
}

/// Sockets that were handed over.
struct Handed(Vec<Passed>);

impl Handed {
    fn take(&mut self, name: &str) -> Option<std::net::TcpListener> {
        let at = self.0.iter().position(|passed| passed.name == name)?;
        Some(self.0.swap_remove(at).listener)
    }
}

async fn listener(passed: Option<std::net::TcpListener>, listen: SocketAddr) -> Result<TcpListener, String> {
    let listener = match passed {
        Some(passed) => TcpListener::from_std(passed),
        None => TcpListener::bind(listen).await,
    };
    listener.map_err(|error| format!("nothing can listen on {listen}: {error}"))
}

/// The names by which browsers may ask: those of the configuration, and the address.
fn names(web: &Web, listen: SocketAddr) -> Vec<String> {
    let mut names = web.names.clone();
    match listen.ip().to_canonical() {
        ip if ip.is_loopback() => {
            let both = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
            names.push("localhost".into());
            names.extend(both.iter().map(ToString::to_string));
        }
        ip if !ip.is_unspecified() => names.push(ip.to_string()),
        _ => {}
    }
    names.sort();
    names.dedup();
    names
}

/// The proxies in front, and who may ask through them.
fn proxies(web: &Web) -> Proxies {
    let ranges =
        |ranges: &[midwatch_watch::config::values::Range]| ranges.iter().map(|range| range.0).collect();
    Proxies { addresses: ranges(&web.behind), allowed: Allowed(ranges(&web.allow)) }
}

fn tls_of(web: &Web, state: &Path) -> Result<Tls, String> {
    let settings = &web.tls;
    let wanted = |what: &str| format!("[web.tls] {what} is missing");
    Ok(match web.tls_mode() {
        TlsMode::Off => Tls::Off,
        TlsMode::Private => Tls::Private { directory: state.join("tls") },
        TlsMode::Files => Tls::Files {
            certificate: settings.certificate.clone().ok_or_else(|| wanted("certificate"))?,
            key: settings.key.clone().ok_or_else(|| wanted("key"))?,
        },
        TlsMode::Acme => Tls::Acme(Acme {
            directory: settings.directory.clone().ok_or_else(|| wanted("directory"))?,
            contact: settings.contact.clone(),
            root: settings.directory_trust.clone(),
            state: state.join("acme"),
            http: settings.challenge == Challenge::Http01,
        }),
    })
}

fn rules(web: &Web) -> Result<Rules, String> {
    Ok(Rules {
        session: Duration::from_secs(web.session.seconds()),
        idle: Duration::from_secs(web.idle.seconds()),
        bound: web.bind_to_address,
        password: password::Rule { length: web.password.length.into() },
        passwords: web.password.on,
        second: web.password.second_factor == SecondFactor::Required,
        oidc: web.oidc.as_ref().map(provider).transpose()?,
        ..Rules::default()
    })
}

fn provider(configured: &Oidc) -> Result<oidc::Settings, String> {
    let secret = configured.client_secret.as_ref().map(|secret| secret.read());
    let secret = secret.transpose().map_err(|error| format!("[web.oidc] client_secret: {error}"))?;
    let rule = |rule: &midwatch_watch::config::OidcRole| oidc::Rule {
        group: rule.group.clone(),
        account: rule.account.clone(),
        role: rule.role,
    };
    Ok(oidc::Settings {
        issuer: configured.issuer.clone(),
        client_id: configured.client_id.clone(),
        client_secret: secret,
        trust: configured.trust.clone(),
        scopes: configured.scopes.clone(),
        groups_claim: configured.groups_claim.clone(),
        rules: configured.roles.iter().map(rule).collect(),
    })
}

/// What whoever starts it has to know: where it is, the words of its authority, and how the first account is made. On
/// standard error, and not in the log, where the code would stay.
fn tell(web: &Web, listen: SocketAddr, ready: &Ready, access: &Access) {
    let scheme = if web.tls_mode() == TlsMode::Off && web.behind.is_empty() { "http" } else { "https" };
    let url = web.url().map_or_else(|| format!("{scheme}://{listen}/"), |url| url.to_string());
    eprintln!("midwatch: the dashboard is at {url}");
    if let Some(anchor) = &ready.anchor {
        eprintln!(
            "midwatch: its certificate comes from a private authority, {}; give that file to browsers.\n\
             midwatch: SHA-256 {}\n\
             midwatch: words   {}",
            anchor.file.display(),
            anchor.fingerprint,
            anchor.words.join(" ")
        );
    }
    if let Some(code) = access.setup_code() {
        eprintln!(
            "midwatch: nobody has an account yet. Make the first one at {url}setup with the code {code}"
        );
    }
}
