//! The micro-batch loop: plan a batch, log what it reads, compute it into the sink, commit.
//!
//! A batch goes through four states, each a type of its own, so that no step can be skipped:
//!
//! ```text
//! PlannedBatch --log--> LoggedBatch --compute--> ComputedBatch --commit--> CommittedBatch
//!              offsets/N             sink, state                commits/N
//! ```
//!
//! After a crash the newest entry of `offsets/` without one in `commits/` is a [`LoggedBatch`] again ([`recovery`]): it
//! runs with the same offsets, watermark, time and settings, and sink and state know its number.

mod batch_states;
mod conf;
mod open_sources;
mod origin;
mod progress_of;
mod recovery;
mod run;
mod started;
mod trigger_report;

pub(crate) use run::{MicroBatchRun, RunParts};
