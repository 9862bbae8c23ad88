//! Reports to where they were asked for.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use midwatch_model::Report;
use midwatch_report::TerminalOptions;

use crate::args::{self, Format, When};

/// Renders `report` and writes it.
///
/// # Errors
/// A sentence that names the file.
pub fn write(report: &Report, options: &args::Report) -> Result<(), String> {
    let text = match options.format {
        Format::Terminal => midwatch_report::terminal(report, &terminal_options(options)),
        Format::Json => midwatch_report::json(report),
        Format::Sarif => midwatch_report::sarif(report),
        Format::Junit => midwatch_report::junit(report, options.fail_on.severity()),
        Format::Html => midwatch_report::html(report),
    };
    match &options.output {
        Some(path) => file(path, &text),
        None => {
            standard(&text);
            Ok(())
        }
    }
}

/// Writes text to standard output. A reader that has gone away (`| head`) is no fault.
pub fn standard(text: &str) {
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush())
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        eprintln!("midwatch: standard output cannot be written: {error}");
    }
}

/// Writes a file whole or not at all: first beside it, then in its place.
///
/// # Errors
/// A sentence that names the file.
pub fn file(path: &Path, text: &str) -> Result<(), String> {
    // A device or a pipe cannot be replaced, only written to.
    let special = std::fs::metadata(path).is_ok_and(|data| !data.is_file());
    let written = if special {
        std::fs::write(path, text)
    } else {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let part = path.with_file_name(name);
        std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, path)).inspect_err(|_| {
            let _ = std::fs::remove_file(&part);
        })
    };
    written.map_err(|error| format!("{} cannot be written: {error}", path.display()))
}

/// Width, colour and detail for a terminal.
pub fn terminal_options(options: &args::Report) -> TerminalOptions {
    terminal_with(options.colour, options.output.is_none(), options.verbose)
}

/// The same, for what has no report's options.
pub fn terminal_with(colour: When, to_standard: bool, verbose: bool) -> TerminalOptions {
    let to_terminal = to_standard && io::stdout().is_terminal();
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
        || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let colour = match colour {
        When::Always => true,
        When::Never => false,
        When::Auto => to_terminal && !plain,
    };
    let measured = if to_terminal { terminal_size::terminal_size() } else { None };
    let width = measured.map_or(80, |(width, _)| usize::from(width.0)).clamp(40, 120);
    TerminalOptions { width, colour, verbose }
}
