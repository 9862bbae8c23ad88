use std::collections::BTreeMap;

use super::*;
use crate::sample;

fn page() -> String {
    html(&sample::report())
}

/// Start tags of the document: name and the raw text of the attributes.
fn tags(page: &str) -> Vec<(String, String)> {
    // The style sheet is no markup.
    let page = page.replacen(STYLE, "", 1);
    page.split('<')
        .skip(1)
        .filter_map(|rest| rest.split_once('>'))
        .filter(|(tag, _)| !tag.starts_with(['/', '!']))
        .map(|(tag, _)| {
            let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
            (name.to_owned(), attributes.to_owned())
        })
        .collect()
}

#[test]
fn nothing_is_loaded_and_nothing_runs() {
    loads_nothing(&page());
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
}

/// No element that loads or runs anything, and no link out of the document.
pub(crate) fn loads_nothing(page: &str) {
    for (name, attributes) in tags(page) {
        assert!(
            !matches!(
                name.as_str(),
                "script" | "img" | "iframe" | "object" | "embed" | "link" | "form" | "base" | "image"
            ),
            "{name}"
        );
        assert!(!attributes.contains("src=") || name == "meta", "{name} {attributes}");
        assert!(!attributes.contains(" on") && !attributes.starts_with("on"), "{name} {attributes}");
        assert!(!attributes.contains("style="), "the policy forbids inline styles: {name} {attributes}");
        if let Some((_, href)) = attributes.split_once("href=\"") {
            assert!(href.starts_with('#'), "{name} {attributes}");
        }
    }
}

#[test]
fn the_policy_names_the_style_sheet_that_is_there() {
    let page = page();
    let (_, rest) = page.split_once("<style>").expect("a style element");
    let (style, _) = rest.split_once("</style>").expect("its end");
    let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
    assert!(page.contains(&format!("default-src 'none'; style-src 'sha256-{hash}'")));
    assert!(
        page.find("Content-Security-Policy") < page.find("<style>"),
        "a policy holds from where it stands"
    );
}

#[test]
fn hostile_text_stays_text() {
    let page = page();
    assert!(!page.contains("<img") && !page.contains("</script>"));
    assert!(page.contains("&lt;/<wbr>script&gt;&lt;img src=<wbr>x"), "it is shown, though");
    assert!(!page.chars().any(|c| c != '\n' && crate::clean::is_hidden(c)));
}

#[test]
fn every_link_leads_somewhere_and_ids_are_unique() {
    assert!(links_lead_somewhere(&page()) > 50);
}

/// Every id is unique and every link finds one; how many links there are.
pub(crate) fn links_lead_somewhere(page: &str) -> usize {
    let mut ids = BTreeMap::new();
    for (_, attributes) in tags(page) {
        for part in attributes.split(" id=\"").skip(1).chain(attributes.strip_prefix("id=\"")) {
            let id = part.split('"').next().expect("a value").to_owned();
            *ids.entry(id).or_insert(0) += 1;
        }
    }
    assert!(
        ids.values().all(|count| *count == 1),
        "{:?}",
        ids.iter().filter(|(_, count)| **count > 1).collect::<Vec<_>>()
    );
    let links: Vec<_> = page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    for link in &links {
        assert!(ids.contains_key(*link), "{link}");
    }
    links.len()
}

#[test]
fn tags_are_balanced_and_headings_go_down_one_step_at_a_time() {
    is_well_built(&page());
}

/// Every element is closed where it should be, and no heading leaves out a level.
pub(crate) fn is_well_built(page: &str) {
    let page = page.replacen(STYLE, "", 1);
    let mut open: Vec<&str> = Vec::new();
    let mut level = 0;
    for part in page.split('<').skip(1) {
        let (tag, _) = part.split_once('>').expect("the end of a tag");
        let name = tag.trim_start_matches('/').split(char::is_whitespace).next().unwrap_or_default();
        if tag.starts_with('!') || tag.ends_with('/') || matches!(name, "meta" | "br" | "wbr" | "input") {
            continue;
        }
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "near {part}");
            continue;
        }
        open.push(name);
        if let Some(step) = name.strip_prefix('h').and_then(|digit| digit.parse::<u32>().ok()) {
            assert!(step <= level + 1, "h{step} after h{level}: {part}");
            level = step;
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn every_finding_place_and_verdict_is_there() {
    let report = sample::report();
    let page = page();
    for target in &report.targets {
        for finding in &target.findings {
            assert!(page.contains(&escape::Breaking(&finding.place).to_string()), "{}", finding.place);
            for server in &finding.fix.servers {
                for line in crate::clean::lines(&server.lines) {
                    assert!(page.contains(&Esc(&line).to_string()), "{line}");
                }
            }
        }
        for attack in &target.attacks {
            for because in &attack.because {
                assert!(page.contains(&escape::Prose(&because.text).to_string()), "{}", because.text);
            }
        }
    }
}

#[test]
fn the_way_says_in_words_what_it_shows_in_colours() {
    let report = sample::here();
    let page = html(&report);
    let (_, way) = page.split_once("<ol class=\"path hops\">").expect("the way");
    let (way, _) = way.split_once("</ol>").expect("its end");
    let hops = crate::way::way(&report.targets[0]);
    let items: Vec<&str> = way.split("<li class=\"").skip(1).collect();
    assert_eq!(items.len(), hops.len());
    for (item, hop) in items.iter().zip(&hops) {
        assert!(item.starts_with(&hop.verdict.to_string()), "{item}");
        let word = crate::way::word(hop.verdict);
        assert!(item.contains(&format!("</b> <span class=\"word\">{word}</span>")), "{item}");
        assert!(item.contains(hop.place.short_name()));
        assert_eq!(item.matches("aria-hidden").count(), 2, "pictures say nothing that the words do not");
        for one in &hop.stands {
            assert!(item.contains(&format!("href=\"#t1-f-{}\"", one.id)), "{item}");
        }
    }
    assert!(page.find("class=\"path hops\"") < page.find("class=\"glance\""), "the way comes first");
    assert!(page.contains("called held"), "the foot of the page knows the word");
}

#[test]
fn what_was_measured_here_is_whole_and_escaped() {
    let page = html(&sample::here());
    let (_, measured) = page.split_once("class=\"measured\"").expect("what was measured");
    for heading in ["Network", "Names on this computer", "Settings of programs", "Trust anchors", "Browsers"]
    {
        assert!(measured.contains(&format!("<h4>{heading}</h4>")), "{heading}");
    }
    assert!(measured.contains("<td>192.0.2.27</td>"), "the last neighbour, which a terminal leaves out");
    assert!(measured.contains("<td>inner.example, 10.0.0.0/<wbr>8, for serverAuth</td>"));
    assert!(
        measured
            .contains("not measured (~/<wbr>.pki/<wbr>nssdb/<wbr>cert9.db: another program holds it locked)")
    );
    assert!(!page.contains("<img") && page.contains("&lt;img src=<wbr>x"));
}

/// The relative luminance of WCAG 2.2.
fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).expect("hexadecimal")) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

#[test]
fn text_stands_out_in_light_and_in_dark() {
    let block = |start: &str| -> BTreeMap<String, String> {
        let (_, rest) = STYLE.split_once(start).expect("the block");
        let (block, _) = rest.split_once('}').expect("its end");
        block
            .split(';')
            .filter_map(|line| line.trim().strip_prefix("--")?.split_once(": #"))
            .map(|(name, value)| (name.to_owned(), format!("#{value}")))
            .collect()
    };
    let light = block(":root {");
    let dark = block("(prefers-color-scheme: dark) {\n  :root {");
    assert_eq!(light.keys().collect::<Vec<_>>(), dark.keys().collect::<Vec<_>>());
    for theme in [light, dark] {
        let mut pairs = vec![("critical", "critical-ground"), ("low", "low-ground"), ("code", "sunk")];
        for text in ["ink", "muted", "accent", "exposed", "partly", "unknown", "protected"] {
            pairs.extend(["paper", "card", "sunk"].map(|ground| (text, ground)));
        }
        for (text, ground) in [
            ("exposed", "exposed-ground"),
            ("partly", "partly-ground"),
            ("unknown", "unknown-ground"),
            ("protected", "protected-ground"),
        ] {
            pairs.extend([(text, ground), ("ink", ground)]);
        }
        for (text, ground) in pairs {
            let (a, b) = (luminance(&theme[text]), luminance(&theme[ground]));
            let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
            assert!(contrast >= 4.5, "{text} on {ground}: {contrast:.2}");
        }
    }
}

#[test]
fn snapshot() {
    // A change of the style sheet alone changes nothing here.
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    insta::assert_snapshot!(page().replacen(STYLE, "(the style sheet)", 1).replacen(&hash, "(its hash)", 1));
}

#[test]
fn reports_of_other_mail_servers_have_bars_and_places() {
    let page = html(&crate::sample::tls_reports());
    assert!(page.contains("3 senders, 34,<wbr>567 sessions, 0.3 % failed"), "{page}");
    assert!(page.contains(
        "<meter min=\"0\" max=\"1000\" value=\"20\" aria-label=\"share of failures of Alpha Mail\">"
    ));
    for observation in ["o1", "o2", "o3"] {
        assert!(page.contains(&format!("<tr id=\"t1-o-{observation}\">")), "{observation}");
    }
    assert!(page.contains("corrupt gzip stream"));
}
