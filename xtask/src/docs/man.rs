//! The man pages: midwatch(1), and one for each command. They bear no date, so that they change with the command
//! line alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap_mangen::Man;

use super::MAN;

/// Every page with its path.
pub fn pages() -> Result<BTreeMap<PathBuf, String>, String> {
    // The command that prints help is told of in every page as an option.
    let mut command = midwatch::command().disable_help_subcommand(true);
    // Gives the commands the names that they have in a man page: midwatch-site and so on.
    command.build();
    let commands: Vec<clap::Command> = command.get_subcommands().cloned().collect();
    std::iter::once(command).chain(commands).filter(|command| !command.is_hide_set()).map(page).collect()
}

fn page(command: clap::Command) -> Result<(PathBuf, String), String> {
    let man = Man::new(command).date("").manual("midwatch");
    let path = Path::new(MAN).join(man.get_filename());
    let mut bytes = Vec::new();
    man.render(&mut bytes).map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    let text = String::from_utf8(bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    // roff takes blanks at the end of a line; nobody else wants them.
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    Ok((path, lines.join("\n") + "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_page_for_every_command_and_none_has_a_date() {
        let pages = pages().expect("the pages");
        for name in ["midwatch.1", "midwatch-site.1", "midwatch-tls.1", "midwatch-lab.1", "midwatch-judge.1"]
        {
            let page = pages.get(&Path::new(MAN).join(name)).expect(name);
            assert!(page.contains("SYNOPSIS"), "{name}");
            let title = page.lines().find(|line| line.starts_with(".TH")).expect("a title line");
            assert!(!title.contains("20"), "{title}");
        }
    }
}
