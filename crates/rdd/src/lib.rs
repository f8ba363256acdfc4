//! The RDD core: typed, lazily computed, fault-tolerant collections, after Spark's.
//!
//! A program makes RDDs from data ([`sources`]) and from other RDDs ([`operators`]); an action runs a job ([`scheduler`])
//! that computes them. Steps that need one partition of their parent run in one task; a step that needs all of them is a
//! [`shuffle`], whose blocks are bytes. RDDs can be kept ([`storage`]) and cut off from their lineage by a checkpoint.
//! [`Accumulator`]s carry values from tasks to the driver, exactly once; broadcast variables carry values to tasks.
//!
//! Method names are Rust's (`reduce_by_key`); each names the Spark method in its documentation.
//!
//! ```
//! use firesteel_rdd::{SparkConf, SparkContext};
//! # fn main() -> firesteel_error::Result<()> {
//! let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("lengths"))?;
//! let lengths = sc.parallelize(["to", "be", "or", "not"], 2).map(str::len).collect()?;
//! assert_eq!(lengths, [2, 2, 2, 3]);
//! # Ok(())
//! # }
//! ```
#![warn(missing_docs)]

mod accumulator;
mod broadcast;
mod call_site;
mod checkpoint;
mod codec;
mod compression;
mod conf;
mod context;
mod data;
mod dependency;
mod env;
mod frame;
mod hasher;
pub mod operators;
mod partitioner;
mod persist;
mod range_partitioner;
mod rdd;
mod record_file;
pub mod scheduler;
pub mod shuffle;
pub mod sources;
pub mod storage;
mod task_context;
mod xor_shift;

pub use accumulator::{Accumulate, Accumulator, CollectionOf, Counted, DoubleSum, LongSum, Sum};
pub use broadcast::Broadcast;
pub use call_site::with_call_site;
pub use compression::Codec;
pub use conf::SparkConf;
pub use context::SparkContext;
pub use data::{Data, Records, Storable, records};
pub use dependency::{Dependency, Lineage, ShuffleDependency};
pub use frame::Frame;
pub use hasher::{StableHasher, StableState, hash_of};
pub use operators::{BoundedDouble, Number, RddBarrier, StatCounter, debug_string};
pub use partitioner::{
    AnyPartitioner, FnPartitioner, HashPartitioner, KeyIsPartition, Partitioner, PartitionerRef, Placement,
};
pub use persist::RddStorageInfo;
pub use range_partitioner::RangePartitioner;
pub use rdd::{Rdd, RddNode};
pub use scheduler::{BarrierTask, JobInfo, JobOptions, JobStatus, StageStatus, StatusTracker};
pub use storage::{MemoryPool, StorageLevel};
pub use task_context::{Entered, OnCancel, TaskContext};
