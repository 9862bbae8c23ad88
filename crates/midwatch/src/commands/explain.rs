//! `midwatch explain`.

use std::process::ExitCode;

use crate::args::Explain;
use crate::{exit, output};

/// Runs it.
pub fn run(arguments: &Explain) -> ExitCode {
    let Some(id) = &arguments.id else {
        let mut ids: Vec<&str> = midwatch_judge::ids().into_iter().collect();
        ids.push("");
        output::standard(&ids.join("\n"));
        return ExitCode::SUCCESS;
    };
    match midwatch_judge::explain(id) {
        Some(page) => {
            output::standard(&page);
            ExitCode::SUCCESS
        }
        None => {
            let nearest = midwatch_judge::nearest(id).map(|near| format!("; did you mean {near}?"));
            let nearest = nearest.unwrap_or_default();
            exit::usage(&format!(
                "no check, attack or change is called '{id}'{nearest}; 'midwatch explain' lists them"
            ))
        }
    }
}
