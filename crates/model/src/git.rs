//! What git's own files say: where a repository fetches from and pushes to, and what it is told not to verify.

use serde::{Deserialize, Serialize};

use crate::{Remote, Unread};

/// The remotes of a repository with the settings that bear on them; or those of one URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GitSource {
    /// The repository's directory; none for a URL given by hand, for which the user's and the system's files count.
    pub path: Option<String>,
    /// Its remotes, those of its branches, and its submodules.
    pub remotes: Vec<GitRemote>,
    /// Settings of note: those of the repository itself, and of the user and the system where they concern one of its
    /// remotes.
    pub settings: Vec<GitSetting>,
    /// Files that are there and could not be read, and limits that were reached.
    pub unread: Vec<Unread>,
}

/// One place to fetch from or to push to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GitRemote {
    /// The remote's name, the submodule's, or the variable of a branch that has a URL; empty for a URL given by hand.
    pub name: String,
    /// What it is for.
    pub role: GitRole,
    /// The variable as `git config` takes it; none where it is none's.
    pub key: Option<String>,
    /// The URL as git asks it, after `insteadOf` and `pushInsteadOf`, without name and password.
    pub url: String,
    /// The URL as it is written, where a rule made another of it; without name and password.
    pub written: Option<String>,
    /// Whom it asks, and by which protocol; none where it is no URL that git takes.
    pub remote: Option<Remote>,
    /// Why git would ask nobody: it is no URL, or its protocol is forbidden.
    pub refused: Option<String>,
    /// A secret that stands in the URL as it is asked.
    pub secret: Option<GitSecret>,
    /// True where every user of this computer can read the file; asked where a secret stands in it.
    pub readable_by_others: Option<bool>,
    /// The file that says so, `environment`, or `command line`.
    pub file: String,
    /// Its line, from 1, where it is of a file of lines.
    pub line: Option<u32>,
    /// Whose file that is.
    pub level: GitLevel,
}

/// What a URL of a repository is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum GitRole {
    /// To fetch from.
    Fetch,
    /// To push to.
    Push,
    /// A submodule's: git asks it when the submodule is cloned, for the very commit that the repository names.
    Submodule,
}

/// Whose file says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum GitLevel {
    /// The system's.
    System,
    /// The user's, who runs midwatch.
    User,
    /// The repository's.
    Repository,
    /// One work tree's.
    Worktree,
    /// `.gitmodules`, which comes with what is cloned.
    Modules,
    /// The environment.
    Environment,
    /// Given by hand.
    CommandLine,
}

impl GitLevel {
    /// True for what belongs to the repository, and not to everything that a user does.
    pub fn is_own(self) -> bool {
        matches!(self, GitLevel::Repository | GitLevel::Worktree | GitLevel::Modules)
    }
}

/// What kind of secret stands in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum GitSecret {
    /// Behind a colon: a password, or a token in its stead.
    Password,
    /// A name or a header that has the form of a token.
    Token,
}

/// A setting of note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GitSetting {
    /// What it does.
    pub kind: GitSettingKind,
    /// The variable as `git config` takes it, or that of the environment. Names and passwords in URLs are taken out.
    pub key: String,
    /// Its value, without secrets.
    pub value: String,
    /// The file, or `environment`.
    pub file: String,
    /// The line, from 1, where it is of a file of lines.
    pub line: Option<u32>,
    /// Whose file that is.
    pub level: GitLevel,
    /// The URL that it holds for, where not for all.
    pub scope: Option<String>,
    /// The URLs of `remotes` for which it is this setting that counts, the first of them.
    pub urls: Vec<String>,
    /// How many more there are.
    #[serde(default)]
    pub more: usize,
    /// A secret that stands in it.
    pub secret: Option<GitSecret>,
    /// True where every user of this computer can read the file; asked where a secret stands in it.
    pub readable_by_others: Option<bool>,
}

/// What a setting does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum GitSettingKind {
    /// Certificates are not verified (`http.sslVerify`).
    NotVerified,
    /// ssh takes any key of a host, a changed one too.
    SshNotVerified,
    /// ssh has nowhere to remember keys of hosts, so that it asks about the same one each time.
    SshForgets,
    /// ssh takes the key of a host that it meets for the first time, and refuses a changed one.
    SshAcceptNew,
    /// Another command for ssh, which verifies as ssh does by itself.
    SshCommand,
    /// A program in the place of ssh, or an ssh with a configuration of its own: what it verifies is not read.
    SshProgram,
    /// One URL in the place of another (`insteadOf`).
    Rewrite,
    /// The same for pushing alone (`pushInsteadOf`).
    RewritePush,
    /// A header line that is sent with every request.
    ExtraHeader,
    /// A proxy.
    Proxy,
    /// Trust anchors from another place than the system's.
    CaBundle,
    /// Passwords are kept in a file as they are.
    CredentialStore,
    /// URLs may name a program to run (`ext::`), whoever wrote them.
    ExtAllowed,
}
