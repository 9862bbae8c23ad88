//! The findings, folded by check, each with its evidence and its fix.

use std::fmt::Write;

use midwatch_model::{Fix, ServerFix, Severity};

use super::escape::{Breaking, Esc, Prose, id};
use super::target::Anchors;
use crate::clean;
use crate::fold::Group;
use crate::words;

/// Places and pieces of evidence that stand open; the others can be unfolded.
const FEW: usize = 4;
/// The most that is listed at all; the JSON report has the rest.
const MOST: usize = 500;

pub(super) fn write(out: &mut String, groups: &[Group<'_>], anchors: &Anchors) {
    if groups.is_empty() {
        return;
    }
    let number = anchors.target;
    let _ = write!(
        out,
        "<section aria-labelledby=\"t{number}-findings\">\n<h3 id=\"t{number}-findings\">Findings, worst first</h3>\n"
    );
    for (at, group) in groups.iter().enumerate() {
        finding(out, group, anchors, at);
    }
    out.push_str("</section>\n");
}

fn finding(out: &mut String, group: &Group<'_>, anchors: &Anchors, at: usize) {
    let severity = group.severity();
    let open = if severity >= Severity::High { " open" } else { "" };
    let _ = write!(
        out,
        "<details class=\"finding {severity}\" id=\"t{}-f-{}\"{open}>\n<summary><span class=\"sev {severity}\">{severity}</span><h4>{}</h4>",
        anchors.target,
        id(&group.anchor()),
        Prose(&group.first.title),
    );
    if group.count() > 1 {
        let _ = write!(out, "<span class=\"places\">{} places</span>", group.count());
    }
    out.push_str("</summary>\n<div class=\"body\">\n<dl>\n");

    let gains: Vec<_> = group
        .gains()
        .iter()
        .filter(|gain| !gain.is_empty())
        .map(|gain| format!("<p>{}</p>", Prose(gain)))
        .collect();
    field(out, "Gain", &gains.concat());
    field(out, "From", &Esc(words::stations(&group.from())).to_string());
    let places: Vec<_> = group
        .members
        .iter()
        .map(|member| {
            let place = format!("<span class=\"url\">{}</span>", Breaking(&member.place));
            match group.milder(member) {
                None => place,
                Some(severity) => format!("{place} ({severity})"),
            }
        })
        .collect();
    field(out, "Where", &list(&places));
    let evidence: Vec<_> = group
        .evidence()
        .iter()
        .map(|one| format!("{} {}", Prose(&one.detail), anchors.observation(&one.observation)))
        .collect();
    field(out, "Evidence", &list(&evidence));
    let benign: Vec<_> = group.benign().iter().map(|cause| Prose(cause).to_string()).collect();
    field(out, "But", &list(&benign));
    out.push_str("</dl>\n");

    for (which, fix) in group.fixes().into_iter().take(20).enumerate() {
        write_fix(out, fix, &format!("t{}-x{at}-{which}", anchors.target));
    }
    let attacks: Vec<_> = group.attacks().iter().map(|attack| anchors.attack(*attack)).collect();
    out.push_str("<p class=\"about\">");
    if !attacks.is_empty() {
        let _ = write!(out, "Serves {}. ", attacks.join(", "));
    }
    let sources: Vec<_> = group.sources().into_iter().filter(|source| !source.is_empty()).collect();
    if !sources.is_empty() {
        let _ = write!(out, "Source: {}. ", Esc(sources.join("; ")));
    }
    let _ = write!(
        out,
        "Confidence: {}. Check: <code>{}</code>.</p>\n</div>\n</details>\n",
        words::confidence(group.confidence()),
        Esc(group.id()),
    );
}

/// A label and what stands beside it, already HTML.
fn field(out: &mut String, label: &str, html: &str) {
    if !html.is_empty() {
        let _ = writeln!(out, "<div><dt>{label}</dt><dd>{html}</dd></div>");
    }
}

/// The first few items, and the others to be unfolded.
fn list(items: &[String]) -> String {
    let item = |item: &String| format!("<li>{item}</li>");
    match items {
        [] => String::new(),
        [one] => one.clone(),
        items if items.len() <= FEW + 1 => format!("<ul>{}</ul>", items.iter().map(item).collect::<String>()),
        items => {
            let (few, more) = items.split_at(FEW);
            let mut out = format!(
                "<ul>{}</ul><details class=\"more\"><summary>and {} more</summary><ul>{}</ul>",
                few.iter().map(item).collect::<String>(),
                more.len(),
                more.iter().take(MOST).map(item).collect::<String>(),
            );
            if more.len() > MOST {
                let _ = write!(out, "<p>{} more are in the JSON report.</p>", more.len() - MOST);
            }
            out.push_str("</details>");
            out
        }
    }
}

/// What to do, and the lines for each server software: tabs made of radio buttons, the one seen in front.
fn write_fix(out: &mut String, fix: &Fix, name: &str) {
    if fix.summary.is_empty() && fix.servers.is_empty() {
        return;
    }
    let _ = write!(out, "<div class=\"fix\">\n<h5>Fix</h5>\n");
    if !fix.summary.is_empty() {
        let _ = writeln!(out, "<p>{}</p>", Prose(&fix.summary));
    }
    match fix.servers.as_slice() {
        [] => {}
        [one] => panel(out, one, ""),
        servers => {
            let chosen = servers.iter().position(|server| server.seen).unwrap_or(0);
            out.push_str(
                "<div class=\"tabs\" role=\"group\" aria-label=\"Lines for each server software\">\n",
            );
            // The style sheet knows four tabs; further ones stand open below.
            for (at, server) in servers.iter().enumerate().take(4) {
                let _ = writeln!(
                    out,
                    "<input type=\"radio\" name=\"{name}\" id=\"{name}-{at}\" class=\"s{at}\"{}><label for=\"{name}-{at}\">{}{}</label>",
                    if at == chosen { " checked" } else { "" },
                    Esc(server.server),
                    if server.seen { " <small>seen here</small>" } else { "" },
                );
            }
            for (at, server) in servers.iter().enumerate() {
                panel(out, server, &format!(" p{at}"));
            }
            out.push_str("</div>\n");
        }
    }
    out.push_str("</div>\n");
}

fn panel(out: &mut String, server: &ServerFix, class: &str) {
    let lines: Vec<_> = clean::lines(&server.lines).iter().map(|line| Esc(line).to_string()).collect();
    let _ = writeln!(
        out,
        "<div class=\"panel{class}\"><p><b>{}</b>, {}:</p><pre tabindex=\"0\"><code>{}</code></pre></div>",
        Esc(server.server),
        Esc(&server.place),
        lines.join("\n"),
    );
}
