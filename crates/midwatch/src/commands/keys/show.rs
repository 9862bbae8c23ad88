//! `midwatch keys show`.

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use midwatch_keys::words::{BITS, LONG, SHORT, words};
use midwatch_keys::{PublicKey, qr, randomart};
use serde_json::{Value, json};

use super::{SCHEMA, input, name, wanted};
use crate::args::{KeysForm, KeysOutput, KeysShow, When};
use crate::{exit, output};

/// Width of the names before values.
const NAMES: usize = 21;

/// Words in a line.
const IN_A_LINE: usize = 4;

/// Runs it.
pub fn run(arguments: &KeysShow) -> ExitCode {
    let keys = match input::keys(&arguments.file, &arguments.form) {
        Ok(keys) => keys,
        Err(sentence) => return exit::failed(&sentence),
    };
    let text = match arguments.form.format {
        KeysOutput::Json => {
            let keys: Vec<Value> = keys.iter().map(value).collect();
            super::json(&json!({ "schema": SCHEMA, "keys": keys }))
        }
        KeysOutput::Terminal => {
            let shown = |key| page(key, &arguments.form) + &code(key, arguments);
            let shown: Vec<String> = keys.iter().map(shown).collect();
            shown.join("\n")
        }
    };
    output::standard(&text);
    ExitCode::SUCCESS
}

/// A key with its words, for programs.
pub fn value(key: &PublicKey) -> Value {
    // A key has no maps with keys that are no text, so this cannot fail.
    let mut value = serde_json::to_value(key).unwrap_or_default();
    if let Value::Object(fields) = &mut value {
        fields.insert("words".into(), json!(words(key, LONG)));
        fields.insert("randomart".into(), json!(randomart::randomart(key)));
    }
    value
}

/// A key for people.
pub fn page(key: &PublicKey, form: &KeysForm) -> String {
    let mut page = format!("{}\n", name(key));
    for says in &key.says {
        page.push_str(&field("says of itself", says));
    }
    for print in &key.fingerprints {
        page.push_str(&field(print.kind, &print.value));
    }
    for subkey in &key.subkeys {
        let bits = subkey.bits.map(|bits| format!(", {bits} bits")).unwrap_or_default();
        page.push_str(&field(&format!("subkey {}{bits}", subkey.algorithm), ""));
        page.push_str(&field("", &subkey.fingerprint));
    }
    let count = wanted(form);
    for (line, words) in words(key, count).chunks(IN_A_LINE).enumerate() {
        let first = line * IN_A_LINE + 1;
        let last = first + words.len() - 1;
        page.push_str(&field(&format!("words {first} to {last}"), &words.join(" ")));
    }
    for note in &key.notes {
        page.push_str(&field("note", note));
    }
    let bits = count * BITS;
    page.push_str(&field("", &format!("{count} words say {bits} bits of the key; {}", worth(count))));
    if let Some(picture) = randomart::randomart(key) {
        page.push_str(&format!("\n{picture}"));
    }
    page
}

/// Its QR code, where one is asked for.
fn code(key: &PublicKey, arguments: &KeysShow) -> String {
    if !arguments.qr {
        return String::new();
    }
    let colours = match arguments.colour {
        When::Always => true,
        When::Never => false,
        When::Auto => io::stdout().is_terminal(),
    };
    let picture = qr::qr(&key.qr, colours);
    let picture = picture.unwrap_or_else(|| "It is too long for a QR code.\n".into());
    format!("\n{}\n{picture}", key.qr)
}

fn worth(count: usize) -> &'static str {
    if count == SHORT {
        "another key with the same words costs 2^80 tries, which is out of reach of most and not for ever"
    } else {
        "nobody can find another key with the same words"
    }
}

fn field(name: &str, value: &str) -> String {
    format!("  {name:NAMES$}{value}").trim_end().to_owned() + "\n"
}
