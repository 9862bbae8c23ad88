//! `midwatch lab story`.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::process::ExitCode;

use midwatch_lab::story::{Cure, Random, story};
use midwatch_model::Story;

use crate::args::{self, StoryFormat};
use crate::output;

/// Plays it, and tells it. 0 where every cell of the table came out as the documentation has it, and else 1.
pub async fn run(arguments: &args::LabStory) -> Result<ExitCode, String> {
    let random = match &arguments.seed {
        Some(seed) => Random::seeded(seed.as_bytes()),
        None => Random::system(),
    };
    let cures: Vec<Cure> = Cure::ALL
        .into_iter()
        .filter(|cure| arguments.cure.is_empty() || arguments.cure.contains(cure))
        .collect();
    let told = story(&cures, &random)
        .await
        .map_err(|error| format!("the story cannot be played on loopback: {error}"))?;
    if let Some(path) = &arguments.html {
        output::file(path, &midwatch_report::story_html(&told))?;
    }
    match arguments.format {
        StoryFormat::Json => output::standard(&midwatch_report::story_json(&told)),
        StoryFormat::Terminal => tell(&told, arguments),
    }
    if let (Some(path), StoryFormat::Terminal) = (&arguments.html, arguments.format) {
        eprintln!("\nThe story as a page: {}", path.display());
    }
    if !told.as_documented {
        eprintln!(
            "midwatch: a cell of the table is not what the documentation says; one time in 65 536 Jessica guesses the code, \
             and otherwise it is a fault of midwatch"
        );
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// Part by part, at the reader's pace where that is wanted and there is a terminal to read at.
fn tell(told: &Story, arguments: &args::LabStory) {
    let options = output::terminal_with(arguments.colour, true, false);
    let pause = arguments.pause && io::stdin().is_terminal() && io::stdout().is_terminal();
    let parts = midwatch_report::story(told, &options);
    for (at, part) in parts.iter().enumerate() {
        output::standard(part);
        if pause && at + 1 < parts.len() {
            eprint!("\n  Enter goes on … ");
            let mut line = String::new();
            // At the end of input the rest is told without a stop.
            let _ = io::stdin().lock().read_line(&mut line);
        }
    }
}
