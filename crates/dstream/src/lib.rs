//! DStreams: a stream as a sequence of RDDs, one per batch interval.
//!
//! The model, in the order in which a record meets it:
//!
//! - A **receiver** ([`Receiver`]) runs on a thread of its own and stores records. What it stored within a block interval
//!   becomes a **block**; with the write-ahead log a block is on disk before anyone knows of it.
//! - At each tick of the **clock** ([`Clock`]) the blocks that no batch has yet are **allocated** to the batch of that tick
//!   ([`BlockTracker`]); with the write-ahead log the allocation is on disk as well. File inputs select their new files.
//! - The **graph** ([`BatchGraph`]) turns the batch into jobs, one per output operation; the **scheduler** runs them, batch
//!   after batch.
//! - When a checkpoint directory is set, a **checkpoint** ([`Checkpoint`]) is written when a batch has been generated and
//!   when it has ended. It holds what the graph must remember and which batches are pending. A context that starts
//!   from a checkpoint runs the pending batches again, with the same blocks and files, then those of its down time.
//!
//! All of that is one [`Engine`] that knows nothing of the type of records. Two kinds of graph run on it: that of DStreams
//! in Rust, and the Python driver, which keeps its graph itself and is asked once per batch.
//!
//! What a batch does outside of the engine (`foreach_rdd`) happens at least once: a batch that was running when the
//! process died runs again.
#![warn(missing_docs)]

mod block;
mod checkpoint;
mod clock;
mod context;
mod dstream;
mod engine;
mod file_input;
mod generator;
mod graph;
mod inputs;
mod limiter;
mod listener;
mod log;
mod operations;
mod pace;
mod rate;
mod receiver;
mod scheduler;
mod settings;
mod shutdown;
mod socket;
mod statistics;
mod stream_graph;
mod streams;
mod supervisor;
mod time;
mod tracker;

pub use block::{Block, BlockCodec, BlockInfo, LineBytes, Lines, Stored};
pub use checkpoint::{Checkpoint, CheckpointDirectory};
pub use clock::{Clock, ManualClock, SystemClock, Wake};
pub use context::StreamingContext;
pub use dstream::{DStream, StreamNode};
pub use engine::{Engine, EngineOptions, State};
pub use file_input::{FileFilter, FileInput};
pub use graph::{BatchGraph, OutputJob, Restored};
pub use inputs::Inputs;
pub use listener::StreamingListener;
pub use operations::Filter;
pub use rate::PidEstimator;
pub use receiver::{Receiver, ReceiverInput, Store};
pub use settings::Settings;
pub use socket::SocketReceiver;
pub use statistics::Statistics;
pub use stream_graph::AnyStream;
pub use streams::{MappedState, RddQueue, State as KeyState, StateSpec};
pub use time::Time;
pub use tracker::BlockTracker;
