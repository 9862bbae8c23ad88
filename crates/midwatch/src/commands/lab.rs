//! `midwatch lab`.

use std::collections::BTreeSet;
use std::process::ExitCode;

use midwatch_audit::{Options, target};
use midwatch_lab::{Defence, Lab};
use midwatch_model::{AttackVerdict, Report, TargetReport, Verdict};
use midwatch_probe::net::{ConnectTo, NetOptions};
use midwatch_probe::pki::TrustStores;

use super::targets;
use crate::args::{self, DefenceArgument, Format};
use crate::{exit, output};

/// Runs it.
pub async fn run(arguments: args::Lab) -> ExitCode {
    if arguments.list {
        output::standard(&list());
        return ExitCode::SUCCESS;
    }
    let defences = chosen(&arguments.defence);
    let options: args::Report = arguments.report.clone().into();
    let result = match (defences.is_empty(), arguments.keep) {
        (true, keep) => plain(&arguments, &options, &defences, keep).await,
        (false, keep) => compared(&arguments, &options, &defences, keep).await,
    };
    result.unwrap_or_else(|sentence| exit::failed(&sentence))
}

/// Audits the shop as it is.
async fn plain(
    arguments: &args::Lab,
    options: &args::Report,
    defences: &BTreeSet<Defence>,
    keep: bool,
) -> Result<ExitCode, String> {
    let lab = start(defences).await?;
    let report = audit(&lab, options.quiet).await?;
    let code = publish(&report, arguments, options)?;
    finish(lab, keep).await;
    Ok(code)
}

/// Audits the shop as it is and once more with the defences, and shows which verdicts differ.
async fn compared(
    arguments: &args::Lab,
    options: &args::Report,
    defences: &BTreeSet<Defence>,
    keep: bool,
) -> Result<ExitCode, String> {
    let weak = start(&BTreeSet::new()).await?;
    let before = audit(&weak, options.quiet).await?;
    weak.shutdown().await;
    let lab = start(defences).await?;
    let after = audit(&lab, options.quiet).await?;
    let code = publish(&after, arguments, options)?;
    let names: Vec<&str> = defences.iter().map(|defence| defence.name()).collect();
    let text = format!("\nWith {}:\n{}", names.join(", "), changes(&before, &after));
    // The comparison is for people; a machine format must stay one document.
    if options.format == Format::Terminal {
        output::standard(&text)
    } else {
        eprint!("{text}")
    }
    finish(lab, keep).await;
    Ok(code)
}

async fn start(defences: &BTreeSet<Defence>) -> Result<Lab, String> {
    Lab::start(defences).await.map_err(|error| format!("the lab cannot start on loopback: {error}"))
}

async fn audit(lab: &Lab, quiet: bool) -> Result<Report, String> {
    let mut stores = TrustStores::default();
    stores.give(lab.ca_pem().as_bytes()).map_err(|error| error.to_string())?;
    let connect_to = lab
        .connect_to()
        .into_iter()
        .map(|(host, port, to)| Ok(ConnectTo { host: target::host_of(&host)?, port, to }))
        .collect::<Result<_, midwatch_model::TargetError>>()
        .map_err(|error| error.to_string())?;
    let net = NetOptions { connect_to, offline: true, ..NetOptions::default() };
    let sites = lab.targets().iter().map(|site| target::site(&site.url)).collect::<Result<_, _>>();
    let sites = sites.map_err(|error| error.to_string())?;
    Ok(targets::audit(sites, Options { net, stores, ..Options::default() }, quiet).await)
}

/// Prints the report, and writes the HTML report beside it.
fn publish(report: &Report, arguments: &args::Lab, options: &args::Report) -> Result<ExitCode, String> {
    output::write(report, options)?;
    output::file(&arguments.html, &midwatch_report::html(report))?;
    if !options.quiet {
        eprintln!("The same as a page: {}", arguments.html.display());
    }
    Ok(exit::of_report(report, options.fail_on.severity()))
}

/// With `--keep`, says how to reach the shop and leaves it running until Ctrl-C.
async fn finish(lab: Lab, keep: bool) {
    if keep {
        eprintln!("\nThe shop goes on, on loopback alone, until Ctrl-C:");
        for (host, port, address) in lab.connect_to() {
            eprintln!("  {host}:{port} is {address}");
        }
        eprintln!(
            "For example: curl --insecure --connect-to shop.example:443:ADDRESS:PORT https://shop.example/"
        );
        // Without a signal to wait for there is nothing to keep it for.
        let _ = tokio::signal::ctrl_c().await;
    }
    lab.shutdown().await;
}

fn chosen(arguments: &[DefenceArgument]) -> BTreeSet<Defence> {
    let mut defences = BTreeSet::new();
    for argument in arguments {
        match argument {
            DefenceArgument::One(defence) => {
                defences.insert(*defence);
            }
            DefenceArgument::All => defences.extend(Defence::ALL),
        }
    }
    defences
}

/// The defences, what each does, and which verdicts it turns.
fn list() -> String {
    let mut text = String::new();
    for defence in Defence::ALL {
        text.push_str(&format!("{}\n    {}\n", defence.name(), defence.about()));
        for (host, attack) in defence.turns() {
            text.push_str(&format!("    turns {attack} on {host}\n"));
        }
    }
    text.push_str("all\n    all of them\n");
    text
}

/// The verdicts that differ between two runs over the same targets.
fn changes(before: &Report, after: &Report) -> String {
    let mut text = String::new();
    for (old, new) in before.targets.iter().zip(&after.targets) {
        for verdict in &new.attacks {
            let was = verdict_of(old, verdict);
            if was.is_some_and(|was| was != verdict.verdict) {
                let was = was.map(|was| was.to_string()).unwrap_or_default();
                let line = format!("  {} {}: {was} -> {}\n", new.target, verdict.id.name(), verdict.verdict);
                text.push_str(&line);
            }
        }
    }
    if text.is_empty() {
        text.push_str("  no verdict changes: something else leaves each attack open as before\n");
    }
    text
}

fn verdict_of(target: &TargetReport, like: &AttackVerdict) -> Option<Verdict> {
    target.attacks.iter().find(|other| other.id == like.id).map(|other| other.verdict)
}
