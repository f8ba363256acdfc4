//! Event logs: what an application's bus told, as lines of JSON in Spark's format, and what can be read from them later.
//!
//! ```text
//! <spark.eventLog.dir>/eventlog_v2_<application>/           with spark.eventLog.rolling.enabled (the default)
//!     appstatus_<application>.inprogress                    without ".inprogress" once the application has ended
//!     events_1_<application>.zstd                           one zstd frame a flush, so that what was written can be read
//! <spark.eventLog.dir>/<application>.zstd.inprogress        otherwise
//! ```
//!
//! [`writer`] writes a log as events come; [`log`] reads one, also if its end is cut off; [`server`] shows all of a directory;
//! [`earlier`] finds what a query did before it was restarted.

pub mod earlier;
pub mod log;
pub mod server;
mod settings;
pub mod writer;

pub use server::History;
pub use settings::{EventLogConfig, log_directory};
pub use writer::EventLog;
