//! `url.BASE.insteadOf`: what begins with the one begins with the other.

use super::settings::Set;

/// One rule.
#[derive(Clone, Copy)]
pub(super) struct Rule<'a> {
    pub(super) base: &'a str,
    pub(super) instead_of: &'a str,
    pub(super) set: &'a Set,
}

/// The rules of one kind, `insteadof` or `pushinsteadof`: those of one base together, as git keeps them.
pub(super) fn rules<'a>(settings: &'a [Set], name: &str) -> Vec<Rule<'a>> {
    let of = settings.iter().filter(|set| set.entry.section == "url" && set.entry.name == name);
    let mut rules: Vec<Rule<'a>> = of
        .filter_map(|set| {
            let base = set.entry.subsection.as_deref()?;
            Some(Rule { base, instead_of: &set.entry.value, set })
        })
        .collect();
    let mut bases = std::collections::HashMap::new();
    for (at, rule) in rules.iter().enumerate() {
        bases.entry(rule.base).or_insert(at);
    }
    rules.sort_by_key(|rule| bases.get(rule.base).copied());
    rules
}

/// The URL after the rule that fits with the longest beginning, with that rule; none where none fits.
pub(super) fn rewritten<'a>(url: &str, rules: &[Rule<'a>]) -> Option<(String, Rule<'a>)> {
    // Of rules with the same beginning, git takes the first.
    let mut best: Option<Rule<'a>> = None;
    for rule in rules.iter().filter(|rule| url.starts_with(rule.instead_of)) {
        if best.is_none_or(|best| rule.instead_of.len() > best.instead_of.len()) {
            best = Some(*rule);
        }
    }
    let rule = best?;
    Some((format!("{}{}", rule.base, url.get(rule.instead_of.len()..)?), rule))
}
