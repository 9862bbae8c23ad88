//! The keys of an SSH server, and who knows them.

use midwatch_model::{HostKeyMet, HostKeyVerdict, HostKeys, TargetReport, Verdict};

use super::layout::{Out, cut, width};
use crate::clean;
use crate::facts::host_keys;

/// The column where the text on a key begins.
const LABEL: usize = 12;

/// Writes the section, where there is something to say.
pub(super) fn write(out: &mut Out, target: &TargetReport) {
    for (_, known) in host_keys::of(target) {
        out.blank();
        out.rule("Host keys");
        out.blank();
        one(out, known);
    }
}

/// The colour of a verdict on a key.
fn colour(verdict: HostKeyVerdict) -> Verdict {
    match verdict {
        HostKeyVerdict::Verified => Verdict::Protected,
        HostKeyVerdict::Unknown => Verdict::Partly,
        HostKeyVerdict::Changed | HostKeyVerdict::Revoked => Verdict::Exposed,
    }
}

fn one(out: &mut Out, known: &HostKeys) {
    let verdict = colour(known.verdict);
    let text = format!("{}: {}", clean::line(&known.name), clean::line(&host_keys::summary(known)));
    let room = out.width().saturating_sub(4);
    let paint = out.paint();
    for (at, line) in super::layout::wrap(&text, room, room).iter().enumerate() {
        let sign = if at == 0 { crate::words::sign(verdict) } else { ' ' };
        out.raw(&format!("  {}", paint.verdict(verdict, &format!("{sign} {line}"))));
    }
    for key in &known.keys {
        out.blank();
        one_key(out, known, key);
    }
    if known.verdict != HostKeyVerdict::Verified {
        out.blank();
        for (at, place) in known.compare_at().iter().enumerate() {
            field(out, if at == 0 { "compare" } else { "" }, place);
        }
    }
    for answer in &known.answers {
        if let Some(why) = host_keys::silence(answer) {
            field(out, "", &format!("{}: {why}", answer.from));
        }
    }
}

fn one_key(out: &mut Out, known: &HostKeys, key: &HostKeyMet) {
    let paint = out.paint();
    let verdict = colour(key.verdict);
    let room = out.width().saturating_sub(6 + width(key.verdict.id()));
    let kind = cut(&clean::line(&host_keys::kind(key)), room);
    let head = format!("{} {kind}", crate::words::sign(verdict));
    out.raw(&format!("  {}  {}", paint.bold(&head), paint.verdict(verdict, key.verdict.id())));
    field(out, "SHA256", key.key.fingerprint.trim_start_matches("SHA256:"));
    let compare = host_keys::is_to_compare(known, key);
    if compare {
        if let Some(md5) = &key.md5 {
            field(out, "MD5", md5.trim_start_matches("MD5:"));
        }
        if !key.words.is_empty() {
            field(out, "words", &key.words.join(" "));
        }
    }
    if let Some(authority) = &key.authority {
        field(out, "certificate", &format!("of the authority {authority}"));
    }
    field(out, "proof", &host_keys::proof(key));
    let mut label = "known by";
    for answer in &known.answers {
        let Some(word) = host_keys::word(answer, key) else { continue };
        field(out, label, &format!("{}: {word}", answer.from));
        label = "";
        for expected in host_keys::expected(known, answer, key) {
            field(out, "", &format!("expected {expected}"));
        }
    }
    // One picture is enough to compare by: that of the key that clients ask for first.
    if let Some(art) =
        key.randomart.as_ref().filter(|_| host_keys::best(known).is_some_and(|best| best == key))
    {
        for line in clean::lines(art) {
            if width(&line) + 4 + LABEL <= out.width() {
                out.raw(&format!("{}{}", " ".repeat(4 + LABEL), out.paint().dim(&line)));
            }
        }
    }
}

fn field(out: &mut Out, label: &str, text: &str) {
    match label {
        "" => out.text(4 + LABEL, 0, text),
        label => out.labelled(4, label, LABEL, text, |_, line| line.to_owned()),
    }
}
