use super::*;
use crate::{clean, sample};

fn at(width: usize, colour: bool, verbose: bool) -> String {
    terminal(&sample::report(), &TerminalOptions { width, colour, verbose })
}

fn without_colour(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((head, tail)) = rest.split_once("\x1b[") {
        out.push_str(head);
        rest = tail.split_once('m').map_or("", |(_, tail)| tail);
    }
    out + rest
}

/// No line is wider than the terminal, but for configuration, which is there to be copied.
pub(crate) fn fits(report: &Report, text: &str, width: usize) {
    let configuration: std::collections::BTreeSet<String> = report
        .targets
        .iter()
        .flat_map(|target| &target.findings)
        .flat_map(|finding| &finding.fix.servers)
        .flat_map(|server| clean::lines(&server.lines))
        .map(|line| line.trim().to_owned())
        .collect();
    for line in text.lines() {
        let columns = layout::width(line);
        assert!(
            columns <= width || configuration.contains(line.trim()),
            "{columns} of {width} columns: {line}"
        );
    }
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [40, 60, 80, 100, 110] {
        for verbose in [false, true] {
            fits(&sample::report(), &at(width, false, verbose), width);
        }
    }
}

#[test]
fn colour_changes_nothing_but_colour() {
    for width in [40, 80] {
        assert_eq!(without_colour(&at(width, true, true)), at(width, false, true));
    }
}

#[test]
fn without_colour_there_is_no_escape_and_no_hidden_character() {
    for verbose in [false, true] {
        assert!(!at(80, false, verbose).chars().any(|c| c != '\n' && clean::is_hidden(c)));
    }
    // With colour, every escape is one of ours.
    assert!(!without_colour(&at(80, true, true)).contains('\x1b'));
}

#[test]
fn the_summary_fits_on_one_screen() {
    let report = sample::report();
    for target in &report.targets {
        let mut out = Out::new(80, Paint { on: false });
        summary::write(&mut out, &report, target);
        let text = out.finish();
        assert!(text.lines().count() <= SUMMARY_ROWS, "{text}");
        for attack in &target.attacks {
            assert_eq!(text.lines().filter(|line| line.contains(attack.id.name())).count(), 1);
        }
    }
}

#[test]
fn a_target_that_was_not_measured_never_reads_as_safe() {
    let report = sample::report();
    let mut out = Out::new(80, Paint { on: false });
    summary::write(&mut out, &report, &report.targets[2]);
    let text = out.finish();
    assert!(text.contains("Not measured") && text.contains("has no address"), "{text}");
    assert!(!text.contains("No findings") && !text.contains('✓'), "{text}");
}

#[test]
fn one_place_for_each_page_only_when_verbose() {
    assert!(!at(80, false, false).contains("http://shop.example/returns"));
    assert!(at(80, false, true).contains("http://shop.example/returns"));
}

#[test]
fn snapshot() {
    insta::assert_snapshot!(at(80, false, false));
}

#[test]
fn snapshot_verbose_and_narrow() {
    insta::assert_snapshot!(at(60, false, true));
}

#[test]
fn snapshot_in_colour() {
    insta::assert_snapshot!(at(80, true, false).replace('\x1b', "␛"));
}

fn here_at(width: usize) -> String {
    terminal(&sample::here(), &TerminalOptions { width, colour: false, verbose: false })
}

#[test]
fn the_way_goes_across_where_it_fits_and_down_where_not() {
    let names = ["computer", "Wi-Fi", "gateway", "resolver", "tunnel", "proxy", "internet", "echo", "sites"];
    let wide = here_at(80);
    let line =
        wide.lines().find(|line| line.contains("gateway") && line.contains("sites")).expect("one line");
    assert_eq!(line.split_whitespace().collect::<Vec<_>>(), names);

    for width in [40, 50, 60] {
        let narrow = here_at(width);
        let hops: Vec<&str> = narrow
            .lines()
            .skip_while(|line| !line.contains("computer  exposed"))
            .step_by(2)
            .take(9)
            .collect();
        for (hop, name) in hops.iter().zip(names) {
            let mut words = hop.split_whitespace();
            assert!(words.next().is_some_and(|sign| "✗◐?✓".contains(sign)), "{hop}");
            assert_eq!(words.next(), Some(name), "{hop}");
            assert!(matches!(words.next(), Some("exposed" | "partly" | "unknown" | "held")), "{hop}");
        }
        assert_eq!(narrow.lines().filter(|line| *line == "  │").count(), 8);
    }
}

#[test]
fn what_is_at_a_hop_never_breaks_the_picture() {
    use midwatch_model::Fact;
    for text in ["\u{1b}[2J\u{202e}café ".repeat(300), "東京".repeat(200), "\n\n\t".into(), String::new()]
    {
        let mut report = sample::here();
        for observation in &mut report.targets[0].observations {
            match &mut observation.fact {
                Fact::LocalSettings(settings) => {
                    settings.found.iter_mut().for_each(|one| one.value.clone_from(&text));
                }
                Fact::Echo(echo) => echo.endpoint.clone_from(&text),
                Fact::LocalBrowser(browser) => browser.browser.clone_from(&text),
                Fact::LocalNetwork(network) => {
                    let serde = serde_json::to_string(network).expect("JSON");
                    let name = serde_json::to_string(&text).expect("JSON");
                    let changed = serde.replace("\"wlan0\"", &name).replace("\"wg0\"", &name);
                    **network = serde_json::from_str(&changed).expect("the same with other names");
                }
                _ => {}
            }
        }
        for width in [0, 40, 60, 61, 80, 110] {
            let out = terminal(&report, &TerminalOptions { width, colour: false, verbose: true });
            fits(&report, &out, width.clamp(40, 110));
            assert!(!out.chars().any(|c| c != '\n' && clean::is_hidden(c)));
        }
    }
}

#[test]
fn many_sound_targets_are_a_list() {
    let mut report = sample::ssh();
    let mut sound = report.targets[0].clone();
    sound.findings.clear();
    report.targets.extend(std::iter::repeat_n(sound, MANY));
    let text = |verbose| terminal(&report, &TerminalOptions { width: 80, colour: false, verbose });
    let sections = |text: &str| text.matches("── Host keys").count();
    assert_eq!((sections(&text(false)), sections(&text(true))), (1, 1 + MANY));
    assert!(text(false).contains("20 targets without findings"), "{}", text(false));
    report.targets.pop();
    let few = terminal(&report, &TerminalOptions { width: 80, colour: false, verbose: false });
    assert_eq!(sections(&few), MANY);
}
