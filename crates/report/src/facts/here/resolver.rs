//! How the resolver of this computer answers.

use std::net::IpAddr;

use midwatch_model::{NameAnswers, ResolverAnswers, ResolverFault};

use super::{Sheet, Table, told};
use crate::words;

pub(super) fn sheet(answers: &ResolverAnswers) -> Sheet {
    let list = |all: &Vec<IpAddr>| super::some(&all.iter().map(ToString::to_string).collect::<Vec<_>>());
    let mut lines = vec![("resolver", short(answers))];
    let differs = |one: &&NameAnswers| one.system.value() != one.chosen.value();
    for one in answers.names.iter().filter(differs).take(super::MOST) {
        let (here, chosen) = (told(&one.system, list), told(&one.chosen, list));
        lines.push(("  name", format!("{}: here {here}; by the chosen one {chosen}", one.name)));
    }
    let behaviour = [(answers.resolver.as_str(), behaves(answers))];
    Sheet {
        heading: "The resolver's answers",
        about: answers.resolver.clone(),
        lines,
        tables: vec![
            Table::list("The resolver", &["Resolver", "How it behaves"], &behaviour, |(at, text)| {
                vec![(*at).to_owned(), text.clone()]
            }),
            Table::list(
                "Names that two resolvers were asked for",
                &["Name", "By this computer's resolver", "By the chosen one"],
                &answers.names,
                |one| vec![one.name.clone(), told(&one.system, list), told(&one.chosen, list)],
            ),
        ],
    }
}

/// How it behaves, and with whom it was compared.
pub(super) fn short(answers: &ResolverAnswers) -> String {
    let compared = answers
        .chosen
        .as_ref()
        .map(|chosen| format!("; {} compared with {chosen}", words::count(answers.names.len(), "name")));
    format!("{} {}{}", answers.resolver, behaves(answers), compared.unwrap_or_default())
}

fn behaves(answers: &ResolverAnswers) -> String {
    told(&answers.faults, |faults: &Vec<ResolverFault>| {
        let fault = |fault: &ResolverFault| match fault {
            ResolverFault::AnswersEverything => "answers for names that do not exist",
            ResolverFault::StripsSignatures => "passes no signatures on",
        };
        match faults.as_slice() {
            [] => "behaves".into(),
            some => words::and(&some.iter().map(fault).collect::<Vec<_>>()),
        }
    })
}

#[cfg(test)]
mod tests {
    use midwatch_model::Outcome;

    use super::*;

    #[test]
    fn a_resolver_is_told_with_its_faults() {
        let mut answers = ResolverAnswers {
            resolver: "192.0.2.53:53".into(),
            faults: Outcome::seen(vec![]),
            chosen: None,
            names: vec![],
        };
        assert_eq!(short(&answers), "192.0.2.53:53 behaves");
        answers.faults =
            Outcome::seen(vec![ResolverFault::AnswersEverything, ResolverFault::StripsSignatures]);
        let both = "192.0.2.53:53 answers for names that do not exist and passes no signatures on";
        assert_eq!(short(&answers), both);
    }
}
