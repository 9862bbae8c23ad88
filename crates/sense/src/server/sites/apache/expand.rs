//! Apache's files as one row of lines: what is included, what conditions leave out, what macros write.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::lex::{Line, line_of, lines};
use crate::server::sites::reading::{Reading, below};

/// How deep files and macros may call each other (Apache's own limit for files is 128).
const MAX_DEPTH: usize = 32;

/// Lines that macros write in all: one that calls another twice, and that another, doubles them each time.
const MAX_WRITTEN: usize = 1_000_000;

/// Files in a directory that is included, those below it counted.
const MAX_BELOW: usize = 100_000;

/// Modules that are part of the program itself (httpd -l, as distributions build it).
const BUILT_IN: [&str; 10] = [
    "core_module",
    "core.c",
    "so_module",
    "mod_so.c",
    "http_module",
    "http_core.c",
    "unixd_module",
    "mod_unixd.c",
    "version_module",
    "mod_version.c",
];

/// The version that conditions are asked about, since none stands in the files.
const VERSION: [u32; 3] = [2, 4, 62];

struct Macro {
    parameters: Vec<String>,
    lines: Vec<Line>,
}

/// Reads a configuration, and hands over line by line what counts.
pub(super) struct Expand<'r, 'a> {
    pub(super) reading: &'r mut Reading<'a>,
    /// Where relative paths begin (ServerRoot).
    pub(super) root: String,
    pub(super) defines: HashMap<String, String>,
    pub(super) modules: HashSet<String>,
    macros: HashMap<String, Macro>,
    written: usize,
}

impl<'r, 'a> Expand<'r, 'a> {
    pub(super) fn new(reading: &'r mut Reading<'a>, root: &str) -> Self {
        let modules = BUILT_IN.iter().map(|name| (*name).to_owned()).collect();
        Expand {
            reading,
            root: root.to_owned(),
            defines: HashMap::new(),
            modules,
            macros: HashMap::new(),
            written: 0,
        }
    }

    /// The file of variables that distributions read before they start Apache.
    pub(super) fn environment(&mut self, path: &str) {
        let Some(text) = self.reading.text(path) else { return };
        for (name, value) in text.lines().filter_map(crate::lines::assignment) {
            let name = name.trim_start_matches("export ").trim();
            // What is put together of others is worked out as far as the files need it.
            let value = value.replace("$SUFFIX", "");
            self.defines.insert(name.to_owned(), value);
        }
    }

    /// Hands over the lines of a file.
    pub(super) fn file(&mut self, path: &str, depth: usize, to: &mut dyn FnMut(&mut Self, Line)) {
        let Some(text) = self.reading.text(path) else { return };
        let file: Rc<str> = path.into();
        let all = lines(&file, &text);
        drop(text);
        self.lines(all, depth, to);
    }

    /// Hands over the lines of a text that stands for a file.
    pub(super) fn text(&mut self, text: &str, to: &mut dyn FnMut(&mut Self, Line)) {
        self.lines(lines(&"/apache2.conf".into(), text), 0, to);
    }

    fn lines(&mut self, all: Vec<Line>, depth: usize, to: &mut dyn FnMut(&mut Self, Line)) {
        // Whether each condition around a line holds. One that is left out has its own counted all the same.
        let mut conditions: Vec<bool> = Vec::new();
        let mut writing: Option<(String, Macro)> = None;
        for line in all {
            if let Some((name, mut written)) = writing.take() {
                if line.name == "</macro" {
                    self.macros.insert(name, written);
                } else {
                    written.lines.push(line);
                    writing = Some((name, written));
                }
                continue;
            }
            let section = line.name.trim_start_matches(['<', '/']);
            let is_condition = matches!(
                section,
                "ifmodule" | "ifdefine" | "ifversion" | "iffile" | "ifdirective" | "ifsection"
            );
            if is_condition && line.name.starts_with("</") {
                conditions.pop();
                continue;
            }
            if is_condition && line.name.starts_with('<') {
                let holds = conditions.iter().all(|holds| *holds) && self.holds(section, &line);
                conditions.push(holds);
                continue;
            }
            if conditions.iter().any(|holds| !holds) {
                continue;
            }
            let line = self.with_variables(line);
            match line.name.as_str() {
                "<macro" => {
                    let mut args = line.args.into_iter();
                    let name = args.next().unwrap_or_default().to_ascii_lowercase();
                    writing = Some((name, Macro { parameters: args.collect(), lines: Vec::new() }));
                }
                "use" => self.call(&line, depth, to),
                "include" | "includeoptional" => self.include(&line, depth, to),
                "define" => {
                    let mut args = line.args.into_iter();
                    if let Some(name) = args.next() {
                        self.defines.insert(name, args.next().unwrap_or_default());
                    }
                }
                "undefine" => {
                    self.defines.remove(line.args.first().map_or("", String::as_str));
                }
                "serverroot" => self.root = line.args.into_iter().next().unwrap_or_default(),
                "loadmodule" => {
                    let mut args = line.args.into_iter();
                    self.modules.extend(args.next());
                    let file = args.next().unwrap_or_default();
                    let name = file.rsplit('/').next().unwrap_or_default().trim_end_matches(".so");
                    self.modules.insert(format!("{name}.c"));
                }
                _ => to(self, line),
            }
        }
    }

    fn holds(&self, section: &str, line: &Line) -> bool {
        let (negated, wanted) = match line.rest.strip_prefix('!') {
            Some(rest) => (true, rest.trim()),
            None => (false, line.rest.as_str()),
        };
        let wanted = wanted.trim_matches('"');
        let holds = match section {
            "ifmodule" => self.modules.contains(wanted),
            "ifdefine" => self.defines.contains_key(wanted),
            "iffile" => self.reading.system.exists(&self.reading.system.at(&below(&self.root, wanted))),
            "ifversion" => version(wanted),
            // Whatever a directive or a section is asked for, Apache of these years has it.
            _ => true,
        };
        holds != negated
    }

    fn with_variables(&self, mut line: Line) -> Line {
        if !line.rest.contains("${") {
            return line;
        }
        line.args.iter_mut().for_each(|arg| *arg = self.expanded(arg));
        line.rest = self.expanded(&line.rest);
        line
    }

    /// `${NAME}` of Define or of the environment; one that nobody knows stays, as Apache has it.
    fn expanded(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            match after.split_once('}') {
                Some((name, behind)) => {
                    match self.defines.get(name) {
                        Some(value) => out.push_str(value),
                        None => out.push_str(&format!("${{{name}}}")),
                    }
                    rest = behind;
                }
                None => {
                    out.push_str("${");
                    rest = after;
                }
            }
            if out.len() > 64 * 1024 {
                return out;
            }
        }
        out.push_str(rest);
        out
    }

    fn include(&mut self, line: &Line, depth: usize, to: &mut dyn FnMut(&mut Self, Line)) {
        let Some(pattern) = line.args.first().map(|path| below(&self.root, path)) else { return };
        if depth >= MAX_DEPTH {
            self.reading.limit(&pattern, "files include each other deeper than Apache's configurations do");
            return;
        }
        for path in self.reading.glob(&pattern) {
            let place = self.reading.system.at(&path);
            if self.reading.system.is_directory(&place) {
                let mut files = Vec::new();
                self.below(&path, 0, &mut files);
                for file in files {
                    self.file(&file, depth + 1, to);
                }
            } else {
                let noted = self.reading.unread.len();
                let is_missing = !self.reading.system.exists(&place);
                if is_missing && line.name == "include" && noted == self.reading.unread.len() {
                    self.reading
                        .unclear(&path, "it is included and not there, so that Apache does not start");
                }
                self.file(&path, depth + 1, to);
            }
        }
    }

    /// Every file of a directory and of those in it, by name.
    fn below(&mut self, directory: &str, depth: usize, files: &mut Vec<String>) {
        if depth > 8 || files.len() > MAX_BELOW {
            self.reading.limit(directory, "the directory that is included holds too much");
            return;
        }
        for path in self.reading.directory(directory) {
            if self.reading.system.is_directory(&self.reading.system.at(&path)) {
                self.below(&path, depth + 1, files);
            } else {
                files.push(path);
            }
        }
    }

    fn call(&mut self, line: &Line, depth: usize, to: &mut dyn FnMut(&mut Self, Line)) {
        let Some((name, args)) = line.args.split_first() else { return };
        if depth >= MAX_DEPTH {
            self.reading.limit(&line.file, "macros call each other deeper than Apache's configurations do");
            return;
        }
        if self.written > MAX_WRITTEN {
            self.reading.limit(&line.file, "macros write too many lines, and the rest of them is left out");
            return;
        }
        let Some(known) = self.macros.get(&name.to_ascii_lowercase()) else {
            self.reading.unclear(&line.file, format!("line {}: there is no macro {name}", line.number));
            return;
        };
        // Longer names first: one may begin with another.
        let mut given: Vec<(&String, &String)> = known.parameters.iter().zip(args).collect();
        given.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        let written = known.lines.iter().filter_map(|inner| {
            let is_end = inner.name.starts_with('<');
            let mut text = format!("{} {}", inner.name, inner.rest);
            for (name, value) in &given {
                if !name.is_empty() && text.len() < 64 * 1024 {
                    text = text.replace(name.as_str(), value);
                }
            }
            if is_end {
                text.push('>');
            }
            line_of(&line.file, &text, line.number)
        });
        let written: Vec<Line> = written.collect();
        self.written += written.len().max(1);
        self.lines(written, depth + 1, to);
    }
}

/// `>= 2.4`, `2.4.9` or `< 2.4`; a regular expression counts as met.
fn version(wanted: &str) -> bool {
    let wanted = wanted.trim();
    let digits = wanted.trim_start_matches(['<', '>', '=', '~', ' ']);
    let operator = wanted.strip_suffix(digits).unwrap_or_default().trim();
    let parts: Vec<u32> = digits.split('.').filter_map(|part| part.trim().parse().ok()).collect();
    if parts.is_empty() {
        return true;
    }
    // As many parts as are asked for.
    let own = VERSION.get(..parts.len()).unwrap_or(&VERSION).cmp(&parts);
    match operator {
        ">" => own.is_gt(),
        ">=" => own.is_ge(),
        "<" => own.is_lt(),
        "<=" => own.is_le(),
        _ => own.is_eq(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        for (wanted, holds) in
            [(">= 2.4", true), ("< 2.4", false), ("2.4", true), (">=2.4.60", true), ("~ x", true)]
        {
            assert_eq!(version(wanted), holds, "{wanted}");
        }
    }
}
