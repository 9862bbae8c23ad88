//! `midwatch host`.

mod state;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use midwatch_audit::server::{Keeper, ServerOptions, SitesOptions};
use midwatch_audit::{Options, here::HereOptions};
use midwatch_model::Target;
use midwatch_probe::crawl::CrawlOptions;
use midwatch_sense::System;

use self::state::StateFile;
use super::{computer, targets};
use crate::args::HostCommand;
use crate::exit;

/// Runs it.
pub async fn run(arguments: HostCommand) -> ExitCode {
    if !arguments.root.is_dir() {
        return exit::usage(&format!("--root {}: there is no such directory", arguments.root.display()));
    }
    let options = match options(&arguments) {
        Ok(options) => options,
        Err(sentence) => return exit::usage(&sentence),
    };
    targets::audit_and_write(vec![Target::Server], options, &arguments.report).await
}

/// Whose files are read, and how the network is used.
fn options(arguments: &HostCommand) -> Result<Options, String> {
    let options = targets::options(&arguments.network, None)?;
    let here = HereOptions { system: Some(system(&arguments.root)), ..HereOptions::default() };
    let server = ServerOptions { sites: sites(arguments)? };
    let crawl = CrawlOptions { pages: arguments.pages, ..CrawlOptions::default() };
    Ok(Options { here, server, crawl, ..options })
}

/// How the sites are audited, where that is asked for.
fn sites(arguments: &HostCommand) -> Result<Option<SitesOptions>, String> {
    if !arguments.sites {
        return Ok(None);
    }
    let keeper = match &arguments.state {
        None => None,
        Some(path) => {
            let file = StateFile::open(path).map_err(|why| format!("--state {}: {why}", path.display()))?;
            Some(Arc::new(file) as Arc<dyn Keeper>)
        }
    };
    Ok(Some(SitesOptions { at_once: arguments.at_once.into(), keeper }))
}

/// The server: this computer, or the tree that stands for it, which has no user and no environment of ours.
fn system(root: &Path) -> System {
    if root == Path::new("/") {
        computer::this()
    } else {
        System { root: root.into(), home: None, env: Vec::new() }
    }
}
