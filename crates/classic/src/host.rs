//! What the classic service needs of the server that it is part of.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use firesteel_error::Result;
use firesteel_events::EventBus;
use firesteel_python::{WorkerEnvironment, WorkerPool};
use serde::Serialize;

use crate::batch::Batch;
use crate::context::ContextSlot;
use crate::protocol::SessionId;
use crate::rdd_rows::RddRows;

/// The server.
pub trait Host: Send + Sync + 'static {
    /// A client's session, made if there is none.
    ///
    /// # Errors
    /// If the session was closed, or cannot be made.
    fn session(&self, id: &SessionId) -> Result<Arc<dyn HostSession>>;

    /// What the server runs as.
    fn application(&self) -> Application;

    /// Where events go.
    fn bus(&self) -> EventBus;
}

/// One client's session.
pub trait HostSession: Send + Sync + 'static {
    /// Where the session keeps its RDDs.
    fn slot(&self) -> &ContextSlot;

    /// The workers.
    ///
    /// # Errors
    /// If a setting of the pool cannot be read, or no worker can be started.
    fn workers(&self) -> Result<WorkerPool>;

    /// Files and variables that a worker must have for this session's functions, as they are now.
    ///
    /// # Errors
    /// If a setting cannot be read.
    fn environment(&self) -> Result<WorkerEnvironment>;

    /// The rows of a relation, pickled: a Spark Connect plan, analysed and planned, but not run.
    ///
    /// # Errors
    /// What the analysis of the plan raises.
    fn relation(&self, plan: &Bytes) -> Result<Arc<dyn RelationRows>>;

    /// Makes an RDD of rows a relation: `schema` is Spark's JSON of a struct type, the batches are Arrow IPC streams. Gives the
    /// relation's id, which a Spark Connect plan can name.
    ///
    /// # Errors
    /// If the schema is none.
    fn relation_of(&self, rows: RddRows, schema: &str) -> Result<String>;

    /// Brings updates of accumulators, which did not come from a job of the driver's own, to the driver. Blocks.
    ///
    /// # Errors
    /// If the driver cannot be reached.
    fn send_updates(&self, updates: Vec<Bytes>) -> Result<()>;

    /// Interrupts the executions of Spark Connect whose local properties `chosen` picks.
    fn interrupt(&self, chosen: &dyn Fn(&BTreeMap<String, String>) -> bool);

    /// Notes that the session is in use.
    fn touch(&self);
}

/// The rows of a planned relation, a partition at a time.
pub trait RelationRows: Send + Sync {
    /// How many partitions there are.
    fn partitions(&self) -> usize;

    /// Runs one partition; blocks while it waits for rows.
    ///
    /// # Errors
    /// What running the plan raises.
    fn rows(&self, partition: usize) -> Result<Box<dyn Iterator<Item = Result<Batch>> + Send>>;
}

/// What the server runs as.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Application {
    /// Its id: `local-1433865536131`.
    pub application_id: String,
    /// When it started, in milliseconds since 1970.
    pub start_time_ms: i64,
    /// The address of the web UI.
    pub ui: Option<String>,
    /// Its settings.
    pub conf: BTreeMap<String, String>,
}
