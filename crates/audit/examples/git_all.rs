//! Reads every repository below a directory as `midwatch git --all` does, without asking anybody, and says how long it took
//! and how much memory: `cargo run --release -p midwatch-audit --example git_all -- DIRECTORY`.

use std::time::Instant;

use midwatch_audit::git;
use midwatch_model::{Report, Time};
use midwatch_sense::System;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = std::env::args().nth(1).unwrap_or_else(|| ".".into());
    let system = System {
        root: "/".into(),
        home: std::env::var_os("HOME").map(Into::into),
        env: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
    };
    let begin = Instant::now();
    let all = git::all(&system, &std::env::current_dir()?, &directory)?;
    let found = begin.elapsed();
    let reports: Vec<_> = all.targets.iter().map(|target| git::repository(Some(&system), target)).collect();
    let read = begin.elapsed();
    let findings: usize = reports.iter().map(|report| report.findings.len()).sum();
    let report = Report::new("example", Time::now(), reports);
    let json = serde_json::to_string(&report)?.len();
    println!("{} targets, {} places unread, {findings} findings", all.targets.len(), all.unread.len());
    println!("found in {found:.1?}, all of it in {read:.1?}; as JSON {} MiB", json / 1024 / 1024);
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        status.lines().filter(|line| line.starts_with("VmHWM")).for_each(|line| println!("{line}"));
    }
    Ok(())
}
