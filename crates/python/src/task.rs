//! What a worker is told before the data: which task this is, with which files, broadcasts and settings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::json;

use crate::eval_kind::EvalKind;
use crate::wire::WireWriter;

/// What `TaskContext.get()` shows inside a Python function.
#[derive(Debug, Clone, Default)]
pub struct TaskContext {
    /// The stage.
    pub stage_id: i32,
    /// The partition that the task computes.
    pub partition_id: i32,
    /// The number that the function is told, where that is another: it runs on a part of a union, say.
    pub split: Option<i32>,
    /// How often this task was tried before.
    pub attempt_number: i32,
    /// The id of this attempt, unique in the application.
    pub task_attempt_id: i64,
    /// How many processors it may use; 0 is what a task has unless something else is set, one.
    pub cpus: i32,
    /// The Unix socket at which a barrier task's function meets the others of its stage.
    pub barrier: Option<PathBuf>,
    /// Local properties of the thread that started the job.
    pub local_properties: BTreeMap<String, String>,
}

impl TaskContext {
    fn to_json(&self) -> String {
        json!({
            "isBarrier": self.barrier.is_some(),
            "connInfo": self.barrier,
            "secret": null,
            "stageId": self.stage_id,
            "partitionId": self.partition_id,
            "attemptNumber": self.attempt_number,
            "taskAttemptId": self.task_attempt_id,
            "cpus": self.cpus.max(1),
            "resources": {},
            "localProperties": self.local_properties,
        })
        .to_string()
    }
}

/// A broadcast variable: a worker maps the file when the function first uses the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BroadcastFile {
    /// Its id.
    pub id: i64,
    /// The file with its pickled value.
    pub path: PathBuf,
}

/// What belongs to a session or a job rather than to one task: it decides which workers fit.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkerEnvironment {
    /// Environment variables of the worker; an empty value removes a variable.
    pub variables: BTreeMap<String, String>,
    /// The directory of added files (`SparkFiles.getRootDirectory`), which is also importable.
    pub files_directory: String,
    /// Added packages (`.zip`, `.egg`, `.py`), by their names in the directory.
    pub includes: Vec<String>,
    /// Whether a crash tells where Python was.
    pub faulthandler: bool,
}

/// What a worker reports when a task has ended well.
#[derive(Debug, Clone, Default)]
pub struct TaskReport {
    /// Pickled pairs of accumulator id and update; ids under 0 are the UDF profilers'.
    pub accumulators: Vec<Bytes>,
    /// Milliseconds since the epoch when the task reached the worker.
    pub boot_ms: i64,
    /// Milliseconds since the epoch when its functions were loaded.
    pub init_ms: i64,
    /// Milliseconds since the epoch when it had ended.
    pub finish_ms: i64,
    /// Milliseconds spent on data.
    pub processing_ms: i64,
    /// Bytes that Python's own aggregation held in memory when it spilled.
    pub memory_bytes_spilled: i64,
    /// Bytes that it wrote to disk.
    pub disk_bytes_spilled: i64,
}

/// Called with the report of each task that ended well, before its last batch has been taken.
pub type OnReport = Arc<dyn Fn(TaskReport) + Send + Sync>;

/// All that a worker reads before the functions.
#[derive(Debug, Clone)]
pub(crate) struct TaskHeader<'a> {
    pub(crate) context: &'a TaskContext,
    pub(crate) python_version: &'a str,
    pub(crate) environment: &'a WorkerEnvironment,
    pub(crate) broadcasts: &'a [BroadcastFile],
    pub(crate) eval_kind: EvalKind,
    pub(crate) runner_conf: &'a [(String, String)],
    pub(crate) eval_conf: &'a [(String, String)],
}

impl TaskHeader<'_> {
    /// Encodes the header for a worker that `knows` broadcasts already, of which `forgotten` ones are to be dropped.
    pub(crate) fn encode(&self, knows: &mut BTreeSet<i64>, forgotten: &BTreeSet<i64>) -> Vec<u8> {
        let mut out = WireWriter::default();
        out.int(self.context.split.unwrap_or(self.context.partition_id));
        out.text(self.python_version);
        out.text(&self.context.to_json());
        out.text(&self.environment.files_directory);
        out.count(self.environment.includes.len());
        for include in &self.environment.includes {
            out.text(include);
        }
        self.write_broadcasts(&mut out, knows, forgotten);
        out.int(self.eval_kind.number());
        for conf in [self.runner_conf, self.eval_conf] {
            out.count(conf.len());
            for (key, value) in conf {
                out.text(key);
                out.text(value);
            }
        }
        out.into_bytes()
    }

    fn write_broadcasts(&self, out: &mut WireWriter, knows: &mut BTreeSet<i64>, forgotten: &BTreeSet<i64>) {
        let needed: BTreeSet<i64> = self.broadcasts.iter().map(|broadcast| broadcast.id).collect();
        let dropped: Vec<i64> =
            knows.iter().copied().filter(|id| forgotten.contains(id) && !needed.contains(id)).collect();
        let new: Vec<_> = self.broadcasts.iter().filter(|broadcast| !knows.contains(&broadcast.id)).collect();
        // No decryption server: the files lie in a directory that only this user can read.
        out.bool(false);
        out.count(dropped.len() + new.len());
        for id in dropped {
            out.long(-id - 1);
            knows.remove(&id);
        }
        for broadcast in new {
            out.long(broadcast.id);
            out.text(&broadcast.path.to_string_lossy());
            knows.insert(broadcast.id);
        }
    }
}
