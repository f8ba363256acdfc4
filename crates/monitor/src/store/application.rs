//! The application: its name, times, settings, executors and Python workers.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fields::Fields;
use super::stage::TaskEnding;
use super::task::Task;
use crate::redaction::Redaction;

/// The application.
#[derive(Debug, Clone, Default)]
pub struct Application {
    /// `local-1700000000000`.
    pub id: String,
    /// The user's name for it.
    pub name: String,
    /// Who ran it.
    pub user: String,
    /// The version of Spark whose log it is.
    pub spark_version: String,
    /// When it started.
    pub start_ms: i64,
    /// When it ended.
    pub end_ms: Option<i64>,
    /// When it last said something.
    pub updated_ms: i64,
    /// Its settings and software.
    pub environment: Environment,
    /// Its executors, by id.
    pub executors: BTreeMap<String, Executor>,
    /// Its Python workers, by process id.
    pub workers: BTreeMap<i64, Worker>,
}

/// Settings and software, without secrets: what is secret is not kept.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// About the runtime: Java's and Scala's version in Spark.
    pub runtime: BTreeMap<String, String>,
    /// Spark's settings.
    pub spark: BTreeMap<String, String>,
    /// Hadoop's settings.
    pub hadoop: BTreeMap<String, String>,
    /// Facts about the process.
    pub system: BTreeMap<String, String>,
    /// The metrics system's settings.
    pub metrics: BTreeMap<String, String>,
    /// The class path.
    pub classpath: BTreeMap<String, String>,
}

/// An executor.
#[derive(Debug, Clone, Default)]
pub struct Executor {
    /// Where it listens.
    pub host_port: String,
    /// When it came.
    pub add_ms: i64,
    /// When it went, and why.
    pub removed: Option<(i64, String)>,
    /// How many tasks run at a time.
    pub cores: i64,
    /// Memory for execution and storage.
    pub memory_bytes: i64,
    /// Tasks that run.
    pub active: i64,
    /// Tasks that ended well.
    pub completed: i64,
    /// Attempts that failed.
    pub failed: i64,
    /// Attempts that were killed.
    pub killed: i64,
    /// The time its tasks took.
    pub task_time_ms: i64,
    /// The time its tasks collected garbage.
    pub gc_time_ms: i64,
    /// Bytes its tasks read.
    pub input_bytes: i64,
    /// Bytes its tasks read from shuffles.
    pub shuffle_read_bytes: i64,
    /// Bytes its tasks wrote to shuffles.
    pub shuffle_write_bytes: i64,
    /// The last measurement of the process, under Spark's names.
    pub metrics: BTreeMap<String, i64>,
    /// The largest value of each measurement.
    pub peaks: BTreeMap<String, i64>,
}

/// A Python worker.
#[derive(Debug, Clone, Default)]
pub struct Worker {
    /// When it started.
    pub start_ms: i64,
    /// Its interpreter.
    pub python: String,
    /// When it ended, and why.
    pub ended: Option<(i64, String)>,
}

impl Application {
    pub(super) fn start(&mut self, event: &Value) {
        self.id = event.text("App ID");
        self.name = event.text("App Name");
        self.user = event.text("User");
        self.start_ms = event.int("Timestamp");
    }

    pub(super) fn worker_started(&mut self, event: &Value, kept: usize) {
        let worker = Worker { start_ms: event.int("Timestamp"), python: event.text("Python"), ended: None };
        self.workers.insert(event.int("Process ID"), worker);
        while self.workers.len() > kept {
            let ended = self.workers.iter().find(|(_, worker)| worker.ended.is_some()).map(|(pid, _)| *pid);
            let first = ended.or_else(|| self.workers.keys().next().copied());
            first.map(|pid| self.workers.remove(&pid));
        }
    }

    pub(super) fn worker_ended(&mut self, event: &Value) {
        if let Some(worker) = self.workers.get_mut(&event.int("Process ID")) {
            worker.ended = Some((event.int("Timestamp"), event.text("Reason")));
        }
    }

    pub(super) fn environment(&mut self, event: &Value) {
        let read = |name: &str| -> BTreeMap<String, String> {
            event.members(name).map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().into())).collect()
        };
        let spark = read("Spark Properties");
        let redaction = Redaction::of(&spark);
        self.environment = Environment {
            runtime: read("JVM Information"),
            spark: redaction.all(&spark),
            hadoop: redaction.all(&read("Hadoop Properties")),
            system: redaction.all(&read("System Properties")),
            metrics: redaction.all(&read("Metrics Properties")),
            classpath: read("Classpath Entries"),
        };
    }

    pub(super) fn executor_added(&mut self, event: &Value) {
        let info = event.field("Executor Info");
        let executor = self.executor(&event.text("Executor ID"));
        executor.add_ms = event.int("Timestamp");
        executor.cores = info.int("Total Cores");
        if executor.host_port.is_empty() {
            executor.host_port = info.text("Host");
        }
    }

    pub(super) fn executor_removed(&mut self, event: &Value) {
        let removed = (event.int("Timestamp"), event.text("Removed Reason"));
        self.executor(&event.text("Executor ID")).removed = Some(removed);
    }

    pub(super) fn block_manager_added(&mut self, event: &Value) {
        let id = event.field("Block Manager ID");
        let executor = self.executor(&id.text("Executor ID"));
        executor.host_port = format!("{}:{}", id.text("Host"), id.int("Port"));
        executor.memory_bytes = event.int("Maximum Memory");
    }

    /// Reads measurements of an executor's process, by Spark's names.
    pub(super) fn measured(&mut self, executor: &str, measurements: &Value) {
        let executor = self.executor(executor);
        for (name, value) in measurements.as_object().into_iter().flatten() {
            let value = value.as_i64().unwrap_or_default();
            executor.metrics.insert(name.clone(), value);
            let peak = executor.peaks.entry(name.clone()).or_default();
            *peak = (*peak).max(value);
        }
    }

    pub(super) fn task_started(&mut self, executor: &str) {
        self.executor(executor).active += 1;
    }

    pub(super) fn task_ended(&mut self, task: &Task, ending: &TaskEnding) {
        let executor = self.executor(&task.executor);
        executor.active = (executor.active - 1).max(0);
        executor.task_time_ms += task.duration_ms(task.launch_ms);
        match ending {
            TaskEnding::Success => executor.completed += 1,
            TaskEnding::Killed(_) => executor.killed += 1,
            TaskEnding::Failed(_) => executor.failed += 1,
            TaskEnding::Resubmitted => {}
        }
        if let Some(metrics) = &task.metrics {
            executor.gc_time_ms += metrics.stage("jvmGcTime");
            executor.input_bytes += metrics.stage("inputBytes");
            executor.shuffle_read_bytes +=
                metrics.stage("shuffleLocalBytesRead") + metrics.stage("shuffleRemoteBytesRead");
            executor.shuffle_write_bytes += metrics.stage("shuffleWriteBytes");
        }
    }

    fn executor(&mut self, id: &str) -> &mut Executor {
        self.executors.entry(id.to_string()).or_default()
    }

    /// How long it has run, or ran.
    pub fn duration_ms(&self, now_ms: i64) -> i64 {
        (self.end_ms.unwrap_or(now_ms) - self.start_ms).max(0)
    }
}
