//! `midwatch here --pcap FILE`.

use std::path::Path;
use std::process::ExitCode;

use midwatch_audit::Options;
use midwatch_audit::here::HereOptions;
use midwatch_model::Target;
use midwatch_probe::progress::Progress as _;
use midwatch_sense::link::{CaptureProgress, read_capture};

use crate::args::Here;
use crate::commands::targets;
use crate::exit;
use crate::progress::Lines;

/// Reads a capture instead.
pub(super) async fn run(path: &Path, arguments: &Here) -> ExitCode {
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
