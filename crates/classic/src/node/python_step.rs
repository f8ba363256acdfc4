//! A function in a Python worker: one call of a worker for each task, however many steps Python has fused into it.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use firesteel_error::{Result, SparkError};
use firesteel_python::{RddTask, TaskContext as WorkerTask, TaskSpec};
use firesteel_rdd::{Dependency, OnCancel, PartitionerRef, Rdd, RddNode, Records, TaskContext};
use serde::Deserialize;

use crate::barrier_socket::BarrierSocket;
use crate::batch::Batch;
use crate::broadcast::Broadcasts;
use crate::context::Context;
use crate::host::HostSession;

#[derive(Debug, Deserialize)]
pub(crate) struct Pipelined {
    #[serde(default)]
    broadcasts: Vec<i64>,
    python_version: String,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    #[serde(default)]
    preserves_partitioning: bool,
    #[serde(default)]
    barrier: bool,
}

struct PythonStep {
    parent: Rdd<Batch>,
    command: Bytes,
    described: Pipelined,
    session: Arc<dyn HostSession>,
    all_broadcasts: Arc<Broadcasts>,
}

impl Pipelined {
    pub(super) fn rdd(self, context: &Context, parent: Rdd<Batch>, command: Bytes) -> Rdd<Batch> {
        let barrier = self.barrier;
        let step = PythonStep {
            parent,
            command,
            described: self,
            session: context.session.clone(),
            all_broadcasts: context.broadcasts.clone(),
        };
        if barrier {
            Rdd::in_barrier_stage(&context.spark, "PythonRDD", step)
        } else {
            Rdd::new(&context.spark, "PythonRDD", step)
        }
    }
}

impl PythonStep {
    /// Hands a partition to a worker.
    fn start(&self, partition: usize, task: &TaskContext, input: Records<Batch>) -> Result<Records<Batch>> {
        let mut environment = self.session.environment()?;
        let barrier = task.barrier().map(|barrier| BarrierSocket::open(task, barrier)).transpose()?;
        environment.variables.extend(self.described.environment.clone());
        let spec = TaskSpec {
            command: self.command.clone(),
            python_version: self.described.python_version.clone(),
            context: worker_task(task, partition, barrier.as_ref()),
            environment,
            broadcasts: self.all_broadcasts.files(&self.described.broadcasts)?,
        };
        let input = input.map(|batch| batch.map(|batch| batch.0));
        let running = self.session.workers()?.run_task(&spec, Box::new(input) as Input)?;
        let canceller = running.canceller();
        let on_cancel = task.on_cancel(move || canceller.cancel());
        Ok(Box::new(PythonRecords { running, task: task.clone(), barrier, _on_cancel: on_cancel }))
    }
}

impl RddNode<Batch> for PythonStep {
    fn partitions(&self) -> Result<usize> {
        self.parent.num_partitions()
    }

    fn compute(&self, partition: usize, task: &TaskContext) -> Result<Records<Batch>> {
        self.start(partition, task, self.parent.records(partition, task)?)
    }

    fn dependencies(&self) -> Vec<Dependency> {
        vec![self.parent.narrow()]
    }

    fn partitioner(&self) -> Option<PartitionerRef> {
        self.parent.partitioner().filter(|_| self.described.preserves_partitioning)
    }
}

/// What `BarrierTaskInfo.address` shows for each task.
const TASK_ADDRESS: &str = "127.0.0.1:0";

type Input = Box<dyn Iterator<Item = Result<Bytes>> + Send>;

/// What the worker answers. At its end, the updates of accumulators and the metrics are the task's.
struct PythonRecords {
    running: RddTask<Input>,
    task: TaskContext,
    barrier: Option<BarrierSocket>,
    _on_cancel: OnCancel,
}

impl Iterator for PythonRecords {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.running.next() {
            Some(Ok(frame)) => Some(Ok(Batch(frame))),
            Some(Err(error)) => Some(Err(self.why_it_ended(error))),
            None => {
                if let Some(report) = self.running.take_report() {
                    report.accumulators.into_iter().for_each(|update| self.task.add_update(update));
                    self.task.with_metrics(|metrics| {
                        metrics.memory_bytes_spilled += u64::try_from(report.memory_bytes_spilled).unwrap_or(0);
                        metrics.disk_bytes_spilled += u64::try_from(report.disk_bytes_spilled).unwrap_or(0);
                    });
                }
                None
            }
        }
    }
}

impl PythonRecords {
    /// What a killed worker, or a function that was sent away from a barrier, says of itself is not why the task ends.
    fn why_it_ended(&self, error: SparkError) -> SparkError {
        let barrier = || self.barrier.as_ref().and_then(BarrierSocket::failure);
        self.task.check_cancelled().err().or_else(barrier).unwrap_or(error)
    }
}

/// The task as `pyspark.TaskContext` shows it.
fn worker_task(task: &TaskContext, partition: usize, socket: Option<&BarrierSocket>) -> WorkerTask {
    let number = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    let mut local_properties = task.local_properties().clone();
    if let Some(barrier) = task.barrier() {
        // All tasks run here; no port is theirs.
        let addresses = vec![TASK_ADDRESS; barrier.tasks()].join(",");
        local_properties.insert("addresses".to_string(), addresses);
    }
    WorkerTask {
        stage_id: number(task.stage_id()),
        partition_id: number(task.partition_id()),
        split: Some(number(partition)),
        attempt_number: number(task.attempt_number()),
        task_attempt_id: i64::try_from(task.task_attempt_id()).unwrap_or(i64::MAX),
        cpus: number(task.cpus()),
        barrier: socket.map(BarrierSocket::path),
        local_properties,
    }
}
