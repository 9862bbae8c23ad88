//! This computer as a server, from inside.

use midwatch_model::{Target, TargetReport};
use midwatch_probe::progress::Progress;
use midwatch_sense::server;

use crate::Options;
use crate::gather::Gather;

/// Audits `target`, which is [`Target::Server`]: what its own files say, and nothing is asked over the network.
pub(crate) async fn audit(target: &Target, options: &Options, progress: &dyn Progress) -> TargetReport {
    let mut gather = Gather::default();
    if let Some(system) = options.here.system.clone() {
        progress.stage("reading this server's files", None);
        // Files may lie on a disk that is slow.
        let facts = tokio::task::spawn_blocking(move || server::look(&system)).await.unwrap_or_default();
        for (subject, fact) in facts {
            gather.add(subject, fact);
        }
    }
    gather.judge(target, crate::now())
}
