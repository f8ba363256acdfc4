//! The sources, one a file.

pub(super) mod dstreams;
pub(super) mod jobs;
pub(super) mod process;
pub(super) mod queries;
pub(super) mod totals;
