//! Repositories for tests, made by git.

use std::path::Path;
use std::process::Command;

use crate::System;

/// What git prints, with a home of its own.
pub(super) fn git(home: &Path, work: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(work)
        .env("HOME", home)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env_remove("XDG_CONFIG_HOME")
        .output()
        .expect("git");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A home and a repository in it.
pub(super) fn made() -> (tempfile::TempDir, System) {
    let home = tempfile::tempdir().expect("a directory");
    let work = home.path().join("work");
    std::fs::create_dir(&work).expect("a directory");
    git(home.path(), &work, &["init", "-q"]);
    // The system's own file may say something too.
    let env = vec![("GIT_CONFIG_NOSYSTEM".to_owned(), "1".to_owned())];
    let system = System { root: "/".into(), home: Some(home.path().into()), env };
    (home, system)
}
