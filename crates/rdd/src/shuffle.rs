//! Shuffles: the outputs of map tasks, cut into one block of bytes for each reduce partition.
//!
//! A map task makes one [`MapOutput`]; [`MapOutputs`] knows those of every shuffle. A reduce task reads its block of each
//! of them. A block that cannot be read is a [`FetchFailure`], for which the scheduler runs the map task again.

mod map_output;
mod map_outputs;

pub(crate) use map_output::FetchFailure;
pub use map_output::MapOutput;
pub(crate) use map_outputs::{Claim, MapOutputs};
