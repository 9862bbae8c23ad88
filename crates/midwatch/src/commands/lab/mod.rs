//! `midwatch lab`.

mod compare;
mod story;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::ExitCode;

use midwatch_audit::{Options, target};
use midwatch_lab::{Defence, Echo, Lab, LabTarget};
use midwatch_model::Report;
use midwatch_probe::net::{ConnectTo, Net, NetOptions};

use super::targets;
use crate::args::{self, DefenceArgument, Format};
use crate::{exit, output};

/// Runs it.
pub async fn run(arguments: args::Lab) -> ExitCode {
    if let Some(args::LabCommand::Story(arguments)) = &arguments.command {
        return story::run(arguments).await.unwrap_or_else(|sentence| exit::failed(&sentence));
    }
    if arguments.list {
        output::standard(&list());
        return ExitCode::SUCCESS;
    }
    if let Some((plain, tls)) = arguments.echo {
        return echo(plain, tls).await.unwrap_or_else(|sentence| exit::failed(&sentence));
    }
    let defences = chosen(&arguments.defence);
    let options: args::Report = arguments.report.clone().into();
    let result = if defences.is_empty() {
        plain(&arguments, &options).await
    } else {
        compared(&arguments, &options, &defences).await
    };
    result.unwrap_or_else(|sentence| exit::failed(&sentence))
}

/// Runs an echo until Ctrl-C.
async fn echo(plain: SocketAddr, tls: SocketAddr) -> Result<ExitCode, String> {
    let echo = Echo::start(plain, tls)
        .await
        .map_err(|error| format!("the echo cannot listen at {plain} and {tls}: {error}"))?;
    eprintln!("An echo listens at {} (plain) and {} (TLS), until Ctrl-C.", echo.plain(), echo.tls());
    eprintln!(
        "Ask it from another computer: midwatch here --echo HOST:{},{}",
        echo.plain().port(),
        echo.tls().port()
    );
    // Without a signal to wait for there is nothing to run it for.
    let _ = tokio::signal::ctrl_c().await;
    Ok(ExitCode::SUCCESS)
}

/// Audits the shop as it is.
async fn plain(arguments: &args::Lab, options: &args::Report) -> Result<ExitCode, String> {
    let lab = start(&BTreeSet::new()).await?;
    let report = audit(&lab, lab.targets(), options.quiet).await?;
    output::write(&report, options)?;
    page(&report, arguments, options)?;
    if !options.quiet {
        eprintln!(
            "What would have stopped it: midwatch lab --defence https-everywhere (all: midwatch lab --list)"
        );
    }
    finish(lab, arguments.keep).await;
    Ok(exit::of_report(&report, options.fail_on.severity()))
}

/// Audits the lab as it is and once more with the defences, and shows what differs. The weak shop lacks
/// everything, so that one defence alone rarely turns a verdict there: the shops that lack little are audited
/// too.
async fn compared(
    arguments: &args::Lab,
    options: &args::Report,
    defences: &BTreeSet<Defence>,
) -> Result<ExitCode, String> {
    let weak = start(&BTreeSet::new()).await?;
    let before = audit(&weak, weak.targets().into_iter().chain(weak.gaps()), options.quiet).await?;
    weak.shutdown().await;
    let lab = start(defences).await?;
    let after = audit(&lab, lab.targets().into_iter().chain(lab.gaps()), options.quiet).await?;
    let text = compare::text(defences, &before, &after);
    // The comparison is for people; a machine format must stay one document.
    if options.format == Format::Terminal && options.output.is_none() {
        output::standard(&text);
    } else {
        output::write(&after, options)?;
        eprint!("{text}");
    }
    page(&after, arguments, options)?;
    finish(lab, arguments.keep).await;
    Ok(exit::of_report(&after, options.fail_on.severity()))
}

async fn start(defences: &BTreeSet<Defence>) -> Result<Lab, String> {
    Lab::start(defences).await.map_err(|error| format!("the lab cannot start on loopback: {error}"))
}

async fn audit(lab: &Lab, hosts: impl IntoIterator<Item = LabTarget>, quiet: bool) -> Result<Report, String> {
    let mut stores = midwatch_audit::trust::bundled();
    stores.give(lab.ca_pem().as_bytes()).map_err(|error| error.to_string())?;
    let connect_to = lab
        .connect_to()
        .into_iter()
        .map(|(host, port, to)| Ok(ConnectTo { host: target::host_of(&host)?, port, to }))
        .collect::<Result<_, midwatch_model::TargetError>>()
        .map_err(|error| error.to_string())?;
    let net = Net::new(NetOptions { connect_to, offline: true, ..NetOptions::default() });
    let sites = hosts.into_iter().map(|host| target::site(&host.url)).collect::<Result<_, _>>();
    let sites = sites.map_err(|error| error.to_string())?;
    Ok(targets::audit(sites, Options { stores, ..Options::on(net) }, quiet).await)
}

/// Writes the HTML report beside.
fn page(report: &Report, arguments: &args::Lab, options: &args::Report) -> Result<(), String> {
    output::file(&arguments.html, &midwatch_report::html(report))?;
    if !options.quiet {
        eprintln!("\nThe whole report as a page: {}", arguments.html.display());
    }
    Ok(())
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
