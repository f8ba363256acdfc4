//! Shuffles: the outputs of map tasks, cut into one block of bytes for each reduce partition.
//!
//! A map task ([`write`]) makes one [`MapOutput`]; [`MapOutputs`] knows those of every shuffle. A reduce task ([`read`])
//! reads its block of each of them. A block that cannot be read is a [`FetchFailure`], for which the scheduler runs the map
//! task again. Both sides work under the memory pool: what does not fit is spilled ([`segments`], [`external_map`],
//! [`external_sort`]).

mod aggregator;
mod combine;
mod disk_writer;
mod external_map;
mod external_sort;
mod map_output;
mod map_outputs;
mod read;
mod segments;
mod shuffled;
mod write;

pub use map_output::MapOutput;

pub(crate) use aggregator::Aggregator;
pub(crate) use disk_writer::DiskWriter;
pub(crate) use external_map::{block_records, combine};
pub(crate) use external_sort::sort;
pub(crate) use map_output::{Block, FetchFailure, Segment};
pub(crate) use map_outputs::{Claim, MapOutputs};
pub(crate) use read::read;
pub(crate) use shuffled::{Shuffled, combine_pairs, write_pairs};
pub(crate) use write::ShuffleWrite;
