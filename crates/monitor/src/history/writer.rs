//! Writes an application's event log as events come, in a thread of its own.
//!
//! Lines are flushed whenever the writer has caught up with the bus, so a crash costs what was on its way at most. Secrets do not
//! get into a log. A log that grows is continued in another file, which starts with the lines that say whose it is
//! and what is running, so that older files can be removed.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use firesteel_error::{Result, SparkError};
use firesteel_events::application::ApplicationEvent;
use firesteel_events::{Event, EventBus, Received, Subscription};
use serde_json::{Map, Value, json};

use super::settings::EventLogConfig;
use crate::redaction::Redaction;
use crate::rest::SPARK_VERSION;

/// The most lines that a continued log starts with.
const HEAD_LINES_MAX: usize = 200;

/// Objects in events that hold settings.
const SETTINGS: [&str; 6] = [
    "Spark Properties",
    "Hadoop Properties",
    "System Properties",
    "Metrics Properties",
    "Properties",
    "modifiedConfigs",
];

/// An event log that is being written.
#[derive(Debug)]
pub struct EventLog {
    thread: JoinHandle<()>,
    path: PathBuf,
}

impl EventLog {
    /// Starts to write what `bus` tells from now on, until the application's end.
    ///
    /// # Errors
    /// If the log cannot be made.
    pub fn start(
        config: EventLogConfig,
        application: &str,
        bus: &EventBus,
        settings: &BTreeMap<String, String>,
    ) -> Result<Self> {
        let directory = config.directory.clone();
        let failed =
            |error| SparkError::io(format!("The event log in {} cannot be written", directory.display()), error);
        let mut files = Files::create(config, application).map_err(failed)?;
        let path = files.path.clone();
        let redaction = Redaction::of(settings);
        let events = bus.subscribe();
        let thread = std::thread::Builder::new().name("event-log".into());
        let thread = thread.spawn(move || follow(events, &mut files, &redaction)).map_err(failed)?;
        Ok(Self { thread, path })
    }

    /// Where the log is: a directory, or a file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits until the log is complete. The application's end must have been told.
    pub fn finish(self) {
        if self.thread.join().is_err() {
            tracing::error!("the event log's thread has panicked; the log may be incomplete");
        }
    }
}

fn follow(mut events: Subscription, files: &mut Files, redaction: &Redaction) {
    let written = files.line(&json!({"Event": "SparkListenerLogStart", "Spark Version": SPARK_VERSION}));
    let written = written.and_then(|()| follow_to_the_end(&mut events, files, redaction));
    if let Err(error) = written.and_then(|()| files.end()) {
        tracing::error!("the event log {} is given up: {error}", files.path.display());
    }
}

fn follow_to_the_end(events: &mut Subscription, files: &mut Files, redaction: &Redaction) -> io::Result<()> {
    while let Some(received) = events.next_blocking() {
        let mut is_over = write(&received, files, redaction)?;
        while let Some(received) = events.try_next() {
            is_over |= write(&received, files, redaction)?;
        }
        files.flush()?;
        if is_over {
            return Ok(());
        }
    }
    Ok(())
}

/// Writes what was received; says whether it was the application's end.
fn write(received: &Received, files: &mut Files, redaction: &Redaction) -> io::Result<bool> {
    let event = match received {
        Received::Event(event) => event,
        Received::Lost(count) => {
            files.line(&json!({"Event": "firesteel.EventsLost", "Count": count}))?;
            return Ok(false);
        }
    };
    for mut line in event.log_lines() {
        if line["Event"] != "SparkListenerBlockUpdated" || files.config.block_updates {
            redact(&mut line, redaction);
            files.line(&line)?;
        }
    }
    Ok(matches!(event, Event::Application(event) if matches!(event.as_ref(), ApplicationEvent::End { .. })))
}

/// Hides the secrets among an event's settings.
pub(crate) fn redact(line: &mut Value, redaction: &Redaction) {
    for name in SETTINGS {
        let Some(Value::Object(settings)) = line.get_mut(name) else { continue };
        let hidden: Map<String, Value> = std::mem::take(settings)
            .into_iter()
            .map(|(name, value)| {
                let shown = redaction.value(&name, value.as_str().unwrap_or_default()).to_string();
                (name, Value::from(shown))
            })
            .collect();
        *settings = hidden;
    }
}

/// The file that is written to.
enum Out {
    Plain(BufWriter<File>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
}

impl Out {
    fn create(path: &Path, compress: bool) -> io::Result<Self> {
        // Others of the machine have no business in it, as with Spark's.
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o640).open(path)?;
        let buffer = BufWriter::new(file);
        Ok(if compress { Self::Zstd(zstd::Encoder::new(buffer, 1)?) } else { Self::Plain(buffer) })
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Plain(file) => file,
            Self::Zstd(encoder) => encoder,
        }
    }

    fn close(self) -> io::Result<()> {
        match self {
            Self::Plain(mut file) => file.flush(),
            Self::Zstd(encoder) => encoder.finish()?.flush(),
        }
    }
}

/// A log's files.
struct Files {
    config: EventLogConfig,
    application: String,
    path: PathBuf,
    number: u64,
    out: Option<Out>,
    bytes: u64,
    /// The lines that a continued log starts with: whose it is, and queries that run.
    head: VecDeque<(HeadKind, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum HeadKind {
    Application(String),
    Query(String),
}

impl Files {
    fn create(config: EventLogConfig, application: &str) -> io::Result<Self> {
        fs::create_dir_all(&config.directory)?;
        let suffix = if config.compress { ".zstd" } else { "" };
        let path = match config.roll_at_bytes {
            Some(_) => config.directory.join(format!("eventlog_v2_{application}")),
            None => config.directory.join(format!("{application}{suffix}.inprogress")),
        };
        let mut files = Self {
            config,
            application: application.to_string(),
            path,
            number: 0,
            out: None,
            bytes: 0,
            head: VecDeque::new(),
        };
        if files.config.roll_at_bytes.is_some() {
            fs::create_dir_all(&files.path)?;
            File::create(files.status("appstatus", ".inprogress"))?;
        }
        files.next_file()?;
        Ok(files)
    }

    fn status(&self, kind: &str, ending: &str) -> PathBuf {
        self.path.join(format!("{kind}_{}{ending}", self.application))
    }

    fn events(&self, number: u64) -> PathBuf {
        let suffix = if self.config.compress { ".zstd" } else { "" };
        match self.config.roll_at_bytes {
            Some(_) => self.path.join(format!("events_{number}_{}{suffix}", self.application)),
            None => self.path.clone(),
        }
    }

    fn next_file(&mut self) -> io::Result<()> {
        if let Some(out) = self.out.take() {
            out.close()?;
        }
        self.number += 1;
        self.bytes = 0;
        self.out = Some(Out::create(&self.events(self.number), self.config.compress)?);
        let head: Vec<String> = self.head.iter().map(|(_, line)| line.clone()).collect();
        for line in head {
            self.text(&line)?;
        }
        let kept = u64::try_from(self.config.files_max).unwrap_or(u64::MAX);
        if self.number > kept {
            fs::remove_file(self.events(self.number - kept))?;
        }
        Ok(())
    }

    fn line(&mut self, line: &Value) -> io::Result<()> {
        let text = line.to_string();
        self.remember(line, &text);
        if self.config.roll_at_bytes.is_some_and(|bytes| self.bytes >= bytes) {
            self.next_file()?;
        }
        self.text(&text)
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        let Some(out) = &mut self.out else { return Ok(()) };
        self.bytes += text.len() as u64 + 1;
        out.writer().write_all(text.as_bytes())?;
        out.writer().write_all(b"\n")
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.as_mut().map_or(Ok(()), |out| out.writer().flush())
    }

    /// Keeps a line that a continued log has to start with.
    fn remember(&mut self, line: &Value, text: &str) {
        let name = line["Event"].as_str().unwrap_or_default();
        let of_run = || line["runId"].as_str().unwrap_or_default().to_string();
        let kind = match name.rsplit(['.', '$']).next().unwrap_or_default() {
            "SparkListenerLogStart"
            | "SparkListenerApplicationStart"
            | "SparkListenerEnvironmentUpdate"
            | "SparkListenerExecutorAdded"
            | "SparkListenerBlockManagerAdded" => HeadKind::Application(name.to_string()),
            "QueryStartedEvent" => HeadKind::Query(of_run()),
            "QueryTerminatedEvent" => {
                let ended = HeadKind::Query(of_run());
                self.head.retain(|(kind, _)| *kind != ended);
                return;
            }
            _ => return,
        };
        self.head.retain(|(known, _)| *known != kind);
        if self.head.len() < HEAD_LINES_MAX {
            self.head.push_back((kind, text.to_string()));
        }
    }

    /// Marks the log as that of an application that has ended.
    fn end(&mut self) -> io::Result<()> {
        if let Some(out) = self.out.take() {
            out.close()?;
        }
        if self.config.roll_at_bytes.is_some() {
            return fs::rename(self.status("appstatus", ".inprogress"), self.status("appstatus", ""));
        }
        let ended = self.path.with_extension("");
        fs::rename(&self.path, &ended)?;
        self.path = ended;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn files(directory: &Path, roll_at_bytes: Option<u64>, files_max: usize) -> Files {
        let directory = directory.to_path_buf();
        let config = EventLogConfig { directory, compress: false, roll_at_bytes, files_max, block_updates: false };
        Files::create(config, "local-1").unwrap()
    }

    #[test]
    fn a_continued_log_says_again_whose_it_is_and_old_files_go() {
        let directory = tempfile::tempdir().unwrap();
        let mut files = files(directory.path(), Some(200), 2);
        files.line(&json!({"Event": "SparkListenerApplicationStart", "App ID": "local-1"})).unwrap();
        for job in 0..20 {
            files.line(&json!({"Event": "SparkListenerJobStart", "Job ID": job})).unwrap();
        }
        files.end().unwrap();
        let log = directory.path().join("eventlog_v2_local-1");
        let mut names: Vec<_> =
            fs::read_dir(&log).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names.len(), 3, "{names:?}");
        assert_eq!(names[0], "appstatus_local-1");
        let newest = fs::read_to_string(log.join(&names[2])).unwrap();
        let first: Value = serde_json::from_str(newest.lines().next().unwrap()).unwrap();
        assert_eq!(first["App ID"], "local-1", "{newest}");
    }

    #[test]
    fn secrets_do_not_get_into_a_log() {
        let mut line = json!({
            "Spark Properties": {"spark.a.password": "x", "spark.b": "y"},
            "Properties": {"my.token": "z"},
            "Metrics Properties": {"*.sink.otlp.headers": "authorization=Basic eDp5"},
        });
        redact(&mut line, &Redaction::of(&BTreeMap::new()));
        assert_eq!(line["Spark Properties"], json!({"spark.a.password": crate::redaction::REDACTED, "spark.b": "y"}));
        assert_eq!(line["Properties"]["my.token"], crate::redaction::REDACTED);
        assert_eq!(line["Metrics Properties"]["*.sink.otlp.headers"], crate::redaction::REDACTED);
    }
}
