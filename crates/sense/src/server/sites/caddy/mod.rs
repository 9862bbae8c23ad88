//! Caddy: the sites of its Caddyfile, or of its own form.

mod json;
mod lex;
mod site;

use std::collections::HashMap;
use std::rc::Rc;

use midwatch_model::{PlainSays, SiteProgram, SiteSoftware};

use super::reading::{Reading, below};
use super::{Inventory, MAX_SITES};
use lex::Node;
use site::Options;

/// Where Caddy's own unit for systemd reads its configuration.
const MAIN: &str = "/etc/caddy/Caddyfile";

/// Where its own form is, where there is no Caddyfile: as people write it, and as Caddy keeps what it was last told by its API,
/// which `caddy run --resume` (caddy-api.service) starts with.
const OWN_FORM: [&str; 3] =
    ["/etc/caddy/caddy.json", "/etc/caddy/config.json", "/var/lib/caddy/.config/caddy/autosave.json"];

/// How deep imports may call each other.
const MAX_DEPTH: usize = 16;

/// Lines that imports make in all.
const MAX_NODES: usize = 5_000_000;

/// Adds every site.
pub(super) fn look(inventory: &mut Inventory<'_>) {
    let mut reading = Reading::new(inventory.system);
    let mut found = None;
    if let Some(text) = reading.text(MAIN) {
        of(inventory, &mut reading, MAIN, &text);
        found = Some(MAIN);
    }
    for file in OWN_FORM {
        if found.is_some() {
            break;
        }
        let Some(text) = reading.text(file) else { continue };
        found = Some(file);
        own_form(inventory, &mut reading, file, &text);
    }
    if let Some(file) = found {
        inventory.programs.push(SiteProgram {
            software: SiteSoftware::Caddy,
            file: file.to_owned(),
            files: reading.files,
            strict_sni: None,
        });
    }
    inventory.unread.append(&mut reading.unread);
}

fn own_form(inventory: &mut Inventory<'_>, reading: &mut Reading<'_>, file: &str, text: &str) {
    let first = inventory.sites.len();
    if !json::add(inventory, reading, file, text) {
        reading.unclear(file, "it is no configuration of Caddy in JSON");
    }
    settle(inventory, first);
}

/// Reads one text as the whole of a Caddyfile, for the fuzzer.
pub(super) fn parse_alone(inventory: &mut Inventory<'_>, text: &str) {
    let mut reading = Reading::new(inventory.system);
    of(inventory, &mut reading, MAIN, text);
    own_form(inventory, &mut reading, MAIN, text);
}

fn of(inventory: &mut Inventory<'_>, reading: &mut Reading<'_>, main: &str, text: &str) {
    let mut imports = Imports { reading, snippets: HashMap::new(), made: 0 };
    let list = imports.file(&main.into(), text);
    let list = imports.whole(list, 0);
    let mut options = Options::default();
    let first = inventory.sites.len();
    for (at, node) in list.iter().enumerate() {
        if node.words.is_empty() && at == 0 {
            options.take(node.inner());
        } else if node.block.is_none() && at == 0 && list.len() > 1 {
            // Without braces the first line has the addresses, and the rest of the file is the site.
            let rest = list.get(1..).unwrap_or_default().to_vec();
            let whole = Node { block: Some(rest), ..node.clone() };
            site::add(inventory, reading, &whole, &options);
            break;
        } else if inventory.sites.len() >= MAX_SITES {
            reading.limit(main, "there are more sites than are read");
            break;
        } else {
            site::add(inventory, reading, node, &options);
        }
    }
    settle(inventory, first);
}

/// What Caddy decides of places, and not of sites: TLS holds for all who listen at a place once one has it, and its own
/// redirects go where no site of that name is.
fn settle(inventory: &mut Inventory<'_>, first: usize) {
    let sites = inventory.sites.get_mut(first..).unwrap_or_default();
    let tls: std::collections::HashSet<_> = sites
        .iter()
        .flat_map(|site| &site.listens)
        .filter(|listen| listen.tls)
        .map(|listen| (listen.address, listen.port))
        .collect();
    let plain: std::collections::HashSet<String> =
        sites.iter().filter(|site| !site.speaks_tls()).flat_map(|site| site.names.iter().cloned()).collect();
    for site in sites.iter_mut() {
        for listen in &mut site.listens {
            listen.tls |= tls.contains(&(listen.address, listen.port));
        }
        let has_own =
            site.speaks_tls() && !site.names.is_empty() && site.names.iter().all(|name| plain.contains(name));
        if has_own {
            site.listens.retain(|listen| listen.tls);
        }
        if site.listens.iter().all(|listen| listen.tls) {
            site.plain = PlainSays::None;
        }
    }
}

struct Imports<'r, 'a> {
    reading: &'r mut Reading<'a>,
    snippets: HashMap<String, Vec<Node>>,
    made: usize,
}

impl Imports<'_, '_> {
    fn file(&mut self, path: &Rc<str>, text: &str) -> Vec<Node> {
        let text = self.with_environment(text);
        let (list, fault) = lex::parse(path, &text);
        if let Some(fault) = fault {
            self.reading.unclear(path, fault);
        }
        list
    }

    /// `{$NAME}` and `{$NAME:otherwise}`: the service's own environment is not known, so that what stands otherwise
    /// counts.
    fn with_environment(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{$") {
            out.push_str(before);
            match after.split_once('}') {
                Some((name, behind)) if name.len() < 200 && !name.contains('\n') => {
                    match name.split_once(':') {
                        Some((_, otherwise)) => out.push_str(otherwise),
                        None => self.reading.unclear(MAIN, format!("the value of {{${name}}} is not known")),
                    }
                    rest = behind;
                }
                _ => {
                    out.push_str("{$");
                    rest = after;
                }
            }
        }
        out.push_str(rest);
        out
    }

    /// A list with what is imported in the place of each import, and without snippets, which are kept.
    fn whole(&mut self, list: Vec<Node>, depth: usize) -> Vec<Node> {
        let mut out = Vec::new();
        for mut node in list {
            self.made += 1;
            if self.made > MAX_NODES {
                self.reading
                    .limit(&node.file, "imports make too many lines, and the rest of them is left out");
                return out;
            }
            let is_snippet =
                node.words.len() == 1 && node.first().starts_with('(') && node.first().ends_with(')');
            if is_snippet && node.block.is_some() {
                let name = node.first().trim_matches(['(', ')']).to_owned();
                self.snippets.insert(name, node.block.take().unwrap_or_default());
            } else if node.first() == "import" && node.block.is_none() {
                out.extend(self.import(&node, depth));
            } else {
                if let Some(block) = node.block.take() {
                    node.block = Some(self.whole(block, depth));
                }
                out.push(node);
            }
        }
        out
    }

    fn import(&mut self, node: &Node, depth: usize) -> Vec<Node> {
        let Some((what, args)) = node.args().split_first() else { return Vec::new() };
        if depth >= MAX_DEPTH {
            self.reading.limit(&node.file, "imports call each other deeper than Caddyfiles do");
            return Vec::new();
        }
        if let Some(mut list) = self.snippets.get(what).cloned() {
            list.iter_mut().for_each(|node| fill(node, args));
            return self.whole(list, depth + 1);
        }
        let directory = node.file.rsplit_once('/').map_or("", |(directory, _)| directory);
        let pattern = below(directory, what);
        let mut out = Vec::new();
        for path in self.reading.glob(&pattern) {
            let noted = self.reading.unread.len();
            let Some(text) = self.reading.text(&path) else {
                let is_one = !super::glob::is_pattern(&pattern);
                if is_one && noted == self.reading.unread.len() {
                    self.reading.unclear(&path, "it is imported and not there, so that Caddy does not start");
                }
                continue;
            };
            let mut list = self.file(&path.as_str().into(), &text);
            list.iter_mut().for_each(|node| fill(node, args));
            out.extend(self.whole(list, depth + 1));
        }
        out
    }
}

/// Puts arguments where a snippet wants them: `{args.0}`, `{args[0]}`.
fn fill(node: &mut Node, args: &[String]) {
    for word in &mut node.words {
        if !word.contains("{args") {
            continue;
        }
        for (at, value) in args.iter().enumerate().take(20) {
            if word.len() < 64 * 1024 {
                *word =
                    word.replace(&format!("{{args.{at}}}"), value).replace(&format!("{{args[{at}]}}"), value);
            }
        }
    }
    for inner in node.block.iter_mut().flatten() {
        fill(inner, args);
    }
}
