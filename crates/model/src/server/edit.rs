//! Changes of a server that stop a finding, for a script that its owner reads and runs. midwatch applies none of them.

use serde::{Deserialize, Serialize};

use crate::ServerProgramId;

/// One change. Paths are those of the server, as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Edit {
    /// A line becomes another one, where it still is what was seen.
    Line {
        /// The file.
        file: String,
        /// Which line, counted from 1.
        line: u32,
        /// What stands there.
        was: String,
        /// What shall stand there.
        becomes: String,
    },
    /// Lines stand before all others of a file, for programs that heed the first of a name.
    Top {
        /// The file.
        file: String,
        /// The lines.
        lines: Vec<String>,
    },
    /// Lines stand behind all others of a file, for programs that heed the last of a name. The file is made where there is none.
    End {
        /// The file.
        file: String,
        /// The lines.
        lines: Vec<String>,
    },
    /// A path gets other rights.
    Mode {
        /// The path.
        path: String,
        /// The mode, as chmod(1) takes it: `o-rwx`, `0640`.
        mode: String,
    },
    /// A command is run that makes the change, and changes nothing where it was run before.
    Run {
        /// The program and its arguments.
        command: Vec<String>,
        /// The files that it changes.
        changes: Vec<String>,
    },
    /// Only the server's owner can say what is right.
    Decide {
        /// What there is to decide, in a sentence.
        what: String,
    },
}

/// The changes that stop one finding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Edits {
    /// The program whose files change, where its own test says whether they are right, and which has to read them anew.
    pub program: Option<ServerProgramId>,
    /// The changes, in their order.
    pub edits: Vec<Edit>,
}

impl Edits {
    /// True where there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }
}
