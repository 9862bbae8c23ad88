//! What this computer and its network show, each fact as a line.

use midwatch_model::{
    Echo, Fact, LocalWifi, Outcome, PlainEcho, ResolverAnswers, ResolverFault, WifiInterface, WifiNetwork,
    WifiProtection,
};

use crate::words;

/// A label and a few words for a fact of `midwatch here`; none for others.
pub(crate) fn line(fact: &Fact) -> Option<(&'static str, String)> {
    match fact {
        Fact::Echo(echo) => Some(("echo", self::echo(echo))),
        Fact::ResolverAnswers(answers) => Some(("resolver", resolver(answers))),
        Fact::LocalWifi(wifi) => Some(("Wi-Fi", self::wifi(wifi))),
        _ => None,
    }
}

fn wifi(wifi: &LocalWifi) -> String {
    told(&wifi.interfaces, |interfaces| match interfaces.as_slice() {
        [] => "this computer has none".into(),
        some => some.iter().map(interface).collect::<Vec<_>>().join("; "),
    })
}

fn interface(interface: &WifiInterface) -> String {
    let network = told(&interface.network, |network| match network {
        Some(network) => self::network(network),
        None => "has joined no network".into(),
    });
    format!("{} {network}", interface.name)
}

fn network(network: &WifiNetwork) -> String {
    let point = &network.access_point;
    let protection = told(&point.protection, |one: &WifiProtection| one.kind.name().into());
    let frequency = point.frequency.map(|mhz| format!(", {mhz} MHz")).unwrap_or_default();
    let signal = point.signal.map(|dbm| format!(", {dbm} dBm")).unwrap_or_default();
    let frames = match network.frames_protected.value() {
        Some(true) => ", management frames protected",
        Some(false) => ", management frames not protected",
        None => "",
    };
    let others = network.same_name.len() + usize::try_from(network.more).unwrap_or_default();
    let others = match others {
        0 => "no other access point of that name heard".into(),
        some => format!("{} of that name heard", words::count(some, "other access point")),
    };
    format!(
        "is on \"{}\" ({}{frequency}{signal}): {protection}{frames}; {others}",
        network.name.text, point.bssid
    )
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
fn told<T>(outcome: &Outcome<T>, tell: impl FnOnce(&T) -> String) -> String {
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
    fn a_computer_without_wifi_and_one_that_could_not_be_asked_are_told_apart() {
        let mut wifi = LocalWifi { interfaces: Outcome::seen(vec![]) };
        assert_eq!(self::wifi(&wifi), "this computer has none");
        wifi.interfaces = Outcome::unmeasured(midwatch_model::ReasonKind::Other, "a sandbox forbids it");
        assert_eq!(self::wifi(&wifi), "not measured (a sandbox forbids it)");
    }

    #[test]
    fn a_network_is_told_with_what_protects_it() {
        let wifi = crate::sample::wifi("cafe");
        let told = "wlan0 is on \"cafe\" (02:00:00:00:00:11, 5180 MHz, -55 dBm): WPA2-Personal, management frames not \
                    protected; 1 other access point of that name heard";
        assert_eq!(self::wifi(&wifi), told);
    }

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
