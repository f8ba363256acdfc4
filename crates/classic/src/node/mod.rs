//! Nodes: what Python's RDDs are to the engine. Each kind is a file; all are RDDs of [`Batch`]es.

mod binary_records;
mod coalesce;
mod empty;
mod pairs;
mod parallelize;
mod partition_by;
mod pickle_file;
mod python_step;
mod relation;
mod text_file;
mod union;
mod whole_files;

use std::sync::Arc;

use bytes::Bytes;
use firesteel_error::{Exception, Result, SparkError};
use firesteel_rdd::{Rdd, with_call_site};
use serde::Deserialize;

use crate::batch::Batch;
use crate::context::Context;
use crate::streaming::ReceivedBlocks;

/// A node as the driver describes it.
#[derive(Debug, Deserialize)]
pub(crate) struct Described {
    /// The driver's number for it.
    pub(crate) id: u64,
    #[serde(default)]
    parents: Vec<u64>,
    /// How much of the payload is the node's.
    #[serde(default)]
    pub(crate) bytes: usize,
    /// What in the user's program made it, and where: `map at job.py:12`.
    #[serde(default)]
    call_site: Option<String>,
    #[serde(flatten)]
    kind: Kind,
}

/// The kinds of nodes, with their parameters.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum Kind {
    /// Data of the driver.
    Parallelize(parallelize::Parallelize),
    /// Nothing, in no partition.
    Empty {},
    /// Lines of files.
    TextFile(text_file::TextFile),
    /// Files as pairs of path and text.
    WholeTextFiles(whole_files::WholeFiles),
    /// Files as pairs of path and bytes.
    BinaryFiles(whole_files::WholeFiles),
    /// Records of one length.
    BinaryRecords(binary_records::BinaryRecords),
    /// What `saveAsPickleFile` wrote.
    PickleFile(pickle_file::PickleFile),
    /// What a checkpoint wrote.
    CheckpointFile(pickle_file::CheckpointFile),
    /// What a receiver got for a batch.
    ReceivedBlocks(ReceivedBlocks),
    /// The rows of a DataFrame.
    Relation {},
    /// A function in a Python worker.
    Pipelined(python_step::Pipelined),
    /// All elements of several RDDs.
    Union(union::Union),
    /// All pairs of elements.
    Cartesian {},
    /// Pairs of elements at the same place.
    Zip {},
    /// Fewer partitions, or others.
    Coalesce(coalesce::Coalesce),
    /// Pairs of a partition's number and an element, brought there.
    PartitionBy(partition_by::PartitionBy),
}

impl Kind {
    /// Spark's name for the class of such an RDD.
    fn class(&self) -> &'static str {
        match self {
            Self::Parallelize(_) => "ParallelCollectionRDD",
            Self::Empty {} => "EmptyRDD",
            Self::Pipelined(_) => "PythonRDD",
            Self::Union(_) => "UnionRDD",
            Self::Cartesian {} => "CartesianRDD",
            Self::Zip {} => "ZippedPartitionsRDD2",
            Self::Coalesce(coalesce) if !coalesce.shuffle => "CoalescedRDD",
            Self::CheckpointFile(_) => "ReliableCheckpointRDD",
            Self::ReceivedBlocks(_) => "BlockRDD",
            _ => "MapPartitionsRDD",
        }
    }
}

/// Makes the RDD of a node whose parents are known.
pub(crate) fn make(context: &Arc<Context>, described: Described, payload: Bytes) -> Result<Rdd<Batch>> {
    let class = described.kind.class();
    let rdd = match described.call_site.clone() {
        Some(call_site) => with_call_site(&call_site, || make_here(context, described, payload)),
        None => make_here(context, described, payload),
    }?;
    rdd.set_class(class);
    Ok(rdd)
}

fn make_here(context: &Arc<Context>, described: Described, payload: Bytes) -> Result<Rdd<Batch>> {
    let parents = described.parents.iter().map(|id| context.node(*id)).collect::<Result<Vec<_>>>()?;
    match described.kind {
        Kind::Parallelize(made) => made.rdd(context, payload),
        Kind::Empty {} => Ok(empty::rdd(context)),
        Kind::TextFile(made) => made.rdd(context),
        Kind::WholeTextFiles(made) => made.rdd(context, whole_files::Content::Text),
        Kind::BinaryFiles(made) => made.rdd(context, whole_files::Content::Bytes),
        Kind::BinaryRecords(made) => made.rdd(context),
        Kind::PickleFile(made) => made.rdd(context),
        Kind::CheckpointFile(made) => made.rdd(context),
        Kind::ReceivedBlocks(made) => made.rdd(context),
        Kind::Relation {} => relation::rdd(context, &payload),
        Kind::Pipelined(made) => Ok(made.rdd(context, one(parents)?, payload)),
        Kind::Union(made) => Ok(made.rdd(context, parents)),
        Kind::Cartesian {} => pairs::cartesian(parents),
        Kind::Zip {} => pairs::zip(parents),
        Kind::Coalesce(made) => Ok(made.rdd(&one(parents)?)),
        Kind::PartitionBy(made) => Ok(made.rdd(&one(parents)?)),
    }
}

fn one(parents: Vec<Rdd<Batch>>) -> Result<Rdd<Batch>> {
    let count = parents.len();
    parents.into_iter().next().filter(|_| count == 1).ok_or_else(|| wrong_parents(count, 1))
}

fn two(parents: Vec<Rdd<Batch>>) -> Result<(Rdd<Batch>, Rdd<Batch>)> {
    let count = parents.len();
    match <[Rdd<Batch>; 2]>::try_from(parents) {
        Ok([left, right]) => Ok((left, right)),
        Err(_) => Err(wrong_parents(count, 2)),
    }
}

fn wrong_parents(count: usize, expected: usize) -> SparkError {
    SparkError::plain(Exception::IllegalArgument, format!("A node has {count} parents where it needs {expected}."))
}
