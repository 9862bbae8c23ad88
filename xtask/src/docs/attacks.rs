//! A page for each attack method, and an index.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use midwatch_judge::{Scope, attacks};
use midwatch_model::AttackId;

use super::{ATTACKS, cell, footer, links};

/// Every page with its path.
pub fn pages() -> Result<BTreeMap<PathBuf, String>, String> {
    let directory = Path::new(ATTACKS);
    let mut pages = BTreeMap::from([(directory.join("index.md"), index())]);
    for attack in attacks() {
        let id = attack.id.id();
        let page = midwatch_judge::explain(id).ok_or_else(|| format!("{id} has no page"))?;
        let below = match attack.scope {
            Scope::Here => "here/",
            Scope::Ssh => "ssh/",
            Scope::Mail => "mail/",
            Scope::Server => "server/",
            Scope::Starttls => "starttls/",
            Scope::Sites | Scope::Services => "",
        };
        let source = format!("crates/judge/src/attacks/{below}{}.rs", id.replace('-', "_"));
        // One page for each method, whatever it is about; the first file of it is named.
        let page = links::page(&page) + &footer(&source);
        pages.entry(directory.join(format!("{id}.md"))).or_insert(page);
    }
    Ok(pages)
}

fn index() -> String {
    let mut page = String::from(
        "# Attacks\n\nThe methods of somebody in the middle on which midwatch gives a verdict: `exposed`, `partly`, \
         `protected` or\n`unknown`. The page of each says how its verdict is reached, and which checks bear on it.\n\n\
         | attack | what an attacker gains | from where | commands |\n|---|---|---|---|\n",
    );
    for attack in attacks() {
        let from: Vec<&str> = attack.from.iter().map(|station| station.name()).collect();
        let commands: Vec<String> =
            attack.scope.commands().iter().map(|command| format!("`{command}`")).collect();
        let commands = commands.join(", ");
        let (id, name, gain) = (attack.id, attack.id.name(), cell(attack.gain));
        // Writing to a String cannot fail.
        let _ = writeln!(page, "| [{name}]({id}.md) | {gain} | {} | {commands} |", from.join(", "));
    }
    let planned: Vec<&str> = AttackId::ALL
        .into_iter()
        .filter(|id| !attacks().iter().any(|attack| attack.id == *id))
        .map(AttackId::name)
        .collect();
    if !planned.is_empty() {
        let _ = write!(page, "\nNamed in the report format and not judged yet: {}.\n", planned.join(", "));
    }
    page + &footer("crates/judge/src/attacks/")
}
