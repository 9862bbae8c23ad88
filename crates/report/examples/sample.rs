//! Renders the sample report, to look at: `sample terminal|colour|json|sarif|junit|html [weak|sound|here|quiet|story] [columns]`.

use midwatch_model::Severity;
use midwatch_report::{TerminalOptions, html, json, junit, sample, sarif, terminal};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let format = arguments.next().unwrap_or_else(|| "terminal".into());
    let report = match arguments.next().as_deref() {
        Some("weak") => sample::weak(),
        Some("sound") => sample::sound(),
        Some("here") => sample::here(),
        Some("quiet") => sample::quiet_here(),
        _ => sample::report(),
    };
    let text = match format.as_str() {
        "json" => json(&report),
        "sarif" => sarif(&report),
        "junit" => junit(&report, Some(Severity::High)),
        "html" => html(&report),
        format => {
            let width = arguments.next().and_then(|columns| columns.parse().ok()).unwrap_or(80);
            terminal(&report, &TerminalOptions { colour: format == "colour", width, verbose: false })
        }
    };
    print!("{text}");
}
