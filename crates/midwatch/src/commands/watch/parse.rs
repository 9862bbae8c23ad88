//! What stands in midwatch.toml, understood as the command line understands it.

use std::path::{Path, PathBuf};

use midwatch_audit::{git, target};
use midwatch_model::{Starttls, Target, TargetError};
use midwatch_sense::System;
use midwatch_watch::config::{Parse, TargetKind};

use crate::args;

/// Understands targets and resolvers as the command line does.
#[derive(Clone, Copy, Debug, Default)]
pub struct CommandLine;

impl Parse for CommandLine {
    fn target(
        &self,
        kind: TargetKind,
        at: &str,
        sni: Option<&str>,
        starttls: Option<Starttls>,
    ) -> Result<Target, TargetError> {
        match kind {
            TargetKind::Site => target::site(at),
            TargetKind::Tls => target::tls(at, sni, starttls),
            TargetKind::Ssh => target::ssh(at),
            TargetKind::Git => git::remote_of(at),
            TargetKind::Repository => repository(at),
            TargetKind::Mail => target::mail(at),
            TargetKind::Here => Ok(Target::Here { capture: None }),
            TargetKind::Host => Ok(Target::Server),
        }
    }

    fn resolver(&self, text: &str) -> Result<(), String> {
        text.parse::<midwatch_probe::dns::ResolverSpec>().map(drop)
    }

    fn resolve(&self, text: &str) -> Result<(), String> {
        args::connect_to(text).map(drop)
    }

    fn public_site(&self, text: &str) -> Result<(), String> {
        args::public_site(text).map(drop)
    }
}

/// A repository by its directory. What its files say is read at each look.
fn repository(at: &str) -> Result<Target, TargetError> {
    let path = Path::new(at);
    if !path.is_absolute() {
        return Err(TargetError(format!(
            "'{at}': write the whole path of the repository's directory, from /"
        )));
    }
    let system = System { root: "/".into(), home: None, env: Vec::new() };
    let found = git::expand(&system, &PathBuf::from("/"), at)?;
    let first = found.targets.into_iter().find(|target| matches!(target, Target::Repository { .. }));
    first.ok_or_else(|| TargetError(format!("'{at}' is no repository of git")))
}
