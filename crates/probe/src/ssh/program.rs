//! A program whose input and output are the connection: what ProxyCommand and ProxyJump of ssh_config(5) are.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use midwatch_model::{Host, Reason, ReasonKind, lossless};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::process::{Child, ChildStderr, Command};
use tokio::task::JoinHandle;

use super::jump::Jump;

/// Bytes of the program's own words that are kept: the last ones say why it ended.
const MAX_WORDS: usize = 2048;

/// How long its last words are waited for once its output has ended.
const PATIENCE: Duration = Duration::from_millis(500);

/// A program and its arguments.
#[derive(Clone, Debug)]
pub struct Program {
    /// What the way is called in a report: `jump.example`.
    pub(super) shown: String,
    /// The program, then its arguments.
    command: Vec<OsString>,
    /// The login that its connections share, which ends with the last of them.
    _login: Option<Arc<Jump>>,
}

/// A program that runs. It is killed when this is dropped.
pub(super) struct Running {
    _child: Child,
    words: Arc<Mutex<Vec<u8>>>,
    listening: Option<JoinHandle<()>>,
}

/// What bytes go over.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Program {
    /// Over these hosts, in the order in which they are met, each as `ssh -J` takes it, to `host` and `port`. This user's
    /// own `ssh` logs in there, with the configuration `config` where one is named, and asks nothing of anybody
    /// (BatchMode).
    ///
    /// # Errors
    /// A [`Reason`] where no host is named, or no directory can be made for the shared connection.
    pub fn jump(hops: Vec<String>, config: Option<&Path>, host: &Host, port: u16) -> Result<Program, Reason> {
        let shown = hops.join(", ");
        let jump = Jump::over(hops, config)?;
        Ok(Program { shown, command: jump.to(host, port)?, _login: Some(Arc::new(jump)) })
    }

    /// A command as ProxyCommand has it, its tokens expanded: the user's shell runs it, as ssh has it done.
    pub fn shell(command: &str) -> Program {
        let shell = std::env::var_os("SHELL").unwrap_or_else(|| "/bin/sh".into());
        let command = vec![shell, "-c".into(), format!("exec {command}").into()];
        Program { shown: "ProxyCommand".into(), command, _login: None }
    }

    /// Starts it.
    pub(super) fn start(&self) -> Result<(Box<dyn Stream>, Running), Reason> {
        let failed = |detail: String| Reason::new(ReasonKind::Other, detail);
        let (program, arguments) =
            self.command.split_first().ok_or_else(|| failed("no program is named".into()))?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| {
                failed(format!("{} could not be started: {error}", lossless(program.as_encoded_bytes())))
            })?;
        let (Some(output), Some(input)) = (child.stdout.take(), child.stdin.take()) else {
            return Err(failed("the program has no input and output".into()));
        };
        let words = Arc::default();
        let errors = child.stderr.take();
        let listening = errors.map(|errors| tokio::spawn(listen(errors, Arc::clone(&words))));
        Ok((Box::new(tokio::io::join(output, input)), Running { _child: child, words, listening }))
    }
}

impl Running {
    /// The last line that the program said, where it said something. Its output may end a moment before its words do.
    pub(super) async fn last_words(&mut self) -> Option<String> {
        if let Some(listening) = self.listening.take() {
            let _ = tokio::time::timeout(PATIENCE, listening).await;
        }
        let words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        let line =
            words.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).rfind(|line| !line.is_empty())?;
        Some(lossless(line))
    }
}

/// Keeps the last words. Whoever says more without an end is read to no purpose, and killed with the connection.
async fn listen(mut errors: ChildStderr, words: Arc<Mutex<Vec<u8>>>) {
    let mut buffer = [0; 1024];
    while let Ok(count @ 1..) = errors.read(&mut buffer).await {
        let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
        words.extend_from_slice(buffer.get(..count).unwrap_or_default());
        let extra = words.len().saturating_sub(MAX_WORDS);
        words.drain(..extra);
    }
}
