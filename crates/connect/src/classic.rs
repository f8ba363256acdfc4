//! What the classic service needs of the server: sessions, workers, and the rows of relations.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::StreamReader;
use bytes::Bytes;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use firesteel_classic::protocol::SessionId;
use firesteel_classic::{Application, Batch, ContextSlot, Host, HostSession, RddRows, RelationRows};
use firesteel_error::{Result, SparkError};
use firesteel_events::EventBus;
use firesteel_python::{WorkerEnvironment, WorkerPool};
use firesteel_sql::error::from_datafusion;
use futures::StreamExt;
use prost::Message;
use spark_connect_proto::Plan;
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::callbacks::DriverCallbacks;
use crate::frame::Header;
use crate::handle::handle;
use crate::plan::Request;
use crate::registry::{SessionKey, SessionRegistry};
use crate::results::ipc;
use crate::session::ClientSession;

/// The server, as the classic service sees it.
pub struct ClassicHost {
    registry: Arc<SessionRegistry>,
    application: Application,
    bus: EventBus,
}

impl ClassicHost {
    /// For the sessions of `registry`.
    pub fn new(registry: Arc<SessionRegistry>, application: Application, bus: EventBus) -> Arc<Self> {
        Arc::new(Self { registry, application, bus })
    }
}

impl Host for ClassicHost {
    fn session(&self, id: &SessionId) -> Result<Arc<dyn HostSession>> {
        let key = SessionKey { user_id: id.user_id.clone(), session_id: id.session_id.clone() };
        let session = self.registry.get_or_open(&key, None)?;
        let slot = session.classic.clone();
        Ok(Arc::new(ClassicSession {
            id: key.session_id,
            session: Arc::downgrade(&session),
            slot,
            runtime: Handle::current(),
        }))
    }

    fn application(&self) -> Application {
        self.application.clone()
    }

    fn bus(&self) -> EventBus {
        self.bus.clone()
    }
}

/// A session. RDDs must not keep it open, so they know it by its weak reference.
struct ClassicSession {
    id: String,
    session: Weak<ClientSession>,
    slot: Arc<ContextSlot>,
    runtime: Handle,
}

impl ClassicSession {
    fn open(&self) -> Result<Arc<ClientSession>> {
        self.session.upgrade().ok_or_else(|| handle("SESSION_CLOSED", &self.id))
    }
}

impl HostSession for ClassicSession {
    fn slot(&self) -> &ContextSlot {
        &self.slot
    }

    fn workers(&self) -> Result<WorkerPool> {
        let session = self.open()?;
        session.workers.pool(session.sql.engine())
    }

    fn environment(&self) -> Result<WorkerEnvironment> {
        Ok(crate::python_runtime::environment(&self.open()?.sql.python()))
    }

    fn relation(&self, plan: &Bytes) -> Result<Arc<dyn RelationRows>> {
        let session = self.open()?;
        let plan = Plan::decode(plan.clone())
            .map_err(|error| SparkError::internal(format!("a relation is no Spark Connect plan: {error}")))?;
        let Request::Relation(relation) = Request::of(Some(plan))? else {
            return Err(SparkError::internal("a command is no relation"));
        };
        let analyzed = session.sql.analyze(&relation)?;
        let plan = self.runtime.block_on(session.sql.physical_plan(&analyzed))?;
        let context = session.sql.datafusion().task_ctx();
        Ok(Arc::new(Rows { plan, context, schema: analyzed.schema(), runtime: self.runtime.clone() }))
    }

    fn relation_of(&self, rows: RddRows, schema: &str) -> Result<String> {
        let session = self.open()?;
        let schema = firesteel_sql::types::schema_from_json(schema)?;
        let partitions = (0..rows.partitions())
            .map(|partition| Arc::new(RddPartition { rows: rows.clone(), partition, schema: schema.clone() }) as _)
            .collect();
        let table = StreamingTable::try_new(schema, partitions).map_err(from_datafusion)?;
        let id = Uuid::new_v4().to_string();
        session.sql.hold(&id, session.sql.relation_of(Arc::new(table))?);
        Ok(id)
    }

    fn send_updates(&self, updates: Vec<Bytes>) -> Result<()> {
        self.runtime.block_on(driver_updates(&self.open()?.callbacks, &updates))
    }

    fn interrupt(&self, chosen: &dyn Fn(&BTreeMap<String, String>) -> bool) {
        if let Some(session) = self.session.upgrade() {
            session.operations.interrupt(|operation| operation.runs_jobs() && chosen(&operation.properties));
        }
    }

    fn touch(&self) {
        if let Some(session) = self.session.upgrade() {
            session.touch();
        }
    }
}

/// A planned relation. Each batch of rows becomes an Arrow IPC stream of its own.
struct Rows {
    plan: Arc<dyn ExecutionPlan>,
    context: Arc<TaskContext>,
    schema: SchemaRef,
    runtime: Handle,
}

impl RelationRows for Rows {
    fn partitions(&self) -> usize {
        self.plan.output_partitioning().partition_count()
    }

    fn rows(&self, partition: usize) -> Result<Box<dyn Iterator<Item = Result<Batch>> + Send>> {
        let entered = self.runtime.enter();
        let stream = self.plan.execute(partition, self.context.clone()).map_err(from_datafusion)?;
        drop(entered);
        Ok(Box::new(Blocking { stream, schema: self.schema.clone(), runtime: self.runtime.clone() }))
    }
}

/// A stream for a thread that may wait.
struct Blocking {
    stream: SendableRecordBatchStream,
    schema: SchemaRef,
    runtime: Handle,
}

impl Iterator for Blocking {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.runtime.block_on(self.stream.next())?;
        Some(batch.map_err(from_datafusion).and_then(|batch| {
            let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            // The plan's columns have internal names.
            let named = RecordBatch::try_new_with_options(self.schema.clone(), batch.columns().to_vec(), &options)
                .map_err(|error| SparkError::internal(format!("rows do not fit their schema: {error}")))?;
            Ok(Batch(ipc(&named)?))
        }))
    }
}

/// A partition of an RDD as a leaf of a plan.
#[derive(Debug)]
struct RddPartition {
    rows: RddRows,
    partition: usize,
    schema: SchemaRef,
}

impl PartitionStream for RddPartition {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut builder = RecordBatchReceiverStream::builder(self.schema.clone(), 2);
        let (rows, partition, schema, send) = (self.rows.clone(), self.partition, self.schema.clone(), builder.tx());
        // A job waits for its tasks.
        builder.spawn_blocking(move || {
            let external = |error: SparkError| DataFusionError::External(Box::new(error));
            for stream in rows.rows(partition).map_err(external)? {
                for batch in StreamReader::try_new(stream.as_ref(), None)? {
                    if send.blocking_send(rows_of(&batch?, &schema)).is_err() {
                        return Ok(());
                    }
                }
            }
            Ok(())
        });
        builder.build()
    }
}

/// A batch that Python has made, under the schema that was asked for.
fn rows_of(batch: &RecordBatch, schema: &SchemaRef) -> std::result::Result<RecordBatch, DataFusionError> {
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| arrow::compute::cast(column, field.data_type()));
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(schema.clone(), columns.collect::<Result<_, _>>()?, &options)?)
}

/// Has the driver add updates to its accumulators.
pub(crate) async fn driver_updates(callbacks: &DriverCallbacks, updates: &[Bytes]) -> Result<()> {
    let mut payload = Vec::new();
    for update in updates {
        payload.extend_from_slice(&u32::try_from(update.len()).unwrap_or(u32::MAX).to_be_bytes());
        payload.extend_from_slice(update);
    }
    callbacks.call("accumulatorUpdates", Header::new(), payload.into()).await.map(drop)
}
