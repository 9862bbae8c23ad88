//! `midwatch keys compare`.

use std::path::Path;
use std::process::ExitCode;

use midwatch_keys::compare::{self, Keys, Words};
use midwatch_keys::words::{BITS, SHORT};
use midwatch_keys::{PublicKey, words};
use serde::Serialize;
use serde_json::{Value, json};

use super::{SCHEMA, input, name, wanted};
use crate::args::{KeysCompare, KeysOutput};
use crate::{exit, output};

/// What another key means.
const OTHER: &str = "Where it was to be one and the same key, do not use it yet. Harmless causes: the other has a new key, \
                     or one for each device. Ask over a way that nobody could have changed, such as face to face or a \
                     call to a number that you knew before.";

/// Runs it.
pub fn run(arguments: &KeysCompare) -> ExitCode {
    match verdict(arguments) {
        Ok((code, text)) => {
            output::standard(&text);
            code
        }
        Err(code) => code,
    }
}

fn verdict(arguments: &KeysCompare) -> Result<(ExitCode, String), ExitCode> {
    let stdin = Path::new("-");
    let both = arguments.b.as_deref() == Some(stdin) || arguments.words.as_deref() == Some("-");
    if arguments.a == stdin && both {
        return Err(exit::usage("standard input can be read once; give a file for one of the two"));
    }
    let read = |path: &Path| input::key(path, &arguments.form).map_err(|sentence| exit::failed(&sentence));
    let a = read(&arguments.a)?;
    let json = arguments.form.format == KeysOutput::Json;
    let (code, text, value) = match (&arguments.b, &arguments.words) {
        (Some(path), _) => {
            let b = read(path)?;
            let verdict = compare::keys(&a, &b);
            let (code, text) = of_keys(&a, &b, &verdict);
            (code, text, value(&verdict, json!({ "a": about(&a), "b": about(&b) })))
        }
        (None, typed) => {
            let typed = input::words(typed.as_deref().unwrap_or_default())
                .map_err(|sentence| exit::failed(&sentence))?;
            let verdict = compare::words(&a, &typed, wanted(&arguments.form));
            let (code, text) = of_words(&a, &verdict);
            (code, text, value(&verdict, json!({ "a": about(&a) })))
        }
    };
    Ok((ExitCode::from(code), if json { super::json(&value) } else { text }))
}

/// The verdict for programs.
fn value(verdict: &impl Serialize, keys: Value) -> Value {
    let mut value = json!({ "schema": SCHEMA });
    for part in [serde_json::to_value(verdict).unwrap_or_default(), keys] {
        if let (Value::Object(all), Value::Object(part)) = (&mut value, part) {
            all.extend(part);
        }
    }
    value
}

fn about(key: &PublicKey) -> Value {
    json!({ "format": key.format, "algorithm": key.algorithm, "bits": key.bits, "fingerprint": key.main_fingerprint() })
}

fn line(key: &PublicKey) -> String {
    format!("  {}: {}\n", name(key), key.main_fingerprint())
}

fn of_keys(a: &PublicKey, b: &PublicKey, verdict: &Keys) -> (u8, String) {
    match verdict {
        Keys::Same { notes } => {
            let notes: String = notes.iter().map(|note| format!("  note: {note}\n")).collect();
            (0, format!("Same key.\n{}{notes}", line(a)))
        }
        Keys::Different => (1, format!("Different keys.\n{}{}{OTHER}\n", line(a), line(b))),
        Keys::NotComparable => (
            2,
            format!(
                "Not decided: these are of two formats, and midwatch does not know how a key of the one is written in the \
                 other.\n{}{}",
                line(a),
                line(b)
            ),
        ),
    }
}

fn of_words(key: &PublicKey, verdict: &Words) -> (u8, String) {
    let key = line(key);
    match verdict {
        Words::Same { bits, corrected } => {
            let taken: String = corrected
                .iter()
                .map(|(typed, word)| {
                    format!("  '{typed}' was taken for {word}, the one word that it is near to\n")
                })
                .collect();
            (0, format!("Same key: all {} words are its own ({bits} bits).\n{key}{taken}", bits / BITS))
        }
        Words::Different { places, words, reordered } => {
            let list: Vec<String> = places.iter().map(usize::to_string).collect();
            let of = if places.len() == 1 { "word" } else { "words" };
            let mut text = format!("Different at {of} {} of {words}.\n{key}", list.join(", "));
            if *reordered {
                text.push_str(
                    "They are the key's own words in another order: have them read again in turn.\n",
                );
            } else if places.len() <= 2 {
                text.push_str(
                    "Have this read again. If it is said the same, it is another key: nearly the same counts for \
                     nothing.\n",
                );
            }
            (1, text + OTHER + "\n")
        }
        Words::NotEnough { words, bits, wanted } => {
            let short =
                if *words >= SHORT { format!(" '--short' is content with {SHORT}.") } else { String::new() };
            let text = format!(
                "Not decided: the {words} words are the key's first, and that is {bits} bits; {wanted} words ({} bits) are \
                 wanted. Have the rest read.{short}\n{key}",
                wanted * words::BITS
            );
            (2, text)
        }
        Words::Again { why, .. } => (2, format!("Not decided: {why}. Have it read again.\n{key}")),
    }
}
