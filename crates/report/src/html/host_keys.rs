//! The keys of an SSH server, and who knows them.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use midwatch_model::{HostKeyMet, HostKeyVerdict, HostKeys, TargetReport};

use super::escape::{Breaking, Esc, id};
use crate::clean;
use crate::facts::host_keys;

/// The sections; empty where no key was met. The observations that get a place are added to `anchors`.
pub(super) fn section(number: usize, target: &TargetReport, anchors: &mut BTreeSet<String>) -> String {
    let mut out = String::new();
    for (at, (seen, known)) in host_keys::of(target).enumerate() {
        let anchor = match anchors.insert(seen.id.clone()) {
            true => format!(" id=\"t{number}-o-{}\"", id(&seen.id)),
            false => String::new(),
        };
        let _ = write!(
            out,
            "<section class=\"keys\"{anchor} aria-labelledby=\"t{number}-keys{at}\">\n<h3 id=\"t{number}-keys{at}\">Host \
             keys of {}</h3>\n<p class=\"keyverdict {}\"><strong>{}</strong> {}</p>\n",
            Breaking(&known.name),
            class(known.verdict),
            Breaking(&known.name),
            Breaking(&host_keys::summary(known)),
        );
        for key in &known.keys {
            one(&mut out, known, key);
        }
        if known.verdict != HostKeyVerdict::Verified {
            let places: Vec<String> =
                known.compare_at().iter().map(|place| Breaking(place).to_string()).collect();
            let _ = writeln!(out, "<p>Compare a fingerprint {}.</p>", places.join(", "));
        }
        for answer in &known.answers {
            if let Some(why) = host_keys::silence(answer) {
                let _ = writeln!(out, "<p class=\"note\">{}: {}</p>", Breaking(&answer.from), Breaking(&why));
            }
        }
        out.push_str("</section>\n");
    }
    out
}

/// The class that colours a verdict.
fn class(verdict: HostKeyVerdict) -> &'static str {
    match verdict {
        HostKeyVerdict::Verified => "protected",
        HostKeyVerdict::Unknown => "partly",
        HostKeyVerdict::Changed | HostKeyVerdict::Revoked => "exposed",
    }
}

fn one(out: &mut String, known: &HostKeys, key: &HostKeyMet) {
    let compare = host_keys::is_to_compare(known, key);
    let _ = write!(
        out,
        "<div class=\"hostkey {}\">\n<h4>{} <span>{}</span></h4>\n",
        class(key.verdict),
        Esc(&host_keys::kind(key)),
        Esc(key.verdict.id()),
    );
    if let Some(art) = key.randomart.as_ref().filter(|_| compare) {
        let lines: Vec<String> = clean::lines(art).iter().map(|line| Esc(line).to_string()).collect();
        let _ = writeln!(
            out,
            "<pre class=\"art\" role=\"img\" aria-label=\"the picture that ssh draws of the key\">{}</pre>",
            lines.join("\n")
        );
    }
    out.push_str("<dl>\n");
    let _ = writeln!(
        out,
        "<dt>SHA256</dt><dd><code>{}</code></dd>",
        Breaking(key.key.fingerprint.trim_start_matches("SHA256:"))
    );
    if let Some(md5) = key.md5.as_ref().filter(|_| compare) {
        let _ = writeln!(out, "<dt>MD5</dt><dd><code>{}</code></dd>", Esc(md5.trim_start_matches("MD5:")));
    }
    let mut row = |label: &str, text: &str| {
        let _ = writeln!(out, "<dt>{}</dt><dd>{}</dd>", Esc(label), Breaking(text));
    };
    if compare && !key.words.is_empty() {
        row("Words", &key.words.join(" "));
    }
    if let Some(authority) = &key.authority {
        row("Certificate", &format!("of the authority {authority}"));
    }
    row("Proof", &host_keys::proof(key));
    for answer in &known.answers {
        let Some(word) = host_keys::word(answer, key) else { continue };
        row(&answer.from, &word);
        for expected in host_keys::expected(known, answer, key) {
            row("Expected", &expected);
        }
    }
    out.push_str("</dl>\n</div>\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn snapshot() {
        insta::assert_snapshot!(section(1, &sample::ssh().targets[0], &mut BTreeSet::new()));
    }

    #[test]
    fn what_findings_rest_on_can_be_gone_to() {
        let page = crate::html(&sample::ssh());
        assert_eq!(page.matches("id=\"t1-o-o3\"").count(), 1);
    }
}
