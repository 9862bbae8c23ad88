//! The targets of the file.

use std::collections::BTreeMap;

use midwatch_model::{Starttls, Target, TargetError};
use schemars::JsonSchema;
use serde::Deserialize;

use super::fault::Faults;
use super::reader::{self, Node};
use super::sections::Look;
use super::values::Length;

/// The longest id, in characters.
const MAX_ID: usize = 64;

/// One target, as it stands in the file.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
pub struct TargetFile {
    /// What it is.
    pub kind: TargetKind,
    /// Where it is, as midwatch's command for its kind takes it: a URL, HOST:PORT, a remote, a directory. Not for kind
    /// here, which is this computer.
    pub at: Option<String>,
    /// What people call it. Without it, where it is.
    pub name: Option<String>,
    /// What it is called in addresses and files: lower-case letters, digits and hyphens. Without it, made from the name.
    /// What is remembered belongs to it.
    pub id: Option<String>,
    /// How often it is looked at; else as in `[watch]`.
    pub every: Option<Length<60, 31_622_400>>,
    /// Words to sort targets by, for people and for channels.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Whether it is not looked at for the time being.
    #[serde(default)]
    pub paused: bool,
    /// Kind tls: the name that is sent as SNI, and expected in the certificate.
    pub sni: Option<String>,
    /// Kind tls: the protocol by which connections, which then begin in plain text, ask for TLS.
    pub starttls: Option<Starttls>,
    /// How it is looked at, where that differs from `[look]`.
    #[serde(default)]
    pub look: Look,
}

/// Kinds of targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum TargetKind {
    /// A web site, as midwatch site takes it.
    Site,
    /// A TLS service, as midwatch tls takes it.
    Tls,
    /// An SSH server, as midwatch ssh takes it.
    Ssh,
    /// A remote, as midwatch git takes it.
    Git,
    /// A repository of git on this computer, by its directory.
    Repository,
    /// A domain's mail, as midwatch mail takes it.
    Mail,
    /// This computer and its network.
    Here,
    /// This computer as a server, as midwatch host looks at it.
    Host,
}

/// One target, ready.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetEntry {
    /// Its id, which no other has.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// It.
    pub target: Target,
    /// How often it is looked at, in seconds.
    pub every: u64,
    /// Its tags, sorted.
    pub tags: Vec<String>,
    /// Whether it is not looked at.
    pub paused: bool,
    /// How it is looked at, with what `[look]` says.
    pub look: Look,
}

/// Understands what stands in the file, for those who know targets and resolvers.
pub trait Parse {
    /// A target of a kind from its text, which is empty for [`TargetKind::Here`] and [`TargetKind::Host`]. `sni` and `starttls` are for
    /// [`TargetKind::Tls`].
    ///
    /// # Errors
    /// A sentence that says what to write instead.
    fn target(
        &self,
        kind: TargetKind,
        at: &str,
        sni: Option<&str>,
        starttls: Option<Starttls>,
    ) -> Result<Target, TargetError>;

    /// Whether a text names a resolver.
    ///
    /// # Errors
    /// As [`Parse::target`].
    fn resolver(&self, text: &str) -> Result<(), String>;

    /// Whether a text is `HOST:PORT:ADDRESS[:PORT]`.
    ///
    /// # Errors
    /// As [`Parse::target`].
    fn resolve(&self, text: &str) -> Result<(), String>;

    /// Whether a text is HOST or HOST:PORT of a public site.
    ///
    /// # Errors
    /// As [`Parse::target`].
    fn public_site(&self, text: &str) -> Result<(), String>;
}

/// An id made from a name: lower-case letters, digits and single hyphens, at most 64 characters. Empty where the name has
/// none of them.
pub fn slug(name: &str) -> String {
    let mut slug = String::new();
    let name = name.strip_prefix("https://").unwrap_or(name);
    for character in name.chars() {
        let character = character.to_ascii_lowercase();
        if character.is_ascii_alphanumeric() {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() == MAX_ID {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// Reads all targets. `every` is the interval of those that say none.
pub(super) fn all(
    root: &Node<'_>,
    parse: &dyn Parse,
    base: &Look,
    every: u64,
    faults: &mut Faults<'_>,
) -> Vec<TargetEntry> {
    let Some(list) = reader::child(root, "target") else { return Vec::new() };
    let Some(array) = list.get_ref().as_array() else {
        faults.add(Some(list.span()), "targets are written as [[target]], once for each");
        return Vec::new();
    };
    let mut ids: BTreeMap<String, usize> = BTreeMap::new();
    let mut targets = Vec::with_capacity(array.len());
    for (at, node) in array.iter().enumerate() {
        let Some(file) = reader::read::<TargetFile>(node, "[[target]]", faults) else { continue };
        let place = |key: &str| reader::child(node, key).map_or_else(|| node.span(), |child| child.span());
        look(&file.look, reader::child(node, "look"), parse, faults);
        let Some(target) = target(&file, parse, &place, faults) else { continue };
        let name = file.name.clone().unwrap_or_else(|| match file.kind {
            TargetKind::Here => "this computer".into(),
            TargetKind::Host => "this server".into(),
            _ => target.input().to_owned(),
        });
        let id = file.id.clone().unwrap_or_else(|| slug(&name));
        if id.is_empty() || id.len() > MAX_ID || slug(&id) != id {
            let what = match file.id {
                Some(_) => "an id has lower-case letters, digits and single hyphens, at most 64 of them",
                None => "no id can be made from its name; write one: id = \"…\"",
            };
            faults.add(Some(place("id")), format!("[[target]] id: {what}"));
            continue;
        }
        if let Some(before) = ids.insert(id.clone(), at) {
            let what = format!(
                "[[target]]: target {} has the id '{id}' too; give one of them another: id = \"…\"",
                before + 1
            );
            faults.add(Some(place("id")), what);
            continue;
        }
        if name.trim().is_empty() || name.chars().count() > 200 {
            faults.add(Some(place("name")), "[[target]] name: a name has 1 to 200 characters");
        }
        let mut tags = file.tags;
        if tags.iter().any(|tag| tag.trim().is_empty() || tag.chars().count() > 64) || tags.len() > 32 {
            faults.add(Some(place("tags")), "[[target]] tags: at most 32, each of 1 to 64 characters");
        }
        tags.sort();
        tags.dedup();
        let every = file.every.map_or(every, Length::seconds);
        targets.push(TargetEntry {
            id,
            name,
            target,
            every,
            tags,
            paused: file.paused,
            look: file.look.over(base),
        });
    }
    targets
}

fn target(
    file: &TargetFile,
    parse: &dyn Parse,
    place: &dyn Fn(&str) -> std::ops::Range<usize>,
    faults: &mut Faults<'_>,
) -> Option<Target> {
    let at = match (file.kind, file.at.as_deref()) {
        (TargetKind::Here | TargetKind::Host, None) => "",
        (TargetKind::Here | TargetKind::Host, Some(_)) => {
            faults.add(
                Some(place("at")),
                "[[target]] at: kinds here and host are this computer; leave 'at' out",
            );
            return None;
        }
        (_, None) => {
            faults.add(Some(place("kind")), "[[target]]: 'at' is missing, which says where it is");
            return None;
        }
        (_, Some(at)) => at,
    };
    if file.sni.is_some() && file.kind != TargetKind::Tls {
        faults.add(Some(place("sni")), "[[target]] sni: it is for kind tls alone");
    }
    if file.starttls.is_some() && file.kind != TargetKind::Tls {
        faults.add(Some(place("starttls")), "[[target]] starttls: it is for kind tls alone");
    }
    match parse.target(file.kind, at, file.sni.as_deref(), file.starttls) {
        Ok(target) => Some(target),
        Err(error) => {
            faults.add(Some(place("at")), format!("[[target]] at: {error}"));
            None
        }
    }
}

/// Looks whether what `parse` understands of a table of this form is right.
pub(super) fn look(look: &Look, node: Option<&Node<'_>>, parse: &dyn Parse, faults: &mut Faults<'_>) {
    let place = |key: &str| node.and_then(|node| reader::child(node, key)).map(|child| child.span());
    let mut tell = |key: &str, what: String| faults.add(place(key), format!("look {key}: {what}"));
    if let Some(Err(what)) = look.resolver.as_deref().map(|text| parse.resolver(text)) {
        tell("resolver", what);
    }
    for what in look.resolve.iter().flatten().filter_map(|text| parse.resolve(text).err()) {
        tell("resolve", what);
    }
    for what in look.sites.iter().flatten().filter_map(|text| parse.public_site(text).err()) {
        tell("sites", what);
    }
    if look.rate.is_some_and(|rate| !(rate > 0.0 && rate <= 10_000.0)) {
        tell("rate", "a number of requests a second above 0, and at most 10000".into());
    }
    if look.connections.is_some_and(|number| !(1..=64).contains(&number)) {
        tell("connections", "from 1 to 64".into());
    }
    if look.pages.is_some_and(|number| !(1..=100_000).contains(&number)) {
        tell("pages", "from 1 to 100000".into());
    }
    if look.trust_files.as_ref().is_some_and(|files| !files.is_empty()) != look.trust_signers.is_some() {
        let key = if look.trust_signers.is_some() { "trust_signers" } else { "trust_files" };
        tell(key, "trust_files and trust_signers go together".into());
    }
}
