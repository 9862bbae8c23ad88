//! The dashboard against what nobody here wrote: an ACME server, a provider of OpenID Connect, nginx in front, curl.

mod acme;
mod oidc;
mod proxy;

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use midwatch_dashboard::auth::access::{Access, Rules};
use midwatch_dashboard::auth::books::Books;
use midwatch_dashboard::guard::host::Names;
use midwatch_dashboard::guard::proxy::Proxies;
use midwatch_dashboard::tls::{Bounds, Ready, serve};
use midwatch_dashboard::{Visitor, app_guarded};
use midwatch_store::watch::{Ledger, Place};

/// Serves the log-in pages, and the visitor's name and role at `/`, until the test ends.
async fn start(directory: &Path, port: u16, names: &[&str], rules: Rules, ready: &Ready) -> Access {
    start_behind(directory, port, names, rules, ready, Proxies::default()).await
}

/// The same behind proxies. The page at `/from` is the address that counts.
async fn start_behind(
    directory: &Path,
    port: u16,
    names: &[&str],
    rules: Rules,
    ready: &Ready,
    proxies: Proxies,
) -> Access {
    let place = Place::File(directory.join("watch.sqlite"));
    let books = Books::own(Ledger::open(&place).expect("a ledger")).expect("a thread");
    let builder = Access::builder(rules, Names::new(names.iter().copied()), books).behind(proxies.clone());
    let access = builder.open(&directory.join("dashboard.key")).await.expect("access");
    let home = get(async |visitor: Visitor| format!("{} {}", visitor.name, visitor.role));
    let from = get(async |visitor: Visitor| visitor.from.to_string());
    let router = app_guarded(Router::new().route("/", home).route("/from", from), access.clone());
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.expect("the port");
    let config: Option<Arc<_>> = ready.config().expect("a configuration");
    let bounds = Bounds { allowed: proxies.connect(config.is_some()), proxies, ..Bounds::default() };
    tokio::spawn(serve(listener, config, router, bounds, std::future::pending()));
    access
}
