//! The dashboard with made-up data and its real guard, on loopback: `sample_app PORT`. It prints an API token.

use std::sync::Arc;

use midwatch_dashboard::sample::desk::{SampleDesk, guarded};
use midwatch_dashboard::{Bounds, serve};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port: u16 = std::env::args().nth(1).ok_or("a port")?.parse()?;
    let directory = tempfile::tempdir()?;
    let desk = Arc::new(SampleDesk::open(directory.path()));
    desk.fill().await;
    let (router, token) = guarded(desk, directory.path()).await;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("{token}");
    serve(listener, None, router, Bounds::default(), async {
        let _ = tokio::signal::ctrl_c().await;
    })
    .await;
    Ok(())
}
