//! A domain's mail.

use midwatch_model::{Target, TargetReport};
use midwatch_probe::progress::Progress;

use crate::Options;
use crate::gather::Gather;

/// Audits `target`, which is a [`Target::Mail`].
pub(crate) async fn audit(target: &Target, _options: &Options, _progress: &dyn Progress) -> TargetReport {
    Gather::default().judge(target, crate::now())
}
