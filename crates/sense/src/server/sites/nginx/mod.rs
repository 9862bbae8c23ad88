//! nginx: its server blocks, by its own files.

mod lex;
mod plain;
mod server;

use std::collections::HashMap;
use std::net::IpAddr;
use std::rc::Rc;

use midwatch_model::{SiteProgram, SiteSoftware};

use super::reading::{Reading, below};
use super::{Inventory, MAX_SITES};
use lex::Directive;
use server::Block;

/// Where builds of nginx have their configuration: Debian's and most others, FreeBSD's, its own default, OpenResty's,
/// and the one of panels that build it themselves.
const MAIN: [&str; 6] = [
    "/etc/nginx/nginx.conf",
    "/usr/local/etc/nginx/nginx.conf",
    "/usr/local/nginx/conf/nginx.conf",
    "/usr/local/openresty/nginx/conf/nginx.conf",
    "/etc/openresty/nginx.conf",
    "/www/server/nginx/conf/nginx.conf",
];

/// How deep files may include each other.
const MAX_DEPTH: usize = 16;

/// The largest file whose directives are kept for the next site that includes it.
const MAX_KEPT: usize = 64 * 1024;

/// Adds every server block of every nginx that is set up here.
pub(super) fn look(inventory: &mut Inventory<'_>) {
    for main in MAIN {
        of(inventory, main);
    }
}

/// Adds the server blocks of the nginx whose configuration begins at a file.
pub(super) fn of(inventory: &mut Inventory<'_>, main: &str) {
    let mut reading = Reading::new(inventory.system);
    let Some(text) = reading.text(main) else {
        inventory.unread.append(&mut reading.unread);
        return;
    };
    let directory = main.rsplit_once('/').map_or("", |(directory, _)| directory).to_owned();
    let first = inventory.sites.len();
    let mut walk = Walk { reading, directory, inventory, kept: HashMap::new(), at: Vec::new() };
    let (list, fault) = lex::parse(&text);
    drop(text);
    if let Some(fault) = fault {
        walk.reading.unclear(main, fault);
    }
    walk.main(main, &list, 0);
    let Walk { reading, at, .. } = walk;
    settle(inventory, first, &at);
    inventory.programs.push(SiteProgram {
        software: SiteSoftware::Nginx,
        file: main.to_owned(),
        files: reading.files,
        strict_sni: None,
    });
    inventory.unread.extend(reading.unread);
}

/// What nginx decides of places, and not of blocks: TLS holds for all who listen at a place once one asks for it, and the
/// first block is the default where none asks to be.
fn settle(inventory: &mut Inventory<'_>, first: usize, asked: &[Vec<bool>]) {
    let mut places: HashMap<(IpAddr, u16), (bool, Option<usize>, usize)> = HashMap::new();
    let sites = inventory.sites.get_mut(first..).unwrap_or_default();
    for (number, site) in sites.iter().enumerate() {
        if site.stream {
            continue;
        }
        for (at, listen) in site.listens.iter().enumerate() {
            let place = places.entry((listen.address, listen.port)).or_insert((false, None, number));
            place.0 |= listen.tls;
            if asked.get(number).and_then(|asked| asked.get(at)).copied().unwrap_or_default() {
                place.1.get_or_insert(number);
            }
        }
    }
    for (number, site) in sites.iter_mut().enumerate() {
        if site.stream {
            continue;
        }
        for listen in &mut site.listens {
            if let Some((tls, asked, first)) = places.get(&(listen.address, listen.port)) {
                listen.tls = *tls;
                listen.default = asked.unwrap_or(*first) == number;
            }
        }
        if site.speaks_tls() && site.listens.iter().all(|listen| listen.tls) {
            site.plain = midwatch_model::PlainSays::None;
        }
        if !site.speaks_tls() {
            site.tls_settings = None;
            site.certificates.clear();
        }
    }
}

struct Walk<'w, 'a> {
    reading: Reading<'a>,
    /// Where relative paths begin.
    directory: String,
    inventory: &'w mut Inventory<'a>,
    kept: HashMap<String, Rc<Vec<Directive>>>,
    /// For each site, which of its places it asks to be the default of.
    at: Vec<Vec<bool>>,
}

impl Walk<'_, '_> {
    fn main(&mut self, file: &str, list: &[Directive], depth: usize) {
        for directive in list {
            match directive.name.as_str() {
                "include" => self.each(directive, depth, |walk, file, list| walk.main(file, list, depth + 1)),
                "http" | "stream" => {
                    let is_stream = directive.name == "stream";
                    let (mut outer, mut pending) = (Block::default(), Vec::new());
                    self.around(&file.into(), directive.inner(), &mut outer, &mut pending, depth);
                    for (block, file, line) in pending {
                        self.site(block, &outer, is_stream, &file, line);
                    }
                }
                _ => {}
            }
        }
    }

    /// An http or stream block: what it hands to its servers, and these, which are made into sites once all of it is
    /// known.
    fn around(
        &mut self,
        file: &Rc<str>,
        list: &[Directive],
        outer: &mut Block,
        pending: &mut Vec<(Block, Rc<str>, u32)>,
        depth: usize,
    ) {
        for directive in list {
            match directive.name.as_str() {
                "include" => self.each(directive, depth, |walk, file, list| {
                    walk.around(&file.into(), list, outer, pending, depth + 1);
                }),
                "server" if self.inventory.sites.len() + pending.len() >= MAX_SITES => {
                    self.reading.limit(file, "there are more sites than are read");
                    return;
                }
                "server" => {
                    let mut block = Block::default();
                    self.inside(directive.inner(), &mut block, depth);
                    pending.push((block, file.clone(), directive.line));
                }
                _ => outer.take(directive),
            }
        }
    }

    fn site(&mut self, block: Block, outer: &Block, is_stream: bool, file: &str, line: u32) {
        let (directory, inventory) = (&self.directory, &mut *self.inventory);
        let (site, asked) = block.site(outer, is_stream, file, line, &mut self.reading, |name| {
            inventory.certificate(&below(directory, name))
        });
        inventory.sites.push(site);
        self.at.push(asked);
    }

    fn inside(&mut self, list: &[Directive], block: &mut Block, depth: usize) {
        for directive in list {
            if directive.name == "include" {
                let unread = self.reading.unread.len();
                self.each(directive, depth, |walk, _, list| walk.inside(list, block, depth + 1));
                block.is_whole &= unread == self.reading.unread.len();
            } else {
                let resolved = self.resolved(directive, depth);
                block.take(resolved.as_ref().unwrap_or(directive));
            }
        }
    }

    /// A location or a condition with what it includes in the place of the word include; none where it includes nothing.
    fn resolved(&mut self, directive: &Directive, depth: usize) -> Option<Directive> {
        if !matches!(directive.name.as_str(), "location" | "if") {
            return None;
        }
        let has = directive.inner().iter().any(|one| one.name == "include");
        if !has {
            return None;
        }
        let mut list = Vec::new();
        for one in directive.inner() {
            if one.name == "include" {
                self.each(one, depth, |_, _, included| list.extend(included.iter().cloned()));
            } else {
                list.push(one.clone());
            }
        }
        Some(Directive { block: Some(list), ..directive.clone() })
    }

    /// Reads the files of an include, and does something with each.
    fn each(
        &mut self,
        include: &Directive,
        depth: usize,
        mut with: impl FnMut(&mut Self, &str, &[Directive]),
    ) {
        let pattern = below(&self.directory, include.first());
        if depth >= MAX_DEPTH {
            self.reading.limit(&pattern, "files include each other deeper than nginx's configurations do");
            return;
        }
        let is_one = !super::glob::is_pattern(&pattern);
        for path in self.reading.glob(&pattern) {
            if let Some(list) = self.kept.get(&path).cloned() {
                with(self, &path, &list);
                continue;
            }
            let noted = self.reading.unread.len();
            let Some(text) = self.reading.text(&path) else {
                if is_one && noted == self.reading.unread.len() {
                    self.reading.unclear(&path, "it is included and not there, so that nginx does not start");
                }
                continue;
            };
            let (list, fault) = lex::parse(&text);
            if let Some(fault) = fault {
                self.reading.unclear(&path, fault);
            }
            let list = Rc::new(list);
            if is_one && text.len() <= MAX_KEPT && self.kept.len() < 1000 {
                self.kept.insert(path.clone(), list.clone());
            }
            with(self, &path, &list);
        }
    }
}

/// Reads one text as nginx's whole configuration, for the fuzzer.
pub(super) fn parse_alone(inventory: &mut Inventory<'_>, text: &str) {
    let reading = Reading::new(inventory.system);
    let mut walk = Walk { reading, directory: "/".into(), inventory, kept: HashMap::new(), at: Vec::new() };
    walk.main("/nginx.conf", &lex::parse(text).0, 0);
    let Walk { at, .. } = walk;
    settle(inventory, 0, &at);
}
