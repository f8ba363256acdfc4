//! The operators: one file, one idea.
//!
//! A transformation makes an RDD of a node and computes nothing; an action runs a job. Methods of pairs are those of
//! `Rdd<(K, V)>`. Where Spark lets a partitioner or a number of partitions be given, there is a second method that ends in
//! `_with`.

mod aggregate;
mod approximate;
mod barrier;
mod by_key;
mod cartesian;
mod clean;
mod cogroup;
mod collect;
mod debug_string;
mod histogram;
mod hyper_log_log;
mod join;
mod map;
mod ordered;
mod pairs;
mod partition;
mod pipe;
mod sample;
mod save;
mod sort;
mod stats;
mod subtract;
mod union;
mod zip;

pub use approximate::BoundedDouble;
pub use barrier::RddBarrier;
pub use debug_string::debug_string;
pub use stats::{Number, StatCounter};
