//! `midwatch here`.

use std::path::Path;
use std::process::ExitCode;

use midwatch_audit::Options;
use midwatch_audit::here::HereOptions;
use midwatch_model::Target;
use midwatch_probe::progress::Progress as _;
use midwatch_sense::System;
use midwatch_sense::link::{CaptureProgress, read_capture};

use super::targets;
use crate::args::Here;
use crate::exit;
use crate::progress::Lines;

/// Runs it.
pub async fn run(arguments: Here) -> ExitCode {
    if let Some(path) = &arguments.pcap {
        return capture(path, &arguments).await;
    }
    let options = match targets::options(&arguments.network, Some(arguments.time)) {
        Ok(options) => options,
        Err(sentence) => return exit::usage(&sentence),
    };
    let system = Some(this_computer());
    let here =
        HereOptions { system, echoes: arguments.echo, sites: arguments.sites, ..HereOptions::default() };
    let options = Options { here, ..options };
    targets::audit_and_write(vec![Target::Here { capture: None }], options, &arguments.report).await
}

/// Reads a capture instead.
async fn capture(path: &Path, arguments: &Here) -> ExitCode {
    let name = path.display().to_string();
    let line = Lines::new(arguments.report.quiet).line(&name);
    let read = {
        let (path, gateways) = (path.to_owned(), arguments.gateway.clone());
        let progress = move |at: CaptureProgress| line.step(at.read, Some(at.size), "bytes");
        tokio::task::spawn_blocking(move || read_capture(&path, &gateways, progress)).await
    };
    let link = match read {
        Ok(Ok(link)) => link,
        Ok(Err(error)) => {
            let hint = "name a file that tcpdump -w or Wireshark wrote";
            return exit::usage(&format!("--pcap {name}: {error}; {hint}"));
        }
        Err(error) => {
            return exit::failed(&format!(
                "--pcap {name}: midwatch failed, which is a fault to report: {error}"
            ));
        }
    };
    let options = match targets::options(&arguments.network, None) {
        Ok(options) => options,
        Err(sentence) => return exit::usage(&sentence),
    };
    let here = HereOptions { capture: Some(link), ..HereOptions::default() };
    let target = Target::Here { capture: Some(name) };
    targets::audit_and_write(vec![target], Options { here, ..options }, &arguments.report).await
}

/// This computer as this user sees it.
fn this_computer() -> System {
    let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
    System {
        root: "/".into(),
        home: std::env::var_os("HOME").filter(|home| !home.is_empty()).map(Into::into),
        env: std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect(),
    }
}
