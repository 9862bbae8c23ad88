//! This computer as a server, from inside.

use midwatch_model::{Target, TargetReport};
use midwatch_probe::progress::Progress;

use crate::Options;
use crate::gather::Gather;

/// Audits `target`, which is [`Target::Server`].
pub(crate) async fn audit(target: &Target, _options: &Options, _progress: &dyn Progress) -> TargetReport {
    Gather::default().judge(target, crate::now())
}
