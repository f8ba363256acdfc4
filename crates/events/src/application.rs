//! Events of the application itself: its start and end, its settings, its executor and its Python workers.
//!
//! There is one executor, `driver`, as in a local Spark. The JSON is that of Spark's event log; what Spark has no event for
//! (a Python worker) has a name under `firesteel.`, which Spark's history server skips.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::job::PORT_MIN;

/// The id of the one executor.
pub const EXECUTOR: &str = "driver";

/// An event of the application.
#[derive(Debug, Clone, PartialEq)]
pub enum ApplicationEvent {
    /// It has started.
    Start(ApplicationStart),
    /// Its settings are known.
    Environment(Environment),
    /// The executor is ready.
    ExecutorAdded(ExecutorAdded),
    /// What the process uses was measured.
    ExecutorMetrics(ExecutorMetrics),
    /// A Python worker process has started.
    WorkerStarted(WorkerStarted),
    /// A Python worker process has ended.
    WorkerEnded(WorkerEnded),
    /// It has ended.
    End {
        /// When, in milliseconds since 1970.
        time_ms: i64,
    },
}

/// The application has started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationStart {
    /// `local-1700000000000`.
    pub id: String,
    /// The user's name for it.
    pub name: String,
    /// When, in milliseconds since 1970.
    pub time_ms: i64,
    /// Who runs it.
    pub user: String,
}

/// The settings and the software of an application. Secrets are redacted by whoever shows or stores it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Environment {
    /// Spark's settings.
    pub spark_properties: BTreeMap<String, String>,
    /// Facts about the process, such as the Python interpreter and the working directory.
    pub system_properties: BTreeMap<String, String>,
    /// What `metrics.properties` became.
    pub metrics_properties: BTreeMap<String, String>,
}

/// The executor is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutorAdded {
    /// When, in milliseconds since 1970.
    pub time_ms: i64,
    /// The machine's name or address.
    pub host: String,
    /// The port it is reached at; 0 if there is none, as at a Unix socket.
    pub port: u16,
    /// How many tasks run at a time.
    pub cores: usize,
    /// The memory for execution and storage, in bytes.
    pub memory_bytes: u64,
}

/// What the engine's process and its Python workers use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExecutorMetrics {
    /// When, in milliseconds since 1970.
    pub time_ms: i64,
    /// The memory that the process has written to and that is no file's, which stands where Spark has the Java heap.
    pub heap_bytes: u64,
    /// Memory that running operators hold.
    pub execution_bytes: u64,
    /// Memory that cached data holds.
    pub storage_bytes: u64,
    /// The process's resident memory.
    pub resident_bytes: u64,
    /// The process's virtual memory.
    pub virtual_bytes: u64,
    /// The Python workers' resident memory.
    pub python_resident_bytes: u64,
    /// The Python workers' virtual memory.
    pub python_virtual_bytes: u64,
}

/// A Python worker has started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerStarted {
    /// Its process id.
    pub pid: u32,
    /// When, in milliseconds since 1970.
    pub time_ms: i64,
    /// The interpreter.
    pub python: String,
}

/// A Python worker has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerEnded {
    /// Its process id.
    pub pid: u32,
    /// When, in milliseconds since 1970.
    pub time_ms: i64,
    /// Why.
    pub reason: String,
}

impl ApplicationEvent {
    /// The event's JSON in Spark's event log; Spark has two for an executor that is added.
    pub fn json(&self) -> Vec<Value> {
        match self {
            Self::Start(event) => vec![json!({
                "Event": "SparkListenerApplicationStart",
                "App Name": event.name, "App ID": event.id, "Timestamp": event.time_ms, "User": event.user,
            })],
            Self::Environment(event) => vec![event.json()],
            Self::ExecutorAdded(event) => event.json(),
            Self::ExecutorMetrics(event) => vec![event.json()],
            Self::WorkerStarted(event) => vec![json!({
                "Event": "firesteel.PythonWorkerStarted",
                "Timestamp": event.time_ms, "Process ID": event.pid, "Python": event.python,
            })],
            Self::WorkerEnded(event) => vec![json!({
                "Event": "firesteel.PythonWorkerEnded",
                "Timestamp": event.time_ms, "Process ID": event.pid, "Reason": event.reason,
            })],
            Self::End { time_ms } => vec![json!({"Event": "SparkListenerApplicationEnd", "Timestamp": time_ms})],
        }
    }
}

impl Environment {
    fn json(&self) -> Value {
        json!({
            "Event": "SparkListenerEnvironmentUpdate",
            "JVM Information": {"Java Home": "", "Java Version": "none", "Scala Version": "none"},
            "Spark Properties": self.spark_properties,
            "Hadoop Properties": {},
            "System Properties": self.system_properties,
            "Metrics Properties": self.metrics_properties,
            "Classpath Entries": {},
        })
    }
}

impl ExecutorAdded {
    fn json(&self) -> Vec<Value> {
        let info = json!({
            "Host": self.host, "Total Cores": self.cores, "Log Urls": {}, "Attributes": {}, "Resources": {},
            "Resource Profile Id": 0,
        });
        vec![
            json!({
                "Event": "SparkListenerExecutorAdded",
                "Timestamp": self.time_ms, "Executor ID": EXECUTOR, "Executor Info": info,
            }),
            json!({
                "Event": "SparkListenerBlockManagerAdded",
                "Block Manager ID": {"Executor ID": EXECUTOR, "Host": self.host, "Port": self.port.max(PORT_MIN)},
                "Maximum Memory": self.memory_bytes, "Timestamp": self.time_ms,
                "Maximum Onheap Memory": self.memory_bytes, "Maximum Offheap Memory": 0,
            }),
        ]
    }
}

impl ExecutorMetrics {
    /// Spark's names of the measurements, with their values. What only a JVM has is 0.
    pub fn named(&self) -> Map<String, Value> {
        let unified = self.execution_bytes + self.storage_bytes;
        let measured = [
            ("JVMHeapMemory", self.heap_bytes),
            ("JVMOffHeapMemory", 0),
            ("OnHeapExecutionMemory", self.execution_bytes),
            ("OffHeapExecutionMemory", 0),
            ("OnHeapStorageMemory", self.storage_bytes),
            ("OffHeapStorageMemory", 0),
            ("OnHeapUnifiedMemory", unified),
            ("OffHeapUnifiedMemory", 0),
            ("DirectPoolMemory", 0),
            ("MappedPoolMemory", 0),
            ("ProcessTreeJVMVMemory", self.virtual_bytes),
            ("ProcessTreeJVMRSSMemory", self.resident_bytes),
            ("ProcessTreePythonVMemory", self.python_virtual_bytes),
            ("ProcessTreePythonRSSMemory", self.python_resident_bytes),
            ("ProcessTreeOtherVMemory", 0),
            ("ProcessTreeOtherRSSMemory", 0),
            ("MinorGCCount", 0),
            ("MinorGCTime", 0),
            ("MajorGCCount", 0),
            ("MajorGCTime", 0),
            ("TotalGCTime", 0),
            ("ConcurrentGCCount", 0),
            ("ConcurrentGCTime", 0),
        ];
        measured.into_iter().map(|(name, value)| (name.to_string(), value.into())).collect()
    }

    fn json(&self) -> Value {
        json!({
            "Event": "SparkListenerExecutorMetricsUpdate",
            "Executor ID": EXECUTOR,
            "Metrics Updated": [],
            "Executor Metrics Updated": [{"Stage ID": -1, "Stage Attempt ID": -1, "Executor Metrics": self.named()}],
            "Timestamp": self.time_ms,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_executor_is_two_events_in_sparks_log() {
        let event = ExecutorAdded { time_ms: 5, host: "here".into(), port: 1, cores: 2, memory_bytes: 9 };
        let json = ApplicationEvent::ExecutorAdded(event).json();
        assert_eq!(json[0]["Executor Info"]["Total Cores"], 2);
        assert_eq!(json[1]["Maximum Memory"], 9);
        let event = ExecutorAdded { time_ms: 5, host: "here".into(), port: 0, cores: 2, memory_bytes: 9 };
        let json = ApplicationEvent::ExecutorAdded(event).json();
        assert_eq!(json[1]["Block Manager ID"]["Port"], 1, "Spark's history server shows nothing of a log with port 0");
    }

    #[test]
    fn all_of_sparks_executor_metrics_are_there() {
        let metrics = ExecutorMetrics { execution_bytes: 1, storage_bytes: 2, ..ExecutorMetrics::default() };
        let json = ApplicationEvent::ExecutorMetrics(metrics).json();
        let named = &json[0]["Executor Metrics Updated"][0]["Executor Metrics"];
        assert_eq!(named["OnHeapUnifiedMemory"], 3);
        assert_eq!(named.as_object().map(Map::len), Some(23));
    }
}
