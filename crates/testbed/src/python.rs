//! Packages of Python for tests, in a directory of their own.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The interpreter that Debian has. Others on the search path may be anybody's.
pub const PYTHON: &str = "/usr/bin/python3";

/// A directory for `PYTHONPATH` with this package (`name==version`), which is installed below `target` the first time.
///
/// # Panics
/// When python3-venv is missing, or the package cannot be had.
pub fn package(target: &Path, package: &str) -> PathBuf {
    packages(target, &[package])
}

/// The same for several that have to go together.
///
/// # Panics
/// As [`package`].
pub fn packages(target: &Path, packages: &[&str]) -> PathBuf {
    let there = target.join("python").join(packages.join("+").replace("==", "-"));
    if there.exists() {
        return there;
    }
    let parent = target.join("python");
    std::fs::create_dir_all(&parent).expect("room for a directory");
    // Made elsewhere and moved there whole, for tests run at the same time.
    let made = tempfile::Builder::new().prefix(".making-").tempdir_in(&parent).expect("room for a directory");
    let venv = made.path().join("venv");
    run(Command::new(PYTHON).args(["-m", "venv"]).arg(&venv));
    run(Command::new(venv.join("bin/pip"))
        .args(["install", "--quiet", "--disable-pip-version-check", "--target"])
        .arg(made.path().join("packages"))
        .args(packages));
    // Where another was quicker, its is as good.
    let _ = std::fs::rename(made.path().join("packages"), &there);
    assert!(there.exists(), "{} cannot be made", there.display());
    there
}

fn run(command: &mut Command) {
    let out =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error}: apt-get install python3-venv"));
    assert!(out.status.success(), "{command:?}:\n{}", String::from_utf8_lossy(&out.stderr));
}
