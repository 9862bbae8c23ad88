//! `midwatch keys exchange`.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::process::ExitCode;

use midwatch_exchange::io::local::{self, Opener};
use midwatch_exchange::io::{ReachError, addresses, connect, relay, talk};
use midwatch_exchange::{Code, Delivery, Exchanged, Failure, Offer, Session, code};
use midwatch_keys::PublicKey;
use midwatch_probe::progress::Progress as _;
use serde_json::{Value, json};

use super::keep::{Keep, Kept};
use super::{SCHEMA, input, name, show};
use crate::args::{KeysExchange, KeysOutput};
use crate::progress::{Line, Lines};
use crate::{exit, output};

/// What an exchange came to, or that nobody was reached.
type Outcome = Result<Result<Exchanged, Failure>, ReachError>;

/// Runs it.
pub async fn run(arguments: &KeysExchange) -> ExitCode {
    let keep = match Keep::plan(arguments) {
        Ok(keep) => keep,
        Err((true, sentence)) => return exit::usage(&sentence),
        Err((false, sentence)) => return exit::failed(&format!("nothing was exchanged: {sentence}")),
    };
    let offer = match arguments.send.as_deref().map(|path| input::offer(path, &arguments.form)).transpose() {
        Ok(offer) => offer,
        Err(sentence) => return exit::failed(&sentence),
    };
    let code = match arguments.code.as_deref().map(told).transpose() {
        Ok(code) => code,
        Err(sentence) => return exit::usage(&sentence),
    };
    let sent = offer.as_ref().map(|offer| offer.key().clone());
    let outcome = match &code {
        Some(code) => join(arguments, code, offer).await,
        None => open(arguments, offer).await,
    };
    let told = tell(arguments, &keep, sent.as_ref(), outcome);
    output::standard(&told.text);
    ExitCode::from(told.code)
}

/// The code that was told.
fn told(text: &str) -> Result<Code, String> {
    let mut typed = String::new();
    let text = if text == "-" {
        if io::stdin().is_terminal() {
            eprint!("The code: ");
            let _ = io::stderr().flush();
        }
        let read = io::stdin().lock().take(code::MAX_BYTES as u64 + 1).read_line(&mut typed);
        read.map_err(|error| format!("the code cannot be read: {error}"))?;
        &typed
    } else {
        text
    };
    let heard = Code::hear(text).map_err(|error| error.to_string())?;
    for (typed, word) in heard.corrected {
        eprintln!("'{typed}' was taken for {word}, the one word that it is near to.");
    }
    Ok(heard.code)
}

fn waiting(what: &str) -> Line {
    let line = Lines::new(false).line("exchange");
    line.stage(what, None);
    line
}

async fn open(arguments: &KeysExchange, offer: Option<Offer>) -> Outcome {
    if let Some(at) = &arguments.relay {
        let waiting_place = relay::open(&addresses(&at.host, at.port).await?).await?;
        let code = Code::random(waiting_place.place)?;
        say(&code);
        eprintln!("The other runs: midwatch keys exchange --relay {}:{} CODE", shown(&at.host), at.port);
        let mut session = Session::open(&code, offer)?;
        let _line = waiting("waiting for the other at the relay");
        let stream = waiting_place.paired(arguments.time).await?;
        return Ok(talk(stream, &mut session).await);
    }
    let opener = Opener::listen(arguments.listen).await?;
    say(opener.code());
    let address = opener.address();
    let host =
        if address.ip().is_unspecified() { "THIS-COMPUTER".into() } else { shown(&address.ip().to_string()) };
    let at = format!("midwatch keys exchange --at {host}:{} CODE", address.port());
    if opener.is_found() {
        eprintln!(
            "The other runs, in the same network: midwatch keys exchange CODE\nor, from anywhere: {at}"
        );
    } else {
        eprintln!("The other runs: {at}");
    }
    let _line = waiting("waiting for the other");
    opener.exchange(offer, arguments.time).await
}

/// Shows the code, which is all that the other needs to be told.
fn say(code: &Code) {
    eprintln!("The code, to be told by voice and good for one try: {code}");
}

fn shown(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

async fn join(arguments: &KeysExchange, code: &Code, offer: Option<Offer>) -> Outcome {
    let _line = waiting("reaching the other");
    let stream = match (&arguments.relay, &arguments.at) {
        (Some(at), _) => relay::join(&addresses(&at.host, at.port).await?, code.place()).await?,
        (None, Some(at)) => connect(&addresses(&at.host, at.port).await?).await?,
        (None, None) => connect(&local::find(code.place(), arguments.time).await?).await?,
    };
    Ok(talk(stream, &mut Session::join(code, offer)?).await)
}

struct Told {
    code: u8,
    text: String,
}

/// What came of it: kept where that was asked for, and told.
fn tell(arguments: &KeysExchange, keep: &Keep, sent: Option<&PublicKey>, outcome: Outcome) -> Told {
    let (code, text, value) = match outcome {
        Ok(Ok(exchanged)) => exchange(arguments, keep, sent, &exchanged),
        Ok(Err(failure)) => {
            let (code, verdict) = if failure.is_other() { (1, "different") } else { (2, "not-decided") };
            let verdict = if failure == Failure::Changed { "changed" } else { verdict };
            let text = format!("No key was exchanged: {failure}.\n");
            (code, text, json!({ "verdict": verdict, "why": failure.to_string() }))
        }
        Err(error) => {
            let text = format!("No key was exchanged: {error}.\n");
            (2, text, json!({ "verdict": "not-reached", "why": error.to_string() }))
        }
    };
    let text = match arguments.form.format {
        KeysOutput::Terminal => text,
        KeysOutput::Json => {
            let mut all = json!({ "schema": SCHEMA });
            if let (Value::Object(all), Value::Object(value)) = (&mut all, value) {
                all.extend(value);
            }
            super::json(&all)
        }
    };
    Told { code, text }
}

fn exchange(
    arguments: &KeysExchange,
    keep: &Keep,
    sent: Option<&PublicKey>,
    exchanged: &Exchanged,
) -> (u8, String, Value) {
    let received = exchanged.received.as_ref();
    let kept: Vec<Kept> = received.map(|received| keep.keep(received)).unwrap_or_default();
    let mut text = "The codes are the same: what was exchanged came unchanged.\n".to_owned();
    let delivered = match exchanged.delivered {
        Delivery::NotSent => "not-sent",
        Delivery::Arrived => "arrived",
        Delivery::Unknown => "unknown",
    };
    if let Some(key) = sent {
        let arrived = match exchanged.delivered {
            Delivery::Arrived => "It arrived.",
            _ => "Whether it arrived is not known: the connection ended first. Ask the other.",
        };
        text.push_str(&format!("\nSent: {}\n  {}\n  {arrived}\n", name(key), key.main_fingerprint()));
    }
    match received {
        Some(received) => {
            text.push_str(&format!("\nReceived: {}", show::page(&received.key, &arguments.form)));
            let lines: String = kept.iter().map(Kept::line).collect();
            text.push_str(&if lines.is_empty() { lines } else { format!("\n{lines}") });
        }
        None => text.push_str("\nThe other sent no key.\n"),
    }
    // What was asked for and did not come cannot be kept.
    let missing = received.is_none() && !keep.is_empty();
    let failed = missing || kept.iter().any(|kept| kept.done.is_err());
    let code = if failed || exchanged.delivered == Delivery::Unknown { 2 } else { 0 };
    let value = json!({
        "verdict": "exchanged",
        "received": received.map(|received| show::value(&received.key)),
        "sent": sent.map(|key| json!({ "format": key.format, "fingerprint": key.main_fingerprint() })),
        "delivered": delivered,
        "kept": kept.iter().map(Kept::value).collect::<Vec<_>>(),
    });
    (code, text, value)
}
