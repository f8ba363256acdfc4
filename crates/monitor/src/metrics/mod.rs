//! Metrics: named numbers of the engine, and the sinks that carry them to whoever watches.
//!
//! The model is Spark's. A **registry** holds metrics of five kinds (gauge, counter, histogram, meter, timer) by names such as
//! `local-1700000000000.driver.spark.streaming.clicks.inputRate-total`. **Sources** turn events of the bus into values: nothing else in the
//! engine knows of metrics. **Sinks**, configured by `metrics.properties` or `spark.metrics.conf.*`, read a snapshot of the
//! registry, each at its own period and in a thread of its own, so that a slow or unreachable receiver holds up nothing.
//!
//! The **pages** are the same snapshot for Prometheus and for Spark's JSON servlet; [`MetricsSystem::page`] gives them to the web UI's
//! port. The number of series is bounded ([`registry::SERIES_MAX`]); what does not fit is counted and said once.
//!
//! A new sink is one file in `sinks/` and one line in [`sink::SINKS`]; a new source is one file in `sources/` and one line in
//! [`source::all`].

pub mod config;
pub mod kinds;
pub mod pages;
pub mod registry;
mod reporter;
mod routes;
pub mod sink;
mod sinks;
pub mod snapshot;
pub mod source;
mod sources;
mod system;
mod value;

pub use routes::router;
pub use sink::Application;
pub use system::{MetricsOptions, MetricsSystem};
pub use value::Value;
