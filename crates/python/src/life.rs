//! What is known of a worker process from outside: its pid, its last lines of output, and how it ended.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, PipeReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

const TAIL_LINES_MAX: usize = 40;
const LINE_BYTES_MAX: usize = 2000;
/// How long an error waits for the exit status and the last output of a worker whose socket has closed.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// The outside of a process.
#[derive(Debug, Default)]
pub(crate) struct Life {
    facts: Mutex<Facts>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Facts {
    pid: Option<u32>,
    has_ended: bool,
    status: Option<ExitStatus>,
    output_closed: bool,
    tail: VecDeque<String>,
}

impl Life {
    pub(crate) fn started(&self, pid: u32) {
        self.facts.lock().pid = Some(pid);
    }

    /// The process has ended, with the status of `waitpid` if that is known.
    pub(crate) fn ended(&self, status: Option<i32>) {
        let mut facts = self.facts.lock();
        facts.has_ended = true;
        facts.status = status.map(ExitStatus::from_raw);
        self.changed.notify_all();
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.facts.lock().has_ended
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        self.facts.lock().pid
    }

    /// The last output, once the process has ended and closed its output (or after a patient wait).
    pub(crate) fn tail_when_ended(&self) -> String {
        let mut facts = self.facts.lock();
        self.changed.wait_while_for(&mut facts, |facts| !(facts.has_ended && facts.output_closed), LAST_WORDS);
        facts.tail.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
    }

    /// How the process ended, in words: `exit status 7`, `signal 9 (SIGKILL)`.
    pub(crate) fn how_it_ended(&self) -> String {
        let facts = self.facts.lock();
        let Some(status) = facts.status else {
            return "its end unexplained".into();
        };
        match (status.code(), status.signal()) {
            (Some(code), _) => format!("exit status {code}"),
            (_, Some(signal)) => {
                let name = nix::sys::signal::Signal::try_from(signal).map_or("unknown", |signal| signal.as_str());
                format!("signal {signal} ({name})")
            }
            _ => status.to_string(),
        }
    }

    fn line(&self, line: String) {
        let mut facts = self.facts.lock();
        if facts.tail.len() == TAIL_LINES_MAX {
            facts.tail.pop_front();
        }
        facts.tail.push_back(line);
    }

    fn output_closed(&self) {
        self.facts.lock().output_closed = true;
        self.changed.notify_all();
    }
}

/// Copies a process's output to our standard error, each line with the pid before it, and remembers the last lines.
pub(crate) fn forward_output(output: PipeReader, life: Arc<Life>) {
    let copy = life.clone();
    let spawned = std::thread::Builder::new().name("python-output".into()).spawn(move || {
        let mut lines = BufReader::new(output);
        let mut line = Vec::new();
        while matches!(lines.read_until(b'\n', &mut line), Ok(count) if count > 0) {
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end_matches(['\n', '\r']);
            let mut stderr = std::io::stderr().lock();
            let _ = match copy.pid() {
                Some(pid) => writeln!(stderr, "[python {pid}] {text}"),
                None => writeln!(stderr, "[python] {text}"),
            };
            drop(stderr);
            copy.line(text.chars().take(LINE_BYTES_MAX).collect());
            line.clear();
        }
        copy.output_closed();
    });
    if spawned.is_err() {
        life.output_closed();
    }
}
