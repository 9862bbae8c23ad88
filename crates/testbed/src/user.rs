//! The users that servers run as where the tests run as root.

use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::pki::Identity;

/// Somebody whom a server runs as. Where the tests do not run as root, that is whoever runs them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct User {
    ids: Option<(u32, u32)>,
}

impl User {
    /// The user of this name, whom that Debian package makes.
    ///
    /// # Panics
    /// When there is none.
    pub(crate) fn named(name: &str, package: &str) -> User {
        let number = |which: &str| {
            let out = Command::new("id").args([which, name]).output().expect("id of coreutils");
            let text = String::from_utf8_lossy(&out.stdout);
            text.trim().parse().unwrap_or_else(|_| {
                panic!("there is no user {name}: apt-get install {package}, or scripts/setup")
            })
        };
        User { ids: is_root().then(|| (number("-u"), number("-g"))) }
    }

    /// Gives a file or a directory to this user.
    pub(crate) fn own(self, path: &Path) {
        if let Some((uid, gid)) = self.ids {
            chown(path, Some(uid), Some(gid)).expect("root may give files away");
        }
    }

    /// A new directory that belongs to this user.
    pub(crate) fn directory(self, path: &Path) -> PathBuf {
        std::fs::create_dir_all(path).expect("room for a directory");
        self.own(path);
        path.to_owned()
    }

    /// Chain and key in a directory, for this user alone to read the key.
    pub(crate) fn identity(self, identity: &Identity, directory: &Path) -> (PathBuf, PathBuf) {
        let (chain, key) = (directory.join("chain.pem"), directory.join("key.pem"));
        for (from, to, mode) in [(&identity.chain, &chain, 0o644), (&identity.key, &key, 0o600)] {
            std::fs::copy(from, to).expect("room for a file");
            std::fs::set_permissions(to, std::fs::Permissions::from_mode(mode))
                .expect("permissions of a file made here");
            self.own(to);
        }
        (chain, key)
    }

    /// Has a program run as this user.
    pub(crate) fn run(self, command: &mut Command) {
        if let Some((uid, gid)) = self.ids {
            command.uid(uid).gid(gid);
        }
    }
}

/// Whether the tests run as root.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
