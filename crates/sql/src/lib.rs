//! Spark SQL over DataFusion: from Spark Connect's messages to plans that run, with Spark's types, names and errors.
//!
//! A [`Session`] analyzes a relation ([`analyzer`], [`relation`], [`function`]) into an [`Analyzed`] plan and runs it.
//! The crate knows nothing of gRPC, of streams' state, or of how Python functions run ([`python`] hands them to a runtime).
#![warn(missing_docs)]

pub mod analyzed;
pub mod analyzer;
pub mod attribute;
mod blocking;
pub mod cache;
pub mod cast;
pub mod catalog;
pub mod coerce;
pub mod command;
pub mod conf;
pub mod current_time;
pub mod display;
pub mod engine;
pub mod error;
pub mod execution;
pub mod expression;
mod float_key;
pub mod fold;
pub mod function;
mod join_sides;
mod join_strategy;
mod memory_pool;
pub mod nodes;
mod nullability;
pub mod observe;
pub mod ordered_merge;
mod outer_constants;
pub mod path_options;
pub mod per_partition;
mod push_semi_join;
pub mod python;
pub mod relation;
mod routine;
pub mod session;
mod settled;
pub mod shuffle;
pub mod sort_within;
pub mod source;
mod spill_files;
mod spilling_join;
pub mod streaming;
pub mod types;
pub mod unary_exec;
mod window_by_keys;
mod xor_shift;

pub use analyzed::Analyzed;
pub use command::CommandOutcome;
pub use conf::Conf;
pub use engine::{Engine, EngineConfig};
pub use session::Session;
