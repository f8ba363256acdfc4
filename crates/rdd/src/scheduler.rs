//! How jobs run.
//!
//! A job computes some partitions of an RDD. Its lineage is cut into stages at shuffles ([`stage_graph`]); a stage has one
//! task for each partition of its last RDD, and a task computes everything from there back to the last shuffle, cached
//! block or source in one go. The thread that asks for a job drives it ([`job`]): it submits stages whose inputs are there,
//! and hears how each task ended. Tasks wait in pools ([`queue`]) for one of a fixed number of threads ([`workers`]).
//!
//! How a task ends is a small closed type ([`TaskEnd`]): it has a result; or a shuffle block that it needs is lost, for
//! which the map stage runs again; or it failed and is tried again up to `spark.task.maxFailures` times; or it was told to
//! stop.

mod active_jobs;
mod allocation_file;
mod barrier;
mod job;
mod options;
mod queue;
mod stage;
mod stage_graph;
mod status;
mod task;
mod workers;

pub use barrier::BarrierTask;
pub use options::JobOptions;
pub use status::{JobInfo, JobStatus, StageStatus, StatusTracker};

pub(crate) use active_jobs::ActiveJobs;
pub(crate) use allocation_file::read as read_allocation_file;
pub(crate) use job::{JobLimits, JobMessage, JobRun, JobRunner, JobSpec};
pub(crate) use queue::{Queue, SchedulingMode};
pub(crate) use task::TaskOutput;
pub(crate) use workers::Workers;
