//! Programs of Debian packages that cannot be installed beside others: `scripts/setup` unpacks those.

use std::path::{Path, PathBuf};

/// Where they are unpacked, each in a directory of its own.
const WHERE: &str = "/usr/local/lib/midwatch-tests";

/// A file of a package that was unpacked into the directory `name`.
///
/// # Panics
/// When it is not there.
pub(crate) fn file(name: &str, path: &str) -> PathBuf {
    let file = Path::new(WHERE).join(name).join(path);
    assert!(file.exists(), "{} is missing: run scripts/setup, which unpacks it", file.display());
    file
}
