//! `midwatch site`.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use midwatch_audit::{Options, target};
use midwatch_probe::crawl::CrawlOptions;

use super::targets;
use crate::args::Site;
use crate::exit;

/// The most targets of one run.
const MAX_TARGETS: usize = 100_000;

/// Runs it.
pub async fn run(arguments: Site) -> ExitCode {
    let mut inputs = arguments.urls.clone();
    if let Some(path) = &arguments.from_file {
        match read_list(path) {
            Ok(more) => inputs.extend(more),
            Err(sentence) => return exit::usage(&sentence),
        }
    }
    if inputs.is_empty() || inputs.len() > MAX_TARGETS {
        return exit::usage(&format!(
            "from 1 to {MAX_TARGETS} sites are wanted, {} were named",
            inputs.len()
        ));
    }
    let mut sites = Vec::with_capacity(inputs.len());
    for input in &inputs {
        match target::site(input) {
            Ok(target) => sites.push(target),
            Err(error) => return exit::usage(&error.to_string()),
        }
    }
    let options = match targets::options(&arguments.network, None) {
        Ok(options) => options,
        Err(sentence) => return exit::usage(&sentence),
    };
    let options = Options {
        crawl: CrawlOptions {
            pages: arguments.pages,
            depth: arguments.depth,
            time: arguments.time,
            rate: arguments.rate,
            obey_robots: arguments.obey_robots,
            ..CrawlOptions::default()
        },
        ..options
    };
    targets::audit_and_write(sites, options, &arguments.report).await
}

/// The targets of `--from-file`.
fn read_list(path: &Path) -> Result<Vec<String>, String> {
    let mut text = String::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text))
    };
    read.map_err(|error| format!("--from-file {}: it cannot be read: {error}", path.display()))?;
    let lines = text.lines().map(|line| line.split_once('#').map_or(line, |(before, _)| before).trim());
    Ok(lines.filter(|line| !line.is_empty()).map(str::to_owned).collect())
}
