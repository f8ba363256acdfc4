//! Firesteel as a library: an engine inside a Rust program, for Apache's own Spark Connect clients.
//!
//! ```no_run
//! # async fn example() -> firesteel::Result<()> {
//! use firesteel::{Engine, EngineOptions};
//!
//! let settings = [("spark.master".to_string(), "local[2]".to_string())].into();
//! let engine = Engine::start(EngineOptions::for_driver(settings)).await?;
//! println!("a client connects to {}", engine.remote());
//! engine.stop().await;
//! # Ok(())
//! # }
//! ```
#![warn(missing_docs)]

mod address;
mod control;
mod engine;
mod monitoring;

pub use address::Address;
pub use engine::{Engine, EngineOptions, new_token};
pub use firesteel_error::{Result, SparkError};
