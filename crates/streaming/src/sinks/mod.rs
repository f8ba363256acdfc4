//! Sinks: where a query's rows go.
//!
//! A [`Sink`] is given each batch with its id and must do the same batch twice without harm: after a crash the last batch
//! comes again with the same id and the same rows. A new sink is one file with a [`SinkFactory`] and one line in
//! [`Sinks::standard`].

mod console;
mod file;
mod foreach;
mod foreach_batch;
mod memory;
mod noop;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use firesteel_durable::Clock;
use firesteel_error::{Exception, Result, SparkError};
use serde_json::{Value, json};

use crate::batch::BatchRows;
use crate::session::StreamSession;
use crate::start::{OutputMode, SinkSpec};

pub use memory::MemorySink;

/// What a sink is made for.
#[derive(Debug, Clone)]
pub struct SinkRequest {
    /// What the user said.
    pub spec: SinkSpec,
    /// The query's name.
    pub query_name: Option<String>,
    /// Which rows it will get.
    pub output_mode: OutputMode,
    /// The columns it will get.
    pub schema: SchemaRef,
    /// The session.
    pub session: Arc<dyn StreamSession>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// How a query that writes to a sink keeps its checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckpointRule {
    /// The user must say where.
    Required,
    /// A temporary directory will do.
    Temporary,
    /// A temporary directory will do, and a checkpoint that was used before is refused (the sink forgets its rows).
    TemporaryNoRecovery,
}

/// A kind of sink.
#[async_trait]
pub trait SinkFactory: Debug + Send + Sync {
    /// Whether it takes rows in this mode.
    fn supports(&self, mode: OutputMode) -> bool {
        let _ = mode;
        true
    }

    /// Where the checkpoint of a query may be.
    fn checkpoint_rule(&self, mode: OutputMode) -> CheckpointRule {
        let _ = mode;
        CheckpointRule::Temporary
    }

    /// The sink of a query that starts, or why it cannot.
    async fn create(&self, request: SinkRequest) -> Result<Arc<dyn Sink>>;
}

/// A sink of a running query. See the module.
#[async_trait]
pub trait Sink: Debug + Send + Sync {
    /// What progress calls it.
    fn description(&self) -> String;

    /// Takes the rows of a batch. When it returns, they are there for good, as far as the sink promises that.
    async fn add_batch(&self, batch_id: i64, rows: BatchRows) -> Result<()>;

    /// Returns when no write is under way, also of a batch that was given up.
    async fn settled(&self) {}

    /// Whether the number of rows it got is told in progress (Spark tells -1 for some sinks).
    fn counts_rows(&self) -> bool {
        true
    }

    /// The sink's part of a progress; `rows` is how many it got.
    fn progress(&self, rows: i64) -> Value {
        json!({"description": self.description(), "numOutputRows": if self.counts_rows() { rows } else { -1 }})
    }
}

/// The kinds of sinks, by name.
#[derive(Debug, Clone, Default)]
pub struct Sinks {
    factories: BTreeMap<String, Arc<dyn SinkFactory>>,
}

impl Sinks {
    /// The sinks that every engine has.
    pub fn standard() -> Self {
        let mut sinks = Self::default();
        sinks.register("noop", Arc::new(noop::NoopFactory));
        sinks.register("memory", Arc::new(memory::MemoryFactory));
        for format in ["csv", "json", "parquet", "text"] {
            sinks.register(format, Arc::new(file::FileSinkFactory(format)));
        }
        sinks.register("console", Arc::new(console::ConsoleFactory::standard_output()));
        sinks
    }

    /// Adds a kind of sink; an earlier one of that name is replaced.
    pub fn register(&mut self, name: &str, factory: Arc<dyn SinkFactory>) {
        self.factories.insert(name.to_lowercase(), factory);
    }

    /// The kind that `spec` asks for, or `DATA_SOURCE_NOT_FOUND`.
    pub fn get(&self, spec: &SinkSpec) -> Result<Arc<dyn SinkFactory>> {
        if let Some(function) = &spec.batch_function {
            refuse_partitions(spec, "foreachBatch")?;
            return Ok(Arc::new(foreach_batch::ForeachBatchFactory(Arc::clone(function))));
        }
        if let Some(function) = &spec.row_function {
            refuse_partitions(spec, "foreach")?;
            return Ok(Arc::new(foreach::ForeachFactory(Arc::clone(function))));
        }
        let format = spec.format.to_lowercase();
        if format == "memory" {
            refuse_partitions(spec, "memory")?;
        }
        self.factories.get(&format).cloned().ok_or_else(|| match SOURCES_ONLY.contains(&format.as_str()) {
            true => SparkError::new("_LEGACY_ERROR_TEMP_2049")
                .with_exception(Exception::UnsupportedOperation)
                .param("className", &spec.format)
                .param("operator", "writing")
                .text(format!("Data source {} does not support streamed writing.", spec.format)),
            false => SparkError::new("DATA_SOURCE_NOT_FOUND").param("provider", &spec.format),
        })
    }
}

/// What can be read and not written to.
const SOURCES_ONLY: &[&str] = &["rate", "rate-micro-batch", "socket"];

fn refuse_partitions(spec: &SinkSpec, sink: &str) -> Result<()> {
    if spec.partition_by.is_empty() {
        return Ok(());
    }
    Err(SparkError::new("_LEGACY_ERROR_TEMP_1197")
        .param("operation", sink)
        .text(format!("'{sink}' does not support partitioning.")))
}
