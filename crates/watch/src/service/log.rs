//! Lines of the log: for people on a terminal, JSON where a program reads, and with the journal's priorities in front
//! where systemd keeps them (sd-daemon(3)).
//!
//! One event is one line, whatever a peer wrote: control characters, and those that hide or turn text round, come as
//! escapes; a value has a bounded length. Values of fields whose names say that they are secret are not written, nor is
//! a password in a URL.

use std::fmt;
use std::io::{IsTerminal, Write};
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

/// A value is cut here, in bytes.
const MAX_VALUE: usize = 4 * 1024;

/// Parts of field names whose values are nobody's to read.
const SECRET: &[&str] = &[
    "password",
    "passphrase",
    "secret",
    "token",
    "cookie",
    "authorization",
    "credential",
    "private",
    "totp",
];

/// What is written in place of a secret.
const HIDDEN: &str = "(not shown)";

/// How lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Text on a terminal and in the journal, JSON elsewhere.
    #[default]
    Auto,
    /// Text.
    Text,
    /// JSON, an object a line.
    Json,
}

impl FromStr for Form {
    type Err = String;

    fn from_str(text: &str) -> Result<Form, String> {
        match text {
            "auto" => Ok(Form::Auto),
            "text" => Ok(Form::Text),
            "json" => Ok(Form::Json),
            _ => Err("write auto, text or json".to_owned()),
        }
    }
}

/// How much is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Amount {
    /// What went wrong.
    Error,
    /// And what may be wrong.
    Warn,
    /// And what happens.
    #[default]
    Info,
    /// And how it happens.
    Debug,
    /// And every step.
    Trace,
}

impl FromStr for Amount {
    type Err = String;

    fn from_str(text: &str) -> Result<Amount, String> {
        match text {
            "error" => Ok(Amount::Error),
            "warn" => Ok(Amount::Warn),
            "info" => Ok(Amount::Info),
            "debug" => Ok(Amount::Debug),
            "trace" => Ok(Amount::Trace),
            _ => Err("write error, warn, info, debug or trace".to_owned()),
        }
    }
}

impl Amount {
    fn level(self) -> Level {
        match self {
            Amount::Error => Level::ERROR,
            Amount::Warn => Level::WARN,
            Amount::Info => Level::INFO,
            Amount::Debug => Level::DEBUG,
            Amount::Trace => Level::TRACE,
        }
    }
}

/// Begins to write lines to standard error. Call it once; what is said before is lost.
///
/// # Errors
/// Where something in this process keeps a log already.
pub fn start(form: Form, amount: Amount) -> Result<(), tracing_subscriber::util::TryInitError> {
    let error = std::io::stderr();
    let is_terminal = error.is_terminal();
    // Set where standard error leads to the journal (systemd.exec(5)). It is inherited too where somebody redirected
    // it since, which the numbers in it would tell; a priority in front of a line is no harm there.
    let is_journal = !is_terminal && std::env::var_os("JOURNAL_STREAM").is_some();
    let style = Style {
        is_json: match form {
            Form::Auto => !is_terminal && !is_journal,
            Form::Text => false,
            Form::Json => true,
        },
        is_journal,
        has_colours: is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    };
    // Libraries are asked for more than their worries only where every step is wanted.
    let others = if amount == Amount::Trace { Level::TRACE } else { amount.level().min(Level::WARN) };
    let chosen = Targets::new().with_default(others).with_target("midwatch", amount.level());
    tracing_subscriber::registry().with(Lines::new(style, error).with_filter(chosen)).try_init()
}

/// How a line looks.
#[derive(Clone, Copy, Debug)]
struct Style {
    is_json: bool,
    /// The journal has the time itself, and takes the level as a number in front.
    is_journal: bool,
    has_colours: bool,
}

/// Writes a line for each event.
struct Lines<W> {
    style: Style,
    out: Mutex<W>,
}

impl<W: Write> Lines<W> {
    fn new(style: Style, out: W) -> Lines<W> {
        Lines { style, out: Mutex::new(out) }
    }
}

/// What an event or a span says, cleaned.
#[derive(Default)]
struct Said {
    message: Option<String>,
    /// Names and values; true for a value that is JSON as it is, a number or a boolean.
    fields: Vec<(&'static str, String, bool)>,
}

impl Said {
    fn put(&mut self, field: &Field, value: String, is_plain: bool) {
        let name = field.name();
        if name == "message" {
            self.message = Some(value);
            return;
        }
        let is_secret = SECRET.iter().any(|part| name.to_ascii_lowercase().contains(part));
        let value = if is_secret && !is_plain { HIDDEN.to_owned() } else { value };
        self.fields.retain(|(known, ..)| *known != name);
        self.fields.push((name, value, is_plain));
    }
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Nothing longer is made than is written: a value may be large.
        let mut text = Bounded(String::new());
        let _ = fmt::Write::write_fmt(&mut text, format_args!("{value:?}"));
        self.put(field, clean(&text.0), false);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, clean(value), false);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut text = Bounded(String::new());
        let _ = fmt::Write::write_fmt(&mut text, format_args!("{value}"));
        self.put(field, clean(&text.0), false);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.to_string(), true);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.to_string(), true);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.to_string(), true);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.to_string(), value.is_finite());
    }
}

/// Takes text up to a length, and then ends the writing of it.
struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // One character more than is shown, so that the cut is seen later.
        let room = (MAX_VALUE + 4).saturating_sub(self.0.len());
        self.0.push_str(cut(text, room));
        if text.len() > room { Err(fmt::Error) } else { Ok(()) }
    }
}

/// Text as it may stand in a line of the log: hidden characters escaped, passwords in URLs left out, cut where it is long.
fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len().min(MAX_VALUE));
    let shown = cut(text, MAX_VALUE);
    for (at, piece) in shown.split("://").enumerate() {
        if at > 0 {
            cleaned.push_str("://");
        }
        // Between "://" and the end of the authority (RFC 3986, 3.2), what stands before an '@' is a user and a
        // password.
        let authority = piece.split(['/', '?', '#', ' ', '"', '\'']).next().unwrap_or_default();
        let rest = match (at, authority.rsplit_once('@')) {
            (1.., Some((user, host))) if user.contains(':') => {
                let name = user.split(':').next().unwrap_or_default();
                escape(&mut cleaned, name);
                cleaned.push_str(":***@");
                escape(&mut cleaned, host);
                piece.get(authority.len()..).unwrap_or_default()
            }
            _ => piece,
        };
        escape(&mut cleaned, rest);
    }
    if shown.len() < text.len() {
        cleaned.push('…');
    }
    cleaned
}

/// The beginning of a text, of so many bytes at most.
fn cut(text: &str, at_most: usize) -> &str {
    let mut end = text.len().min(at_most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

fn escape(to: &mut String, text: &str) {
    for c in text.chars() {
        if c == '\n' {
            to.push_str("\\n");
        } else if midwatch_model::is_hidden(c) {
            to.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
        } else {
            to.push(c);
        }
    }
}

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Write + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut said = Said::default();
        attributes.record(&mut said);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(said);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(said) = span.extensions_mut().get_mut::<Said>()
        {
            values.record(said);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut said = Said::default();
        event.record(&mut said);
        // What the spans around it say, the outermost first, unless the event says it itself.
        let mut around: Vec<(&'static str, String, bool)> = Vec::new();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(outer) = span.extensions().get::<Said>() {
                around.retain(|(name, ..)| outer.fields.iter().all(|(inner, ..)| inner != name));
                around.extend(outer.fields.iter().cloned());
            }
        }
        around.retain(|(name, ..)| said.fields.iter().all(|(own, ..)| own != name));
        around.append(&mut said.fields);
        let metadata = event.metadata();
        let now = jiff::Timestamp::now();
        let message = said.message.unwrap_or_default();
        let line = line(self.style, now, *metadata.level(), metadata.target(), &message, &around);
        // One write a line, so that lines of several threads or programs do not mix. A log that cannot be written is no
        // reason to stop watching.
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
    }
}

/// A line with its end.
fn line(
    style: Style,
    now: jiff::Timestamp,
    level: Level,
    target: &str,
    message: &str,
    fields: &[(&'static str, String, bool)],
) -> String {
    let mut line = String::new();
    if style.is_journal {
        line.push_str(priority(level));
    }
    // Milliseconds: enough to put lines of several programs in order.
    let time = format!("{now:.3}");
    if style.is_json {
        // By hand, so that the order is one that people can read too.
        let text = |text: &str| serde_json::Value::from(text).to_string();
        let own = [("time", time.as_str()), ("level", name(level)), ("from", target), ("message", message)];
        for (at, (name, value)) in own.iter().enumerate() {
            line.push_str(&format!("{}\"{name}\":{}", if at > 0 { "," } else { "{" }, text(value)));
        }
        for (name, value, is_plain) in fields {
            // A field cannot pass itself off as one of the line's own.
            let prefix = if own.iter().any(|(own, _)| own == name) { "field_" } else { "" };
            let value = if *is_plain { value.clone() } else { text(value) };
            line.push_str(&format!(",\"{prefix}{name}\":{value}"));
        }
        line.push('}');
    } else {
        if !style.is_journal {
            line.push_str(&time);
            line.push(' ');
        }
        let word = name(level);
        match colour(level) {
            Some(colour) if style.has_colours => {
                line.push_str(&format!("\u{1b}[{colour}m{word:<5}\u{1b}[0m "))
            }
            _ if style.is_journal => {}
            _ => line.push_str(&format!("{word:<5} ")),
        }
        line.push_str(message);
        for (name, value, _) in fields {
            let needs_quotes = value.is_empty() || value.contains([' ', '=', '"']);
            if needs_quotes {
                line.push_str(&format!(" {name}=\"{}\"", value.replace('"', "\\\"")));
            } else {
                line.push_str(&format!(" {name}={value}"));
            }
        }
    }
    line.push('\n');
    line
}

/// The priorities of syslog(3) as sd-daemon(3) puts them in front of a line.
fn priority(level: Level) -> &'static str {
    match level {
        Level::ERROR => "<3>",
        Level::WARN => "<4>",
        Level::INFO => "<6>",
        _ => "<7>",
    }
}

fn name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        _ => "trace",
    }
}

fn colour(level: Level) -> Option<&'static str> {
    match level {
        Level::ERROR => Some("31"),
        Level::WARN => Some("33"),
        Level::INFO => None,
        _ => Some("2"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    const TEXT: Style = Style { is_json: false, is_journal: false, has_colours: false };
    const JOURNAL: Style = Style { is_json: false, is_journal: true, has_colours: false };
    const JSON: Style = Style { is_json: true, is_journal: false, has_colours: false };

    /// What is written while `say` runs.
    fn written(style: Style, say: impl FnOnce()) -> String {
        let buffer = Buffer::default();
        let lines = tracing_subscriber::registry().with(Lines::new(style, buffer.clone()));
        tracing::subscriber::with_default(lines, say);
        let bytes = buffer.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_journal_gets_priorities_and_no_time() {
        let said = written(JOURNAL, || {
            tracing::error!("the store is away");
            tracing::warn!(tries = 3, "again");
            tracing::info!(target = "shop", "looked");
            tracing::debug!("x");
        });
        assert_eq!(said, "<3>the store is away\n<4>again tries=3\n<6>looked target=shop\n<7>x\n");
    }

    #[test]
    fn text_has_the_time_and_the_level() {
        let said = written(TEXT, || tracing::warn!(name = "two words", empty = "", "said"));
        let (time, rest) = said.split_once(' ').unwrap();
        assert!(time.parse::<jiff::Timestamp>().is_ok() && time.ends_with('Z'), "{time}");
        assert_eq!(rest, "warn  said name=\"two words\" empty=\"\"\n");
    }

    #[test]
    fn json_is_an_object_a_line_with_what_spans_say() {
        let said = written(JSON, || {
            let _span =
                tracing::info_span!("look", target = "shop", round = 7, state = tracing::field::Empty);
            let span = tracing::info_span!("look", target = "shop", round = 7, state = tracing::field::Empty);
            span.record("state", "partly");
            let _in = span.enter();
            tracing::info!(round = 8, took = 1.5, late = true, level = "mine", "looked");
        });
        let object: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!(said.matches('\n').count(), 1);
        assert_eq!(object["level"], "info");
        assert_eq!(object["message"], "looked");
        assert_eq!(object["target"], "shop");
        assert_eq!(object["round"], 8);
        assert_eq!(object["took"], 1.5);
        assert_eq!(object["late"], true);
        assert_eq!(object["state"], "partly");
        assert_eq!(object["field_level"], "mine");
        assert!(object["from"].as_str().unwrap().starts_with("midwatch_watch"));
    }

    #[test]
    fn what_a_peer_wrote_stays_in_its_line() {
        let hostile = "x\n<0>forged\r\u{1b}[2J\u{202e}gpj\u{0}";
        for style in [TEXT, JOURNAL, JSON] {
            let said = written(style, || tracing::info!(banner = hostile, "{hostile}"));
            assert_eq!(said.matches('\n').count(), 1, "{said:?}");
            assert!(said.ends_with('\n'));
            assert!(!said.trim_end_matches('\n').chars().any(midwatch_model::is_hidden), "{said:?}");
        }
    }

    #[test]
    fn a_long_value_is_cut_and_an_endless_one_ends() {
        struct Endless;
        impl fmt::Debug for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                loop {
                    f.write_str("é")?;
                }
            }
        }
        let said = written(JOURNAL, || tracing::info!(long = "a".repeat(100_000), endless = ?Endless, "m"));
        assert!(said.len() < 3 * MAX_VALUE, "{}", said.len());
        assert_eq!(said.matches('…').count(), 2);
    }

    #[test]
    fn secrets_are_not_written() {
        let said = written(JSON, || {
            tracing::info!(
                smtp_password = "hunter2",
                session_token = ?"hunter2",
                tokens = 3,
                "connects to postgres://team:hunter2@db/watch?x=1 and https://user@host/ and a@b:c"
            );
        });
        assert!(!said.contains("hunter2"), "{said}");
        assert!(said.contains("postgres://team:***@db/watch?x=1 and https://user@host/ and a@b:c"), "{said}");
        let object: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!(object["smtp_password"], HIDDEN);
        assert_eq!(object["tokens"], 3);
    }

    #[test]
    fn passwords_with_odd_characters_go_too() {
        assert_eq!(clean("http://u:p@ss@h/"), "http://u:***@h/");
        assert_eq!(clean("://"), "://");
        assert_eq!(clean("a://:x@"), "a://:***@");
    }
}
