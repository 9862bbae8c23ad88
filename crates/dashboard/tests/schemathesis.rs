//! Schemathesis sends the API what its description allows and what it does not, with all of its checks.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use midwatch_dashboard::sample::desk::{SampleDesk, guarded};
use midwatch_dashboard::{Bounds, serve};

const PACKAGE: &str = "schemathesis==4.32.5";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_does_what_its_description_says() {
    let directory = tempfile::tempdir().expect("a directory");
    let desk = Arc::new(SampleDesk::open(directory.path()));
    desk.fill().await;
    let (router, token) = guarded(desk, directory.path()).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let server = tokio::spawn(serve(listener, None, router, Bounds::default(), std::future::pending()));
    let packages = midwatch_testbed::python::package(Path::new(env!("CARGO_TARGET_TMPDIR")), PACKAGE);
    let mut command = Command::new(midwatch_testbed::python::PYTHON);
    command
        .args(["-m", "schemathesis.cli", "--config-file"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schemathesis.toml"))
        .args(["run", &format!("{url}/api/v1/openapi.json"), "--checks", "all", "--seed", "20261130"])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args(["--request-timeout", "20", "--no-color", "--generation-database", ":memory:"])
        .env("PYTHONPATH", packages)
        .current_dir(directory.path());
    let out = tokio::task::spawn_blocking(move || command.output()).await.expect("a task").expect("python3");
    server.abort();
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{text}{}", String::from_utf8_lossy(&out.stderr));
    assert!(text.contains("passed"), "{text}");
}
