//! What git's own files say.

use midwatch_model::{GitRemote, GitSetting, GitSettingKind, GitSource};

use super::Seen;

/// Repositories, and URLs given by hand.
#[derive(Debug, Default)]
pub(crate) struct Git<'a> {
    /// The facts.
    pub(crate) sources: Vec<Seen<'a, GitSource>>,
}

impl<'a> Git<'a> {
    /// Every URL that git would ask, with its source.
    pub(crate) fn asked(&self) -> impl Iterator<Item = (Seen<'a, GitSource>, &'a GitRemote)> + '_ {
        self.remotes().filter(|(_, remote)| remote.refused.is_none())
    }

    /// Every URL, those too that git would not ask.
    pub(crate) fn remotes(&self) -> impl Iterator<Item = (Seen<'a, GitSource>, &'a GitRemote)> + '_ {
        self.sources.iter().flat_map(|seen| seen.fact.remotes.iter().map(|remote| (*seen, remote)))
    }

    /// The settings of some kinds, with their source.
    pub(crate) fn settings(
        &self,
        kinds: &'static [GitSettingKind],
    ) -> impl Iterator<Item = (Seen<'a, GitSource>, &'a GitSetting)> + '_ {
        let all = self.sources.iter().flat_map(|seen| seen.fact.settings.iter().map(|one| (*seen, one)));
        all.filter(|(_, setting)| kinds.contains(&setting.kind))
    }
}
