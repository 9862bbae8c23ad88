//! The file of `--fix-script`.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use midwatch_model::Report;

/// A new file, which its owner alone may read, write and run.
#[derive(Debug)]
pub(super) struct Script {
    path: PathBuf,
    file: File,
}

impl Script {
    /// Makes the file.
    ///
    /// # Errors
    /// Where there is one of that name already, or it cannot be made, in a sentence that says what to write instead.
    pub(super) fn create(path: &Path) -> Result<Script, String> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            // It tells where the server is weak, and is run as root.
            options.mode(0o700);
        }
        let file = options.open(path).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => {
                format!(
                    "--fix-script {}: there is such a file already, which is not written over; name another",
                    path.display()
                )
            }
            _ => format!("--fix-script {}: it cannot be written: {error}", path.display()),
        })?;
        Ok(Script { path: path.to_owned(), file })
    }

    /// Writes the changes that stop what a report found.
    ///
    /// # Errors
    /// Where that fails, in a sentence.
    pub(super) fn write(mut self, report: &Report) -> Result<(), String> {
        let text = midwatch_report::fix_script(report);
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_all());
        written
            .map_err(|error| format!("--fix-script {}: it cannot be written: {error}", self.path.display()))
    }
}
