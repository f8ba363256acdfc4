//! The promises of the RDD core, by what they are about. One program, so that it is built once.
#![allow(clippy::unwrap_used, clippy::panic)]

mod checkpoints;
mod failures;
mod files;
mod jobs;
mod operators;
mod scheduling;
mod shuffles;
