//! The guarded pages of log-ins and accounts by themselves, on loopback: `guarded DIRECTORY PORT [plain]`. It prints the
//! code of the first start and the words of the private authority.

use std::path::PathBuf;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use midwatch_dashboard::guard::host::Names;
use midwatch_dashboard::{Access, Books, Bounds, Ready, Rules, Tls, Visitor, app_guarded, serve};
use midwatch_store::watch::{Ledger, Place};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = PathBuf::from(arguments.next().ok_or("a directory")?);
    let port: u16 = arguments.next().ok_or("a port")?.parse()?;
    let is_plain = arguments.next().is_some();
    std::fs::create_dir_all(&directory)?;
    let names = vec!["localhost".to_owned(), "watch.example".to_owned(), "127.0.0.1".to_owned()];
    let tls = if is_plain { Tls::Off } else { Tls::Private { directory: directory.join("tls") } };
    let ready = Ready::new(&tls, &names)?;
    if let Some(anchor) = &ready.anchor {
        println!("{} {} {}", anchor.file.display(), anchor.words.join(" "), anchor.fingerprint);
    }
    let ledger = Ledger::open(&Place::File(directory.join("watch.sqlite")))?;
    let access = Access::builder(Rules::default(), Names::new(names), Books::own(ledger)?);
    let access = access.open(&directory.join("dashboard.key")).await?;
    println!("code: {}", access.setup_code().unwrap_or("none"));
    let home = get(async |visitor: Visitor| {
        Html(format!("<!doctype html><title>in</title><p>{} is in", visitor.role))
    });
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    let router = app_guarded(Router::new().route("/", home), access);
    serve(listener, ready.config()?, router, Bounds::default(), async {
        let _ = tokio::signal::ctrl_c().await;
    })
    .await;
    Ok(())
}
