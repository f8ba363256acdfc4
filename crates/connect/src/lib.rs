//! The engine's gRPC face: Spark Connect, and the driver's callbacks beside it.
#![warn(missing_docs)]

pub mod callbacks;
pub mod frame;
