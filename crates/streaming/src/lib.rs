//! Structured Streaming: a query over streams, run as a sequence of micro-batches that each happen exactly once.
//!
//! A micro-batch is a transaction ([`micro_batch`]): log the offsets it reads, compute, commit the sink and the state, log
//! the commit. Everything about recovery follows from those logs ([`checkpoint`], in Spark's own layout) and nothing else.
//!
//! How a server uses this crate:
//!
//! ```text
//! // per session
//! let manager = QueryManager::new(session: Arc<dyn StreamSession>, bus: EventBus);
//! manager.start(StartQuery {
//!     name: Option<String>,
//!     plan: LogicalPlan,            // Analyzed::trimmed(): columns in output order
//!     schema: SchemaRef,            // Analyzed::schema(): the user's names
//!     output_mode: OutputMode,      // "append".parse()?
//!     trigger: Trigger,             // Trigger::Default | processing_time("10 seconds")? | Once | AvailableNow
//!     sink: SinkSpec {
//!         format: String,           // console, memory, noop, csv, json, text, parquet; ignored with a function
//!         options: Options,         // firesteel_formats::Options; "path" and "checkpointLocation" are among them
//!         partition_by: Vec<String>,
//!         table: Option<String>,    // toTable: the table's name; its format and path are in `format` and `options`
//!         batch_function: Option<Arc<dyn BatchFunction>>,   // foreachBatch
//!         row_function: Option<Arc<dyn RowFunction>>,       // foreach
//!     },
//! }).await? -> Arc<StreamingQuery>
//! manager.active() -> Vec<Arc<StreamingQuery>>
//! manager.get(id) -> Option<Arc<StreamingQuery>>                  // an active query
//! manager.find(id, run_id) -> Option<Arc<StreamingQuery>>         // ended ones too (the last 1000)
//! manager.await_any_termination(Option<Duration>).await? -> bool
//! manager.reset_terminated()
//! manager.stop_all().await
//! manager.bus() -> &EventBus                                      // QueryEvent::{Started, Progress, Idle, Terminated}
//!
//! query.id() query.run_id() query.name() query.is_active()
//! query.status() -> QueryStatus { message, is_data_available, is_trigger_active }
//! query.recent_progress() -> Vec<Arc<StreamingQueryProgress>>     // .json() is classic Spark's text
//! query.last_progress() -> Option<Arc<StreamingQueryProgress>>
//! query.stop().await?
//! query.await_termination(Option<Duration>).await? -> bool        // Err: the query's STREAM_FAILED
//! query.process_all_available().await?
//! query.exception() -> Option<SparkError>                         // STREAM_FAILED, exception class StreamingQueryException
//! query.explain(extended) -> String
//!
//! // what connect implements
//! trait BatchFunction { async fn call(&self, batch_id: i64, batch: Batch { schema, batches: Vec<RecordBatch> }) -> Result<()>; }
//! trait RowFunction   { async fn process(&self, batch_id: i64, partition: usize, rows: SendableRecordBatchStream) -> Result<()>; }
//!
//! // the session: SqlSession::new(session: firesteel_sql::Session); a query keeps the settings of its start
//! // once per engine, for the analyzer:
//! engine.set_stream_schemas(SourceSchemas::new(Sources::standard()));
//! ```
#![warn(missing_docs)]

pub mod batch;
pub mod checkpoint;
mod checkpoint_location;
pub mod error;
pub mod incremental;
mod manager;
mod micro_batch;
mod observed;
pub mod offset;
pub mod operators;
pub mod progress;
mod query;
pub mod session;
pub mod sinks;
pub mod sources;
pub mod sql_session;
mod start;
pub mod state;
mod trigger;

pub use firesteel_formats::Options;

pub use batch::{Batch, BatchRows};
pub use manager::QueryManager;
pub use progress::StreamingQueryProgress;
pub use query::{QueryStatus, StreamingQuery};
pub use session::StreamSession;
pub use sql_session::{SourceSchemas, SqlSession};
pub use start::{BatchFunction, OutputMode, RowFunction, SinkSpec, StartQuery};
pub use trigger::Trigger;
