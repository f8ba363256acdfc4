//! Python functions in worker processes: a pool of warm workers, and the protocol of pyspark's own `worker.py`.
//!
//! User code never runs in the engine's process. A [`WorkerPool`] keeps worker processes, forked from a server that has
//! pyspark loaded; a task sends its header, its pickled functions and its data over a socket that nobody else can reach,
//! and reads the results at the same time. A worker that dies costs its task that attempt, and the error says how it died.
//!
//! - [`PythonRunner`] evaluates the functions of SQL and DataFrames on Arrow batches.
//! - [`WorkerPool::run_task`] runs the functions of RDDs on pickled batches.
//!
//! The protocol's Python side is `pyspark-client` 4.2, unmodified; `python/firesteel/worker.py` is the fork server.

mod analyze;
mod arrow_feed;
mod batched;
mod config;
mod conform;
mod conversation;
mod data_source;
mod eval_kind;
mod exception;
mod function;
mod grouped;
mod in_flight;
mod life;
mod map;
mod outgoing;
mod pickle;
mod planning;
mod pool;
mod rdd_task;
mod reply;
mod row_frames;
mod runner;
mod scalar;
mod scripts;
mod server;
mod session;
mod table;
mod task;
mod type_json;
mod window;
mod wire;

pub use analyze::{AnalyzeArgument, TableAnalysis};
pub use config::PoolConfig;
pub use data_source::{DataSourceInstance, DataSourceRequest, DeclaredSchema, ReadPlan, WritePlan};
pub use eval_kind::{EvalKind, Preload};
pub use function::{Argument, PythonFunction, TableCall, UdfCall};
pub use grouped::GroupColumns;
pub use pool::{IdleLimit, WorkerPool};
pub use rdd_task::{RddTask, TaskCanceller, TaskSpec};
pub use row_frames::RowFrames;
pub use runner::{BatchStream, GroupStream, PairStream, PythonRunner};
pub use session::{PythonSession, PythonTask};
pub use task::{BroadcastFile, OnReport, TaskContext, TaskReport, WorkerEnvironment};
pub use window::WindowCall;
