//! Logs: `tracing` inside the engine, Spark's lines outside, laid out and levelled by the user's log4j files.
//!
//! The model is log4j's. A **logger** has a name like `org.apache.spark.sql.execution.streaming.Query` and a level; the level of the
//! longest configured name that contains it counts, at last the root's. An **appender** writes records somewhere (the console, a file, files that
//! roll) in a **layout** (a pattern, or JSON with Spark's fields). `log4j2.properties` and log4j 1's `log4j.properties` are read; what in
//! them has no meaning here is said, a line each, and nothing else goes wrong.
//!
//! Without a file there is one appender, standard error, with Spark's pattern, and the root's level is WARN.

mod appender;
pub mod config;
mod date;
pub mod events;
mod json;
mod level;
mod log4j1;
mod log4j2;
pub mod logger;
pub mod pattern;
pub mod progress_bar;
mod recent;
pub mod record;
mod rolling;
mod start;
mod subscriber;
mod variables;

pub use level::Level;
pub use start::{LogOptions, files, recent, set_level, start};
