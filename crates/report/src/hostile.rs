//! Every text of a report may come from a hostile peer. Here every text field of the sample that can hold any
//! text at all holds strange text, and every renderer has to cope.

use std::sync::OnceLock;

use midwatch_model::{Report, Severity};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::Value;

use crate::terminal::TerminalOptions;
use crate::{clean, html, json, junit, sample, sarif, terminal};

/// The JSON pointers of the texts of the sample that may be any text: not words of a fixed list, not times.
fn free_texts() -> &'static [String] {
    static POINTERS: OnceLock<Vec<String>> = OnceLock::new();
    POINTERS.get_or_init(|| {
        let mut report = serde_json::to_value(sample::report()).expect("JSON");
        let mut all = Vec::new();
        collect(&report, String::new(), &mut all);
        all.retain(|pointer| {
            let place = report.pointer_mut(pointer).expect("a pointer of its own");
            let before = std::mem::replace(place, Value::String("<any text>".into()));
            let fits = serde_json::from_value::<Report>(report.clone()).is_ok();
            *report.pointer_mut(pointer).expect("the same place") = before;
            fits
        });
        all
    })
}

fn collect(value: &Value, pointer: String, out: &mut Vec<String>) {
    match value {
        Value::String(_) => out.push(pointer),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| collect(item, format!("{pointer}/{at}"), out));
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                collect(field, format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")), out);
            }
        }
        _ => {}
    }
}

/// The sample with these texts in turn in every free place.
fn with(texts: &[String]) -> Report {
    let mut report = serde_json::to_value(sample::report()).expect("JSON");
    for (at, pointer) in free_texts().iter().enumerate() {
        // 7 has no factor in common with the number of texts, so that neighbours differ.
        let text = &texts[at * 7 % texts.len()];
        *report.pointer_mut(pointer).expect("a place") = Value::String(text.clone());
    }
    serde_json::from_value(report).expect("a report")
}

fn check(report: &Report) {
    let text = json(report);
    assert_eq!(&serde_json::from_str::<Report>(&text).expect("JSON"), report);

    crate::sarif::tests::is_valid(report);
    serde_json::from_str::<Value>(&sarif(report)).expect("JSON");

    roxmltree::Document::parse(&junit(report, Some(Severity::Info))).expect("XML");

    let page = html(report);
    crate::html::tests::loads_nothing(&page);
    crate::html::tests::links_lead_somewhere(&page);
    crate::html::tests::is_well_built(&page);

    for width in [0, 40, 80, 1000] {
        let text = terminal(report, &TerminalOptions { width, colour: false, verbose: true });
        assert!(!text.chars().any(|c| c != '\n' && clean::is_hidden(c)));
        crate::terminal::tests::fits(report, &text, width.clamp(40, 110));
    }
}

#[test]
fn texts_are_found() {
    let pointers = free_texts();
    assert!(pointers.len() > 300, "{}", pointers.len());
    assert!(pointers.iter().any(|pointer| pointer.ends_with("/title")));
    assert!(!pointers.iter().any(|pointer| pointer.ends_with("/severity") || pointer.ends_with("/started")));
}

#[test]
fn known_tricks() {
    let texts = [
        "",
        "\"><script>alert(1)</script><!--",
        "]]>&#0;&lt;",
        "</style></title></details>",
        "\u{0}\u{1b}]0;title\u{7}\u{9b}31m\u{85}\r\n\t",
        "\u{202e}\u{2066}\u{feff}\u{fffe}\u{ffff}\u{e0041}",
        "https://[::1]:99999999/%zz?#a#b\\{}|^` ",
        "```\n# heading\n| a | b |\n\n    code",
        "👩‍👩‍👧‍👦 e\u{301} 東京都 \u{1f1e8}\u{1f1ed}",
        "../../etc/passwd javascript:alert(1)",
        &"A".repeat(5000),
    ];
    let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    for text in &texts {
        check(&with(std::slice::from_ref(text)));
    }
    check(&with(&texts));
}

/// The name of a network is whatever somebody near sends.
#[test]
fn names_of_networks() {
    let names = [
        "\u{1b}]0;title\u{7}\u{9b}2J",
        "\u{202e}efac\u{2066}",
        "</td><script>alert(1)</script>",
        "]]>&#0;",
        &"\\xff".repeat(32),
        &"\u{1f980}".repeat(8),
    ];
    for name in names {
        let mut report = sample::report();
        let target = &mut report.targets[0];
        let mut observation = target.observations[0].clone();
        observation.id = "o999".into();
        observation.fact = midwatch_model::Fact::LocalWifi(sample::wifi(name));
        target.observations.push(observation);
        assert!(
            terminal(&report, &TerminalOptions { width: 80, colour: false, verbose: true }).contains("Wi-Fi")
        );
        check(&report);
    }
}

/// What an SSH server says of itself and of its keys is whatever it likes.
#[test]
fn words_of_ssh_servers() {
    let texts = [
        "\u{1b}]0;title\u{7}\u{9b}2J",
        "\u{202e}efac\u{2066}",
        "</td><script>alert(1)</script>",
        "]]>&#0;",
        &"A".repeat(3000),
        "",
    ];
    for text in texts {
        let whole = serde_json::to_value(sample::ssh()).expect("JSON");
        let mut pointers = Vec::new();
        collect(&whole, String::new(), &mut pointers);
        let mut report = whole;
        let mut changed = 0;
        for pointer in pointers.iter().filter(|pointer| pointer.contains("/observations/")) {
            let mut other = report.clone();
            *other.pointer_mut(pointer).expect("a place") = Value::String(text.into());
            if serde_json::from_value::<Report>(other.clone()).is_ok() {
                report = other;
                changed += 1;
            }
        }
        assert!(changed > 100, "{changed}");
        check(&serde_json::from_value(report).expect("a report"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, rng_seed: RngSeed::Fixed(20_261_124), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(texts in prop::collection::vec(any::<String>(), 11)) {
        check(&with(&texts));
    }
}
