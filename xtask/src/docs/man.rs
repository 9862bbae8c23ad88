//! The man pages: midwatch(1), and one for each command. They bear no date, so that they change with the command
//! line and the version alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap_mangen::Man;

use super::MAN;

/// What the command line itself does not say, in roff: the end of midwatch(1).
const EXIT_STATUS: &str = "\
.SH \"EXIT STATUS\"
.TP
0
Measured, and no finding at or above \\fB\\-\\-fail\\-on\\fR.
.TP
1
A finding at or above \\fB\\-\\-fail\\-on\\fR.
.TP
2
A target could not be measured at all, also when others could; or a file could not be written.
.TP
64
Wrong usage.
.PP
The format of the report never changes the exit status.
";

/// The end of the pages of midwatch keys, whose codes are its own.
const EXIT_STATUS_KEYS: &str = "\
.SH \"EXIT STATUS\"
.TP
0
The keys were shown; or they are the same.
.TP
1
The keys are different, or a word is not the key's.
.TP
2
A key could not be read, or is a private one; or it could not be decided, because words are missing or not clear.
.TP
64
Wrong usage.
.SH \"SEE ALSO\"
\\fBmidwatch\\fR(1)
";

/// The end of every other page.
const SEE_ALSO: &str = "\
.SH \"SEE ALSO\"
\\fBmidwatch\\fR(1), also for the exit status
";

/// Every page with its path.
pub fn pages() -> Result<BTreeMap<PathBuf, String>, String> {
    // The command that prints help is told of in every page as an option.
    let mut command = midwatch::command().disable_help_subcommand(true);
    // Gives the commands the names that they have in a man page: midwatch-site and so on.
    command.build();
    let source = format!("midwatch {}", command.get_version().unwrap_or_default());
    let mut pages = BTreeMap::new();
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let end = if sub.get_name() == "keys" { EXIT_STATUS_KEYS } else { SEE_ALSO };
        for command in std::iter::once(sub).chain(sub.get_subcommands()) {
            let (path, text) = page(command.clone(), &source)?;
            pages.insert(path, text + end);
        }
    }
    let (path, text) = page(command, &source)?;
    pages.insert(path, text + EXIT_STATUS);
    Ok(pages)
}

fn page(command: clap::Command, source: &str) -> Result<(PathBuf, String), String> {
    let man = Man::new(command);
    let file = man.get_filename();
    let path = Path::new(MAN).join(&file);
    let mut bytes = Vec::new();
    man.render(&mut bytes).map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    let text = String::from_utf8(bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    let name = file.trim_end_matches(".1");
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        // An empty date has to be written as one, or what follows is taken for it.
        lines.push(match line.strip_prefix(".TH ") {
            Some(_) => format!(".TH {name} 1 \"\" \"{source}\" \"midwatch\""),
            // roff takes blanks at the end of a line; nobody else wants them.
            None => line.trim_end().to_owned(),
        });
    }
    Ok((path, lines.join("\n") + "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_page_for_every_command_and_none_has_a_date() {
        let pages = pages().expect("the pages");
        for name in [
            "midwatch",
            "midwatch-site",
            "midwatch-tls",
            "midwatch-lab",
            "midwatch-judge",
            "midwatch-keys-show",
        ] {
            let page = pages.get(&Path::new(MAN).join(format!("{name}.1"))).expect(name);
            assert!(page.contains(".SH SYNOPSIS"), "{name}");
            let title = page.lines().find(|line| line.starts_with(".TH")).expect("a title line");
            assert!(title.starts_with(&format!(".TH {name} 1 \"\" \"midwatch ")), "{title}");
        }
    }
}
