//! Resolvers, the hosts file, and where names are looked for.

use midwatch_model::{HostsEntry, LocalNames, LocalResolver, NameSource};

use super::{Sheet, Table, each, some, told, unread, yes};
use crate::words;

pub(super) fn sheet(names: &LocalNames) -> Sheet {
    let hosts = told(&names.hosts, |all| match all.len() {
        0 => "no name led elsewhere".into(),
        count => format!("{} led elsewhere", words::count(count, "name")),
    });
    let entry = |entry: &HostsEntry| format!("{} leads to {}", entry.name, entry.address);
    let entries: Vec<String> = names.hosts.value().into_iter().flatten().map(entry).collect();
    let blocked = match names.blocked {
        0 => String::new(),
        count => format!("; {} blocked", words::count(count as usize, "name")),
    };
    let sources = told(&names.sources, |all| {
        let one = |source: &NameSource| match source.on_the_link {
            true => format!("{} (anybody on the link)", source.name),
            false => source.name.clone(),
        };
        some(&all.iter().map(one).collect::<Vec<_>>())
    });
    let mut lines = vec![
        ("resolvers", resolvers(names)),
        ("hosts file", format!("{hosts}{blocked}{}", unread(names.unread.len()))),
    ];
    lines.extend(each("  name", entries));
    lines.push(("looked in", sources));
    Sheet {
        heading: "Names on this computer",
        about: String::new(),
        lines,
        tables: vec![
            Table::of(
                "Resolvers",
                &["Resolver", "Named in", "Asked by way of", "Encrypted"],
                &names.resolvers,
                |one| {
                    let behind = one.behind.map(|at| at.to_string());
                    let asked = behind.unwrap_or_else(|| "programs ask it".into());
                    vec![one.address.to_string(), one.file.clone(), asked, encrypted(one)]
                },
            ),
            Table::of("Names in the hosts file", &["Name", "Address", "Line"], &names.hosts, |one| {
                vec![one.name.clone(), one.address.to_string(), one.line.to_string()]
            }),
            Table::of(
                "Where names are looked for, in this order",
                &["Source", "Anybody on the link can answer"],
                &names.sources,
                |one| vec![one.name.clone(), yes(one.on_the_link).into()],
            ),
        ],
    }
}

/// The resolvers, and who set them.
pub(super) fn resolvers(names: &LocalNames) -> String {
    let all = told(&names.resolvers, |all| {
        let one = |resolver: &LocalResolver| {
            let behind = resolver.behind.map(|at| format!(" by way of {at}")).unwrap_or_default();
            match resolver.encrypted.value() {
                Some(_) => format!("{}{behind} ({})", resolver.address, encrypted(resolver)),
                None => format!("{}{behind}", resolver.address),
            }
        };
        some(&all.iter().map(one).collect::<Vec<_>>())
    });
    match &names.set_by {
        Some(who) => format!("{all}; set by {who}"),
        None => all,
    }
}

fn encrypted(resolver: &LocalResolver) -> String {
    told(&resolver.encrypted, |value| match value.as_str() {
        "yes" => "encrypted".into(),
        "opportunistic" => "encrypted where it can be".into(),
        "no" => "in plain text".into(),
        other => other.to_owned(),
    })
}
