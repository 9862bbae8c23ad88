//! Targets of people who must not go everywhere (server-side request forgery): those of a network that is restricted.
//!
//! Which addresses are connected to is looked at where it is done, in `probe::net`. Here is what else such a target must
//! not have: files of this computer, and the ways of whoever runs midwatch.

use midwatch_model::{Target, TargetReport};

use crate::Options;
use crate::gather::Gather;
use crate::ssh::{Config, SshOptions, Via};

/// A report without anything in it, on a target that lies on this computer.
pub(crate) fn refused(target: &Target) -> Option<TargetReport> {
    match target {
        Target::Repository { .. } | Target::Here { .. } | Target::Server | Target::TlsReports { .. } => {
            let mut report = Gather::default().judge(target, crate::now());
            report.error = Some(format!(
                "{} is not looked at: it lies on this computer, and this target must not lead there",
                target.input()
            ));
            Some(report)
        }
        Target::Site { .. }
        | Target::Tls { .. }
        | Target::Mail { .. }
        | Target::Ssh { .. }
        | Target::Git { .. } => None,
    }
}

/// The same options without ssh's configuration, whose aliases, programs and jumps are not for others, and without git's,
/// which rewrites whom a remote asks.
pub(crate) fn options(options: &Options) -> Options {
    let mut others = options.clone();
    others.here.system = None;
    others.ssh = SshOptions {
        config: Config::None,
        via: Via::Direct,
        options: Vec::new(),
        ..std::mem::take(&mut others.ssh)
    };
    others
}
