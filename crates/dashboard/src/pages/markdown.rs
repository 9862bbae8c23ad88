//! The little Markdown that `explain` writes: headings, paragraphs, lists, fenced code, and in the text code, emphasis.
//!
//! What it does not know stays text. No markup of the source goes through, so a page can hold nothing that is not named here.

use maud::{Markup, PreEscaped};
use midwatch_report::fragments;

use super::parts;

/// The text as HTML. Its first heading is left out; headings begin at `level`.
pub(crate) fn render(source: &str, level: u8) -> Markup {
    let mut out = String::new();
    let mut lines = source.lines().peekable();
    let mut paragraph: Vec<&str> = Vec::new();
    while let Some(line) = lines.next() {
        let is_special =
            line.is_empty() || line.starts_with("```") || line.starts_with("- ") || heading(line).is_some();
        if !is_special {
            paragraph.push(line);
            continue;
        }
        flush(&mut out, &mut paragraph);
        if line.starts_with("```") {
            let code: Vec<String> =
                lines.by_ref().take_while(|line| !line.starts_with("```")).map(code_line).collect();
            out.push_str(&format!("<pre tabindex=\"0\"><code>{}</code></pre>\n", code.join("\n")));
        } else if let Some((depth, words)) = heading(line) {
            if depth > 1 {
                let level = (level + depth - 2).min(6);
                out.push_str(&format!("<h{level}>{}</h{level}>\n", inline(words)));
            }
        } else if line.starts_with("- ") {
            out.push_str("<ul>\n");
            let mut item = line.trim_start_matches("- ").to_owned();
            while let Some(next) = lines.peek() {
                if let Some(more) = next.strip_prefix("  ") {
                    item.push(' ');
                    item.push_str(more.trim_start());
                } else if let Some(another) = next.strip_prefix("- ") {
                    out.push_str(&format!("<li>{}</li>\n", inline(&item)));
                    item = another.to_owned();
                } else {
                    break;
                }
                lines.next();
            }
            out.push_str(&format!("<li>{}</li>\n</ul>\n", inline(&item)));
        }
    }
    flush(&mut out, &mut paragraph);
    PreEscaped(out)
}

/// The words of the first heading.
pub(crate) fn title(source: &str) -> Option<&str> {
    source.lines().find_map(|line| heading(line).filter(|(depth, _)| *depth == 1)).map(|(_, words)| words)
}

fn code_line(line: &str) -> String {
    fragments::text(line.replace('\t', "    "))
}

fn heading(line: &str) -> Option<(u8, &str)> {
    let words = line.trim_start_matches('#');
    let depth = u8::try_from(line.len() - words.len()).ok().filter(|depth| (1..=6).contains(depth))?;
    words.strip_prefix(' ').map(|words| (depth, words))
}

fn flush(out: &mut String, paragraph: &mut Vec<&str>) {
    if !paragraph.is_empty() {
        out.push_str(&format!("<p>{}</p>\n", inline(&paragraph.join(" "))));
        paragraph.clear();
    }
}

/// Code, and emphasis outside of it. What is a known id in code becomes a link to its page.
fn inline(text: &str) -> String {
    let mut out = String::new();
    for (at, part) in text.split('`').enumerate() {
        match at % 2 {
            0 => out.push_str(&emphasis(part)),
            _ if midwatch_judge::ids().contains(&part) => {
                out.push_str(&format!(
                    "<a href=\"/explain/{}\"><code>{}</code></a>",
                    parts::segment(part),
                    fragments::breaking(part)
                ));
            }
            _ => out.push_str(&format!("<code>{}</code>", fragments::breaking(part))),
        }
    }
    out
}

/// `**strong**` and `*emphasis*`, in pairs alone.
fn emphasis(text: &str) -> String {
    for (mark, name) in [("**", "strong"), ("*", "em")] {
        if let Some((before, rest)) = text.split_once(mark)
            && let Some((inside, after)) = rest.split_once(mark)
            && !inside.is_empty()
            && !inside.starts_with(' ')
            && !inside.ends_with(' ')
        {
            return format!(
                "{}<{name}>{}</{name}>{}",
                fragments::breaking(before),
                fragments::breaking(inside),
                emphasis(after)
            );
        }
    }
    fragments::breaking(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_writes_what_explain_says() {
        let page =
            render("# Title\n\nOne\ntwo `a<b` *so*.\n\n## More\n\n- x\n- y\n  z\n\n```\na\n  <b>\n```\n", 2);
        assert_eq!(
            page.0,
            "<p>One two <code>a&lt;b</code> <em>so</em>.</p>\n<h2>More</h2>\n<ul>\n<li>x</li>\n<li>y z</li>\n</ul>\n\
             <pre tabindex=\"0\"><code>a\n  &lt;b&gt;</code></pre>\n"
        );
        assert_eq!(title("# Title\n\ntext"), Some("Title"));
    }

    #[test]
    fn no_markup_of_the_source_goes_through() {
        for hostile in [
            "<script>alert(1)</script>",
            "[x](javascript:alert(1))",
            "`<img src=x>",
            "# <b>\n## <i onclick=1>",
            "- <li>\n  <b>",
            "```\n</code></pre><script>",
            "***",
            "** **",
        ] {
            let page = render(hostile, 2).0;
            let tags: Vec<&str> =
                page.split('<').skip(1).filter_map(|rest| rest.split(['>', ' ']).next()).collect();
            for tag in tags {
                let name = tag.trim_start_matches('/');
                assert!(
                    ["p", "h2", "ul", "li", "pre", "code", "wbr", "em", "strong"].contains(&name),
                    "{hostile}: {page}"
                );
            }
        }
    }

    #[test]
    fn every_page_of_explain_has_a_title_and_balanced_tags() {
        for id in midwatch_judge::ids() {
            let source = midwatch_judge::explain(id).expect(id);
            assert!(title(&source).is_some(), "{id}");
            let page = render(&source, 2).0;
            for name in ["p", "ul", "li", "pre", "code", "h2", "a"] {
                let open =
                    page.matches(&format!("<{name}>")).count() + page.matches(&format!("<{name} ")).count();
                assert_eq!(open, page.matches(&format!("</{name}>")).count(), "{id} {name}");
            }
        }
    }
}
