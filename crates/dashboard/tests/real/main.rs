//! The dashboard against what nobody here wrote: an ACME server, a provider of OpenID Connect, curl.

mod acme;
mod oidc;

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use midwatch_dashboard::auth::access::{Access, Rules};
use midwatch_dashboard::auth::books::Books;
use midwatch_dashboard::guard::host::Names;
use midwatch_dashboard::tls::{Bounds, Ready, serve};
use midwatch_dashboard::{Visitor, app_guarded};
use midwatch_store::watch::{Ledger, Place};

/// Serves the log-in pages, and the visitor's name and role at `/`, until the test ends.
async fn start(directory: &Path, port: u16, names: &[&str], rules: Rules, ready: &Ready) -> Access {
    let place = Place::File(directory.join("watch.sqlite"));
    let books = Books::own(Ledger::open(&place).expect("a ledger")).expect("a thread");
    let builder = Access::builder(rules, Names::new(names.iter().copied()), books);
    let access = builder.open(&directory.join("dashboard.key")).await.expect("access");
    let home = get(async |visitor: Visitor| format!("{} {}", visitor.name, visitor.role));
    let router = app_guarded(Router::new().route("/", home), access.clone());
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.expect("the port");
    let config: Option<Arc<_>> = ready.config().expect("a configuration");
    tokio::spawn(serve(listener, config, router, Bounds::default(), std::future::pending()));
    access
}
