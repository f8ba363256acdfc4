//! The service behind Python's RDD API: classic PySpark on the engine's RDD core.
//!
//! Python keeps the lineage of its RDDs as nodes and sends those that are new with each job. Here a node is an
//! [`Rdd`](firesteel_rdd::Rdd) of [`Batch`]es, bytes that only Python understands: pickled objects, or lines of text. What Python does
//! with them happens in worker processes ([`firesteel_python`]), one call of a worker for each task. Everything else — stages,
//! shuffles, retries, caching, checkpoints — is that of the RDD core, which does not know that the elements are Python's.
//!
//! - [`ClassicCalls`] answers the requests of drivers; [`protocol`] describes them.
//! - [`ClassicEngine`] is what they share: one application.
//! - A [`Host`] is the server that all of this is part of.
#![warn(missing_docs)]

mod barrier_socket;
mod batch;
mod broadcast;
mod calls;
mod context;
mod engine;
mod files;
pub mod frame;
mod host;
mod java_arrays;
mod job;
mod line_blocks;
mod node;
pub mod protocol;
mod rdd_rows;
mod result_limit;
mod running;
mod save;
mod sequence_file;
mod service;
mod status;
mod streaming;

pub use batch::Batch;
pub use context::{Context, ContextSlot};
pub use engine::ClassicEngine;
pub use host::{Application, Host, HostSession, RelationRows};
pub use rdd_rows::RddRows;
pub use service::{ClassicCalls, ClassicService, ClassicServiceClient, ClassicServiceServer};
