//! What the rules on header fields share.

use midwatch_fields::{csp, hsts};
use midwatch_model::Remembered;

use super::rule::Pair;

/// A field that is not sent any more.
pub(super) struct Lost {
    /// Its name.
    pub(super) name: String,
    /// Its value.
    pub(super) was: String,
}

/// A field that says less.
pub(super) struct Weaker {
    pub(super) name: String,
    pub(super) was: String,
    pub(super) is: String,
    /// In which way, as half a sentence.
    pub(super) why: String,
    /// Nothing of its protection is left.
    pub(super) grave: bool,
}

/// A field that came, or says more.
pub(super) struct Better {
    pub(super) name: String,
    pub(super) was: Option<String>,
    pub(super) is: String,
    /// It was sent before the last look.
    pub(super) back: bool,
}

/// A change of header fields.
#[derive(Default)]
pub(super) struct Changed {
    pub(super) lost: Vec<Lost>,
    pub(super) weaker: Vec<Weaker>,
    pub(super) better: Vec<Better>,
}

/// What differs from the last look.
pub(super) fn changed(pair: &Pair<'_>) -> Option<Changed> {
    let (Remembered::Headers { fields: before }, Remembered::Headers { fields: after }) =
        (pair.was(), pair.is())
    else {
        return None;
    };
    let mut changed = Changed::default();
    for (name, was) in before {
        let (name, was) = (name.clone(), was.clone());
        match after.get(&name) {
            None => changed.lost.push(Lost { name, was }),
            Some(is) => {
                if let Some((why, grave)) = weaker(&name, &was, is) {
                    changed.weaker.push(Weaker { name, was, is: is.clone(), why, grave });
                } else if weaker(&name, is, &was).is_some() {
                    let (was, is, back) = (Some(was), is.clone(), false);
                    changed.better.push(Better { name, was, is, back });
                }
            }
        }
    }
    for (name, is) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
        let back = pair
            .known()
            .any(|what| matches!(what, Remembered::Headers { fields } if fields.contains_key(name)));
        // What was never sent is no protection that came back; that a finding is over with it says the finding.
        if back {
            changed.better.push(Better { name: name.clone(), was: None, is: is.clone(), back });
        }
    }
    Some(changed)
}

/// In which way a value protects less than another one, as half a sentence, and whether nothing is left of it. None where
/// it does not, or cannot be told to.
fn weaker(name: &str, was: &str, is: &str) -> Option<(String, bool)> {
    if was == is {
        return None;
    }
    let shown = shown(name);
    let say = |why: &str| Some((format!("{shown} {why}"), false));
    match name {
        "strict-transport-security" => match (hsts::parse(was), hsts::parse(is)) {
            (Ok(_), Err(_)) => Some((format!("{shown} is not taken by browsers any more"), true)),
            (Ok(was), Ok(is)) if is.max_age == 0 && was.max_age > 0 => {
                Some((format!("{shown} has browsers forget it (max-age=0)"), true))
            }
            (Ok(was), Ok(is)) if is.max_age < was.max_age => {
                say(&format!("holds for {} seconds instead of {}", is.max_age, was.max_age))
            }
            (Ok(was), Ok(is)) if was.include_sub_domains && !is.include_sub_domains => {
                say("does not cover the names below any more")
            }
            (Ok(was), Ok(is)) if was.preload && !is.preload => say("asks for no preloading any more"),
            _ => None,
        },
        "content-security-policy" => policy(was, is).and_then(|why| say(&why)),
        "x-content-type-options" => {
            (is_word(was, "nosniff") && !is_word(is, "nosniff")).then(|| say("lost nosniff")).flatten()
        }
        "x-frame-options" => ranked(&["allowall", "sameorigin", "deny"], was, is)
            .then(|| say("lets more sites frame the page"))
            .flatten(),
        "referrer-policy" => ranked(
            &[
                "unsafe-url",
                "no-referrer-when-downgrade",
                "origin",
                "origin-when-cross-origin",
                "strict-origin-when-cross-origin",
                "strict-origin",
                "same-origin",
                "no-referrer",
            ],
            last(was),
            last(is),
        )
        .then(|| say("gives more of the address away"))
        .flatten(),
        "cross-origin-opener-policy" => {
            ranked(&["unsafe-none", "same-origin-allow-popups", "same-origin"], first(was), first(is))
                .then(|| say("separates less"))
                .flatten()
        }
        "cross-origin-embedder-policy" => {
            ranked(&["unsafe-none", "credentialless", "require-corp"], first(was), first(is))
                .then(|| say("separates less"))
                .flatten()
        }
        "cross-origin-resource-policy" => ranked(&["cross-origin", "same-site", "same-origin"], was, is)
            .then(|| say("lets more sites load it"))
            .flatten(),
        _ => None,
    }
}

/// What a policy of content lost, or lets in.
fn policy(was: &str, is: &str) -> Option<String> {
    const OPEN: &[&str] = &["'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:", "data:", "blob:"];
    let (before, after) = (csp::from_header([was]), csp::from_header([is]));
    if after.len() < before.len() {
        return Some("has fewer policies".to_owned());
    }
    let all = |policies: &[csp::Policy]| -> Vec<csp::Directive> {
        policies.iter().flat_map(|policy| policy.directives.clone()).collect()
    };
    let (before, after) = (all(&before), all(&after));
    for directive in &before {
        let Some(now) = after.iter().find(|now| now.name == directive.name) else {
            return Some(format!("lost {}", directive.name));
        };
        // With a nonce or a hash, browsers pass 'unsafe-inline' over (CSP 3, 6.7.3.2).
        let marked = now.values.iter().any(|value| value.starts_with("'nonce-") || value.starts_with("'sha"));
        let opens = |value: &&String| {
            OPEN.contains(&value.as_str())
                && !directive.values.contains(value)
                && !(marked && *value == "'unsafe-inline'")
        };
        if let Some(value) = now.values.iter().find(opens) {
            return Some(format!("allows {value} in {}", directive.name));
        }
        let strict = |values: &[String]| {
            values.iter().any(|value| value.starts_with("'nonce-") || value.starts_with("'sha"))
        };
        if strict(&directive.values)
            && !strict(&now.values)
            && now.values.iter().any(|value| value == "'unsafe-inline'")
        {
            return Some(format!("takes 'unsafe-inline' in {} at its word", directive.name));
        }
    }
    None
}

fn is_word(value: &str, word: &str) -> bool {
    value.split(',').any(|part| part.trim().eq_ignore_ascii_case(word))
}

fn first(value: &str) -> &str {
    value.split([',', ';']).next().unwrap_or_default().trim()
}

/// Of several policies browsers take the last that they know (Referrer Policy 8.1).
fn last(value: &str) -> &str {
    value.rsplit(',').next().unwrap_or_default().trim()
}

/// True where `is` stands before `was` in a list that ends with what protects most.
fn ranked(order: &[&str], was: &str, is: &str) -> bool {
    let rank = |value: &str| order.iter().position(|known| known.eq_ignore_ascii_case(value.trim()));
    matches!((rank(was), rank(is)), (Some(was), Some(is)) if is < was)
}

/// A field's name as people write it.
pub(super) fn shown(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}

/// Half a sentence as one.
pub(super) fn sentence(half: &str) -> String {
    format!("{half}.")
}

/// A field on one line.
pub(super) fn line(name: &str, value: Option<&str>) -> String {
    match value {
        Some(value) => format!("{}: {value}", shown(name)),
        None => format!("no {}", shown(name)),
    }
}

/// The findings on header fields that come and go with one.
pub(super) const EXPLAINS: &[&str] = &[
    "csp-allows-plain",
    "csp-missing",
    "hsts-invalid",
    "hsts-missing",
    "hsts-no-subdomains",
    "hsts-not-everywhere",
    "hsts-not-preloaded",
    "hsts-off",
    "hsts-preload-gaps",
    "hsts-repeated",
    "hsts-short",
    "http-addresses-differ",
    "referrer-policy-leaks",
];
