//! Progress on standard error, on a terminal only.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use midwatch_probe::progress::Progress;

/// A line for each target that is being audited.
#[derive(Debug)]
pub struct Lines {
    all: MultiProgress,
}

impl Lines {
    /// Lines that are drawn, unless `quiet` or standard error is no terminal.
    pub fn new(quiet: bool) -> Self {
        let target = if quiet || !std::io::stderr().is_terminal() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr_with_hz(10)
        };
        Lines { all: MultiProgress::with_draw_target(target) }
    }

    /// A line for one target.
    pub fn line(&self, name: &str) -> Line {
        let bar = self.all.add(ProgressBar::new_spinner());
        bar.set_style(style(false));
        bar.set_prefix(name.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        Line { bar }
    }
}

fn style(bounded: bool) -> ProgressStyle {
    let template = if bounded {
        "{spinner} {prefix} {bar:20} {pos}/{len} {wide_msg}"
    } else {
        "{spinner} {prefix} {wide_msg}"
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// The line of one target; it goes when it is dropped.
#[derive(Debug)]
pub struct Line {
    bar: ProgressBar,
}

impl Progress for Line {
    fn stage(&self, name: &str, total: Option<u64>) {
        self.length(total);
        self.bar.set_message(name.to_owned());
    }

    fn step(&self, done: u64, total: Option<u64>, what: &str) {
        self.length(total);
        self.bar.set_position(done);
        self.bar.set_message(what.to_owned());
    }
}

impl Line {
    fn length(&self, total: Option<u64>) {
        if let Some(total) = total {
            if self.bar.length().is_none() {
                self.bar.set_style(style(true));
            }
            self.bar.set_length(total);
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
