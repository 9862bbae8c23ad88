//! Ids in a page become links to their own pages.

use std::collections::BTreeMap;

use midwatch_judge::{attacks, checks, rules};

/// Links every id that stands as code in running text to its page. The two lines at the top, the title and the
/// page's own id, and blocks of code stay as they are. Pages are one directory below the book's root.
pub fn page(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_code = false;
    for (number, line) in text.lines().enumerate() {
        let fence = line.starts_with("```");
        in_code ^= fence;
        if in_code || fence || number < 3 {
            out.push_str(line);
        } else {
            out.push_str(&linked(line));
        }
        out.push('\n');
    }
    out
}

fn linked(line: &str) -> String {
    // A method may be there more than once, and an id must not be linked within its own link.
    let targets: BTreeMap<&str, &str> = checks()
        .iter()
        .map(|check| (check.id, "checks"))
        .chain(rules().iter().map(|rule| (rule.id, "changes")))
        .chain(attacks().iter().map(|attack| (attack.id.id(), "attacks")))
        .collect();
    targets.into_iter().fold(line.to_owned(), |line, (id, directory)| {
        line.replace(&format!("`{id}`"), &format!("[`{id}`](../{directory}/{id}.md)"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_in_text_are_linked_and_code_is_left_alone() {
        let text = "# T\n\n`hsts-missing` · high\n\nServes: `dns-spoofing`.\n\n```\n`hsts-missing`\n```\n\nsee `x`\n";
        let expected = "# T\n\n`hsts-missing` · high\n\nServes: [`dns-spoofing`](../attacks/dns-spoofing.md).\n\n\
                        ```\n`hsts-missing`\n```\n\nsee `x`\n";
        assert_eq!(page(text), expected);
    }
}
