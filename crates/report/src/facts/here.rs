//! What this computer and its network show, each fact as a line.

use midwatch_model::{Echo, Fact, Outcome, PlainEcho, ResolverAnswers, ResolverFault};

use super::upkeep;
use crate::words;

/// Labels and a few words each for a fact of `midwatch here`; none for others.
pub(crate) fn lines(fact: &Fact) -> Vec<(&'static str, String)> {
    match fact {
        Fact::Echo(echo) => vec![("echo", self::echo(echo))],
        Fact::ResolverAnswers(answers) => vec![("resolver", resolver(answers))],
        Fact::LocalUpkeep(facts) => upkeep::lines(facts),
        Fact::RouterPage(page) => vec![("router", upkeep::router(page))],
        _ => Vec::new(),
    }
}

fn echo(echo: &Echo) -> String {
    let request = told(&echo.request, |request: &PlainEcho| match request.is_untouched() {
        true => "arrived untouched".into(),
        false => "was changed on the way".into(),
    });
    let hello = told(&echo.hello, |hello| match (hello.is_opened(), &hello.received) {
        (true, _) => "another arrived, or another answered".into(),
        (false, Some(_)) => "arrived as it was sent".into(),
        (false, None) => "did not arrive".into(),
    });
    format!("{}: plain http {request}; ClientHello {hello}", echo.endpoint)
}

fn resolver(answers: &ResolverAnswers) -> String {
    let faults = told(&answers.faults, |faults: &Vec<ResolverFault>| {
        let fault = |fault: &ResolverFault| match fault {
            ResolverFault::AnswersEverything => "answers for names that do not exist",
            ResolverFault::StripsSignatures => "passes no signatures on",
        };
        match faults.as_slice() {
            [] => "behaves".into(),
            some => words::and(&some.iter().map(fault).collect::<Vec<_>>()),
        }
    });
    let compared = answers
        .chosen
        .as_ref()
        .map(|chosen| format!("; {} compared with {chosen}", words::count(answers.names.len(), "name")));
    format!("{} {faults}{}", answers.resolver, compared.unwrap_or_default())
}

/// A value in words, or why there is none.
pub(super) fn told<T>(outcome: &Outcome<T>, tell: impl FnOnce(&T) -> String) -> String {
    match outcome {
        Outcome::Seen { value } => tell(value),
        Outcome::Refused { how } => format!("refused ({how})"),
        Outcome::Unmeasured { why } => format!("not measured ({why})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resolver_is_told_with_its_faults() {
        let mut answers = ResolverAnswers {
            resolver: "192.0.2.53:53".into(),
            faults: Outcome::seen(vec![]),
            chosen: None,
            names: vec![],
        };
        assert_eq!(resolver(&answers), "192.0.2.53:53 behaves");
        answers.faults =
            Outcome::seen(vec![ResolverFault::AnswersEverything, ResolverFault::StripsSignatures]);
        let both = "192.0.2.53:53 answers for names that do not exist and passes no signatures on";
        assert_eq!(resolver(&answers), both);
    }
}
