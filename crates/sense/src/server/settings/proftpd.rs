//! ProFTPD (proftpd.org's directives): `proftpd.conf` and what it includes, with its sections.

use midwatch_model::{ServerProgram, ServerProgramId, ServerSetting, Unread};

use super::source::{MAX_DEPTH, Reader, at, last_of_each, with_defaults, words};
use crate::System;
use crate::system::Place;

const FILES: [&str; 2] = ["/etc/proftpd/proftpd.conf", "/etc/proftpd.conf"];

/// What checks rest on.
const NAMES: [&str; 3] = ["TLSEngine", "TLSRequired", "LoadModule"];

/// What holds where no line says otherwise.
const DEFAULTS: [(&str, &str); 2] = [("TLSEngine", "off"), ("TLSRequired", "off")];

/// What ProFTPD is told; none where it is not installed.
pub(super) fn look(system: &System, unread: &mut Vec<Unread>) -> Option<ServerProgram> {
    if !system.exists(&system.at("/usr/sbin/proftpd")) {
        return None;
    }
    let file = FILES.into_iter().find(|path| system.exists(&system.at(path)))?;
    let mut reader = Reader::new(system);
    let mut walk = Walk { settings: Vec::new(), sections: Vec::new(), loaded: Vec::new(), loads: false };
    walk.file(&mut reader, &system.at(file), 0);
    let settings = with_defaults(last_of_each(walk.settings), &DEFAULTS);
    Some(reader.program(ServerProgramId::Proftpd, file, settings, unread))
}

struct Walk {
    settings: Vec<ServerSetting>,
    /// Open sections: the name to show, where it scopes, and whether it holds.
    sections: Vec<(Option<String>, bool)>,
    /// Modules of `LoadModule` so far, without `.c`.
    loaded: Vec<String>,
    /// Some line loads modules, so that those are not built in.
    loads: bool,
}

impl Walk {
    fn file(&mut self, reader: &mut Reader<'_>, place: &Place, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        for line in reader.lines(place).unwrap_or_default() {
            let text = line.text.as_str();
            if text.starts_with('#') {
                continue;
            }
            if let Some(section) = text.strip_prefix('<') {
                self.section(section.trim_end_matches('>'));
                continue;
            }
            if !self.sections.iter().all(|(_, holds)| *holds) {
                continue;
            }
            let all = words(text);
            let Some((name, arguments)) = all.split_first() else { continue };
            if name.eq_ignore_ascii_case("include") {
                for pattern in arguments {
                    for place in reader.glob(pattern) {
                        // A directory stands for all of its files.
                        let files = match reader.system.list(&place) {
                            Ok(entries) if !entries.is_empty() => entries,
                            _ => vec![place],
                        };
                        for place in files {
                            self.file(reader, &place, depth + 1);
                        }
                    }
                }
                continue;
            }
            if name.eq_ignore_ascii_case("LoadModule") {
                self.loads = true;
                self.loaded.extend(arguments.first().map(|module| module_name(module)));
            }
            if let Some(known) = NAMES.iter().find(|known| known.eq_ignore_ascii_case(name)) {
                let scope: Vec<&str> =
                    self.sections.iter().filter_map(|(shown, _)| shown.as_deref()).collect();
                let scope = (!scope.is_empty()).then(|| scope.join("/"));
                let value = arguments.join(" ");
                if *known != "LoadModule" || value.contains("mod_tls.") {
                    self.settings.push(at(&line, known, &value, scope.as_deref()));
                }
            }
        }
    }

    fn section(&mut self, text: &str) {
        if text.starts_with('/') {
            self.sections.pop();
            return;
        }
        let (name, argument) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let argument = argument.trim();
        let section = match name.to_ascii_lowercase().as_str() {
            "ifmodule" => {
                let (not, module) =
                    argument.strip_prefix('!').map_or((false, argument), |module| (true, module));
                (None, self.has(&module_name(module)) != not)
            }
            // What is defined on the command line is not known; Debian defines nothing.
            "ifdefine" => (None, argument.starts_with('!')),
            // It holds for the server and all virtual ones.
            "global" => (None, true),
            _ => (Some(text.chars().take(100).collect()), true),
        };
        self.sections.push(section);
    }

    /// mod_tls is loaded by a line; where none loads anything it may be built in, as many others always are.
    fn has(&self, module: &str) -> bool {
        module != "mod_tls" || !self.loads || self.loaded.iter().any(|loaded| loaded == module)
    }
}

fn module_name(module: &str) -> String {
    module.trim().trim_end_matches(".c").to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::system::testing::Tree;

    fn of(files: &[(&str, &str)]) -> ServerProgram {
        let tree = Tree::new(files);
        tree.write("/usr/sbin/proftpd", b"");
        look(&tree.system, &mut Vec::new()).expect("ProFTPD")
    }

    #[test]
    fn sections_count_where_their_module_is_loaded() {
        let tls = "<IfModule mod_tls.c>\nTLSEngine on\nTLSRequired on\n</IfModule>\n";
        let main = "Include /etc/proftpd/modules.conf\nInclude /etc/proftpd/tls.conf\nInclude /etc/proftpd/conf.d/\n";
        let value = |modules: &str| {
            let found = of(&[
                (FILES[0], main),
                ("/etc/proftpd/modules.conf", modules),
                ("/etc/proftpd/tls.conf", tls),
                ("/etc/proftpd/conf.d/a.conf", "<VirtualHost 192.0.2.7>\nTLSRequired off\n</VirtualHost>\n"),
            ]);
            let general = found.general("TLSEngine").map(|one| one.value.clone());
            (general, found.within(Some("VirtualHost 192.0.2.7"), "TLSRequired").map(|one| one.value.clone()))
        };
        assert_eq!(
            value("#LoadModule mod_tls.c\nLoadModule mod_ident.c\n"),
            (Some("off".into()), Some("off".into()))
        );
        assert_eq!(value("LoadModule mod_tls.c\n"), (Some("on".into()), Some("off".into())));
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "(?s).{0,300}") {
            of(&[(FILES[0], &text)]);
        }
    }
}
