//! Figures for Prometheus, in its text form 0.0.4.
//!
//! No label takes what a peer or a visitor chose, and every label has a bounded number of values: targets appear by
//! their ids up to a limit, channels too, and `midwatch_targets_left_out` says how many do not appear.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use midwatch_model::{Severity, State, Target, Time};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

/// The type of what [`Metrics::encode`] gives, for `Content-Type`.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// So many channels appear by their names.
const MAX_CHANNELS: usize = 64;

/// What stands for channels beyond them.
const OTHER: &str = "other";

/// Limits of the histogram of durations, in seconds: a look at an address takes a tenth, a crawl minutes.
const DURATIONS: [f64; 11] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 180.0, 600.0];

/// Severities, in the order of the counts in a summary.
const SEVERITIES: [(Severity, &str); 5] = [
    (Severity::Info, "info"),
    (Severity::Low, "low"),
    (Severity::Medium, "medium"),
    (Severity::High, "high"),
    (Severity::Critical, "critical"),
];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LookLabels {
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SeverityLabel {
    severity: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ChannelLabel {
    channel: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AlertLabels {
    channel: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TargetLabel {
    target: String,
}

/// What came of an alert's way to its channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It was taken.
    Sent,
    /// It was not, and is tried again.
    Failed,
    /// It was not, and is tried no more.
    GivenUp,
}

/// The figures of a daemon. Cheap to clone; all clones count into the same.
#[derive(Clone, Debug)]
pub struct Metrics {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    registry: Registry,
    looks: Family<LookLabels, Counter>,
    durations: Family<KindLabel, Histogram, fn() -> Histogram>,
    due: Gauge,
    running: Gauge,
    late: Gauge,
    findings: Family<SeverityLabel, Gauge>,
    events: Family<SeverityLabel, Gauge>,
    raised: Family<SeverityLabel, Counter>,
    alerts: Family<AlertLabels, Counter>,
    waiting: Family<ChannelLabel, Gauge>,
    store_errors: Counter,
    last_look: Family<TargetLabel, Gauge>,
    targets: Gauge,
    left_out: Gauge,
    reloads: Counter,
    refused_reloads: Counter,
    limit: usize,
    known: Mutex<Known>,
}

/// What has to be remembered to keep sums and bounds.
#[derive(Debug, Default)]
struct Known {
    /// The findings of the newest look at each target, by severity.
    findings: BTreeMap<String, [u32; 5]>,
    /// The targets that appear by their ids.
    shown: BTreeSet<String>,
    channels: BTreeSet<String>,
}

impl Metrics {
    /// Figures that are all zero. `version` is that of this build; of targets, `limit` appear by their ids.
    pub fn new(version: &str, limit: usize) -> Metrics {
        let mut registry = Registry::with_prefix("midwatch");
        let looks = Family::default();
        registry.register(
            "looks",
            "Looks at targets that ended, by kind of target and by what came of them",
            looks.clone(),
        );
        let durations: Family<KindLabel, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(DURATIONS));
        registry.register_with_unit(
            "look_duration",
            "How long a look took",
            Unit::Seconds,
            durations.clone(),
        );
        let mut gauge = |name: &str, help: &str| {
            let gauge: Gauge = Gauge::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        let due = gauge("targets_due", "Targets whose next look is due and has not begun");
        let running = gauge("looks_running", "Looks that are under way");
        let late =
            gauge("targets_late", "Targets that have waited longer than the interval between their looks");
        let targets = gauge("targets", "Targets that are watched");
        let left_out =
            gauge("targets_left_out", "Watched targets that no figure names, so that there are not too many");
        let findings = Family::default();
        registry.register(
            "findings",
            "Findings of the newest look at each target, by severity",
            findings.clone(),
        );
        let events = Family::default();
        registry.register("events_open", "Changes that nobody has acknowledged, by severity", events.clone());
        let raised = Family::default();
        registry.register("events", "Changes that were met, by severity", raised.clone());
        let alerts = Family::default();
        registry.register(
            "alerts",
            "Attempts to send an alert, by channel and by what came of them",
            alerts.clone(),
        );
        let waiting = Family::default();
        registry.register("alerts_waiting", "Alerts that wait to be sent, by channel", waiting.clone());
        let store_errors = Counter::default();
        registry.register(
            "store_errors",
            "Times that the store could not be read or written",
            store_errors.clone(),
        );
        let last_look = Family::default();
        let help = "When the newest look at a target ended, in seconds since 1970";
        registry.register_with_unit("target_last_look_timestamp", help, Unit::Seconds, last_look.clone());
        let reloads = Counter::default();
        registry.register(
            "reloads",
            "Times that the configuration was read again and taken",
            reloads.clone(),
        );
        let refused_reloads = Counter::default();
        let help = "Times that the configuration was read again and refused, so that the earlier one stays";
        registry.register("reloads_refused", help, refused_reloads.clone());
        registry.register("build", "The version that runs", Info::new([("version", version.to_owned())]));
        registry.register_collector(Box::new(Process));
        let metrics = Metrics {
            inner: Arc::new(Inner {
                registry,
                looks,
                durations,
                due,
                running,
                late,
                findings,
                events,
                raised,
                alerts,
                waiting,
                store_errors,
                last_look,
                targets,
                left_out,
                reloads,
                refused_reloads,
                limit,
                known: Mutex::default(),
            }),
        };
        // Rates need a beginning: what may be counted is there as zero.
        for (_, severity) in SEVERITIES {
            metrics.inner.findings.get_or_create(&SeverityLabel { severity }).set(0);
            metrics.inner.events.get_or_create(&SeverityLabel { severity }).set(0);
            let _ = metrics.inner.raised.get_or_create(&SeverityLabel { severity });
        }
        metrics
    }

    /// A look ended at `ended`, after so long, with so many findings of each severity (info to critical).
    pub fn looked(
        &self,
        id: &str,
        target: &Target,
        state: State,
        findings: [u32; 5],
        took: Duration,
        ended: Time,
    ) {
        let inner = &*self.inner;
        let kind = kind(target);
        let outcome = match state {
            State::Measured => "measured",
            State::Partly => "partly",
            State::NotMeasured => "not-measured",
        };
        inner.looks.get_or_create(&LookLabels { kind, outcome }).inc();
        inner.durations.get_or_create(&KindLabel { kind }).observe(took.as_secs_f64());
        let mut known = self.known();
        // What could not be measured says nothing about what is there.
        if state != State::NotMeasured {
            let before = known.findings.insert(id.to_owned(), findings).unwrap_or_default();
            self.add(before, findings);
        }
        if known.shown.contains(id) || known.shown.len() < inner.limit {
            if !known.shown.contains(id) {
                known.shown.insert(id.to_owned());
            }
            inner.last_look.get_or_create(&TargetLabel { target: id.to_owned() }).set(ended.as_second());
        }
        self.count_left_out(&known);
    }

    /// A target is not watched any more.
    pub fn forget(&self, id: &str) {
        let mut known = self.known();
        if let Some(before) = known.findings.remove(id) {
            self.add(before, [0; 5]);
        }
        if known.shown.remove(id) {
            self.inner.last_look.remove(&TargetLabel { target: id.to_owned() });
        }
        self.count_left_out(&known);
    }

    /// How the schedule stands: targets in all, those due, looks under way, and targets that are late.
    pub fn schedule(&self, targets: usize, due: usize, running: usize, late: usize) {
        let inner = &*self.inner;
        inner.targets.set(number(targets));
        inner.due.set(number(due));
        inner.running.set(number(running));
        inner.late.set(number(late));
        self.count_left_out(&self.known());
    }

    /// A change was met that was not known.
    pub fn raised(&self, severity: Severity) {
        self.inner.raised.get_or_create(&SeverityLabel { severity: word(severity) }).inc();
    }

    /// Changes that nobody has acknowledged, by severity (info to critical).
    pub fn open_events(&self, counts: [u32; 5]) {
        for ((_, severity), count) in SEVERITIES.into_iter().zip(counts) {
            self.inner.events.get_or_create(&SeverityLabel { severity }).set(count.into());
        }
    }

    /// An attempt to send an alert ended.
    pub fn alert(&self, channel: &str, delivery: Delivery) {
        let outcome = match delivery {
            Delivery::Sent => "sent",
            Delivery::Failed => "failed",
            Delivery::GivenUp => "given-up",
        };
        self.inner.alerts.get_or_create(&AlertLabels { channel: self.channel(channel), outcome }).inc();
    }

    /// How many alerts wait for each channel, all channels with their counts; others have none.
    pub fn waiting<'a>(&self, counts: impl IntoIterator<Item = (&'a str, u64)>) {
        let mut sums: BTreeMap<String, u64> =
            self.known().channels.iter().map(|name| (name.clone(), 0)).collect();
        for (channel, count) in counts {
            *sums.entry(self.channel(channel)).or_default() += count;
        }
        for (channel, count) in sums {
            self.inner
                .waiting
                .get_or_create(&ChannelLabel { channel })
                .set(count.try_into().unwrap_or(i64::MAX));
        }
    }

    /// The store could not be read or written.
    pub fn store_error(&self) {
        self.inner.store_errors.inc();
    }

    /// The configuration was read again, and taken or not.
    pub fn reloaded(&self, is_taken: bool) {
        if is_taken {
            self.inner.reloads.inc()
        } else {
            self.inner.refused_reloads.inc()
        };
    }

    /// All figures as text, with those of this process as they are now.
    pub fn encode(&self) -> String {
        let mut text = String::new();
        if prometheus_client::encoding::prometheus_text::encode(&mut text, &self.inner.registry).is_err() {
            // Writing to a string does not fail; a comment is better than half of the figures.
            text.clear();
            let _ = writeln!(text, "# The figures could not be written.");
        }
        text
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.inner.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts one target's findings in place of what they were.
    fn add(&self, before: [u32; 5], now: [u32; 5]) {
        for ((_, severity), (before, now)) in SEVERITIES.into_iter().zip(before.into_iter().zip(now)) {
            let difference = i64::from(now) - i64::from(before);
            self.inner.findings.get_or_create(&SeverityLabel { severity }).inc_by(difference);
        }
    }

    fn count_left_out(&self, known: &Known) {
        let named = number(known.shown.len());
        self.inner.left_out.set((self.inner.targets.get() - named).max(0));
    }

    /// The name under which a channel appears.
    fn channel(&self, name: &str) -> String {
        let mut known = self.known();
        if known.channels.contains(name) {
            return name.to_owned();
        }
        if known.channels.len() < MAX_CHANNELS {
            known.channels.insert(name.to_owned());
            return name.to_owned();
        }
        OTHER.to_owned()
    }
}

/// The kind of a target, as it is written in JSON.
fn kind(target: &Target) -> &'static str {
    match target {
        Target::Site { .. } => "site",
        Target::Tls { .. } => "tls",
        Target::Ssh { .. } => "ssh",
        Target::Git { .. } => "git",
        Target::Repository { .. } => "repository",
        Target::Here { .. } => "here",
        Target::Mail { .. } => "mail",
        Target::Server => "server",
        Target::TlsReports { .. } => "tls-reports",
    }
}

fn word(severity: Severity) -> &'static str {
    SEVERITIES.iter().find(|(one, _)| *one == severity).map_or(OTHER, |(_, word)| word)
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// What Prometheus' own libraries say of a process, under the same names, read from proc(5) at each question.
#[derive(Debug)]
struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let figures = [
            ("process_resident_memory", "Memory of this process that is in use.", Unit::Bytes, memory(1)),
            ("process_virtual_memory", "Address space of this process.", Unit::Bytes, memory(0)),
        ];
        for (name, help, unit, value) in figures {
            if let Some(value) = value {
                let gauge = ConstGauge::new(value);
                gauge.encode(encoder.encode_descriptor(name, help, Some(&unit), gauge.metric_type())?)?;
            }
        }
        for (name, help, value) in [
            ("process_open_fds", "Files and sockets that this process has open.", entries("/proc/self/fd")),
            ("process_threads", "Threads of this process.", entries("/proc/self/task")),
        ] {
            if let Some(value) = value {
                let gauge = ConstGauge::new(value);
                gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
            }
        }
        Ok(())
    }
}

/// A field of /proc/self/statm (0: the size, 1: what is resident), in bytes.
fn memory(field: usize) -> Option<i64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: i64 = text.split_ascii_whitespace().nth(field)?.parse().ok()?;
    pages.checked_mul(i64::try_from(rustix::param::page_size()).ok()?)
}

fn entries(directory: &str) -> Option<i64> {
    std::fs::read_dir(directory).ok().map(|all| number(all.count()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    fn target() -> Target {
        Target::Here { capture: None }
    }

    fn at(second: i64) -> Time {
        Time::from_second(second).unwrap()
    }

    fn busy(limit: usize) -> Metrics {
        let metrics = Metrics::new("1.2.3", limit);
        let second = Duration::from_secs(1);
        metrics.schedule(3, 2, 1, 1);
        metrics.looked("one", &target(), State::Measured, [1, 0, 2, 0, 0], second, at(100));
        metrics.looked("one", &target(), State::Partly, [0, 0, 1, 0, 1], second, at(160));
        metrics.looked("two\"}\n", &target(), State::Measured, [5, 0, 0, 0, 0], second, at(170));
        metrics.looked("one", &target(), State::NotMeasured, [0; 5], second, at(180));
        metrics.open_events([0, 0, 0, 4, 0]);
        metrics.raised(Severity::High);
        metrics.alert("mail", Delivery::Sent);
        metrics.alert("hook", Delivery::Failed);
        metrics.alert("hook", Delivery::GivenUp);
        metrics.waiting([("mail", 2), ("hook", 1)]);
        metrics.store_error();
        metrics.reloaded(true);
        metrics
    }

    fn has(text: &str, line: &str) {
        assert!(text.lines().any(|one| one == line), "no line {line:?} in:\n{text}");
    }

    #[test]
    fn figures_are_counted() {
        let metrics = busy(100);
        let text = metrics.encode();
        has(&text, "midwatch_looks_total{kind=\"here\",outcome=\"measured\"} 2");
        has(&text, "midwatch_looks_total{kind=\"here\",outcome=\"not-measured\"} 1");
        has(&text, "midwatch_look_duration_seconds_bucket{kind=\"here\",le=\"1\"} 4");
        has(&text, "midwatch_look_duration_seconds_bucket{kind=\"here\",le=\"0.5\"} 0");
        // The newest look that measured something counts: one medium and one critical of the one, five of the other.
        has(&text, "midwatch_findings{severity=\"info\"} 5");
        has(&text, "midwatch_findings{severity=\"medium\"} 1");
        has(&text, "midwatch_findings{severity=\"critical\"} 1");
        has(&text, "midwatch_events_open{severity=\"high\"} 4");
        has(&text, "midwatch_events_total{severity=\"high\"} 1");
        has(&text, "midwatch_alerts_total{channel=\"hook\",outcome=\"given-up\"} 1");
        has(&text, "midwatch_alerts_waiting{channel=\"mail\"} 2");
        has(&text, "midwatch_target_last_look_timestamp_seconds{target=\"one\"} 180");
        has(&text, "midwatch_target_last_look_timestamp_seconds{target=\"two\\\"}\\n\"} 170");
        has(&text, "midwatch_targets_late 1");
        has(&text, "midwatch_targets_left_out 1");
        has(&text, "midwatch_store_errors_total 1");
        has(&text, "midwatch_build_info{version=\"1.2.3\"} 1");
        metrics.waiting([("mail", 1)]);
        has(&metrics.encode(), "midwatch_alerts_waiting{channel=\"hook\"} 0");
        metrics.forget("one");
        let text = metrics.encode();
        has(&text, "midwatch_findings{severity=\"critical\"} 0");
        assert!(!text.contains("target=\"one\""));
    }

    #[test]
    fn the_book_names_every_figure() {
        let page = include_str!("../../../../docs/src/watch-service.md");
        // The page puts the figures of the process together.
        let page = page.replace("`…_", "`midwatch_process_");
        let text = busy(10).encode();
        let names = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
        for name in names {
            assert!(page.contains(&format!("`{name}`")), "{name} is not in docs/src/watch-service.md");
        }
    }

    #[test]
    fn this_process_has_memory_and_files() {
        let text = Metrics::new("0", 0).encode();
        let figure = |name: &str| -> i64 {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            line.unwrap_or_else(|| panic!("no {name} in:\n{text}")).parse().unwrap()
        };
        assert!(figure("midwatch_process_resident_memory_bytes") > 1024 * 1024);
        assert!(figure("midwatch_process_open_fds") >= 3);
        assert!(figure("midwatch_process_threads") >= 1);
    }

    #[test]
    fn labels_are_bounded() {
        let metrics = Metrics::new("0", 10);
        metrics.schedule(1000, 0, 0, 0);
        for n in 0..1000 {
            metrics.looked(&format!("t{n}"), &target(), State::Measured, [0; 5], Duration::ZERO, at(n));
            metrics.alert(&format!("c{n}"), Delivery::Sent);
        }
        let text = metrics.encode();
        assert_eq!(text.matches("{target=").count(), 10);
        assert_eq!(text.matches("midwatch_alerts_total{").count(), MAX_CHANNELS + 1);
        has(&text, "midwatch_targets_left_out 990");
        has(&text, "midwatch_alerts_total{channel=\"other\",outcome=\"sent\"} 936");
        // A place that becomes free is taken.
        metrics.forget("t0");
        metrics.looked("t999", &target(), State::Measured, [0; 5], Duration::ZERO, at(5000));
        has(&metrics.encode(), "midwatch_target_last_look_timestamp_seconds{target=\"t999\"} 5000");
    }

    #[test]
    fn promtool_reads_them_and_has_no_complaint() {
        for metrics in [Metrics::new("0", 10), busy(10)] {
            let mut promtool = Command::new("promtool")
                .args(["check", "metrics"])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("promtool (package prometheus)");
            promtool.stdin.take().unwrap().write_all(metrics.encode().as_bytes()).unwrap();
            let output = promtool.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned()
                + &String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && said.is_empty(), "{said}\n{}", metrics.encode());
        }
    }
}
