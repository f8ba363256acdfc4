//! The engine's gRPC face: Spark Connect, and the driver's callbacks beside it.
//!
//! [`serve`] answers Apache's own clients on a TCP port or a Unix socket. A request names a session
//! ([`registry`], [`session`]); each executed plan is an operation ([`operation`]) whose responses are kept until the
//! client has them ([`response_log`]), so that a broken connection resumes. Relations are analyzed and run by the SQL
//! session; commands have one file for each family in [`commands`].
#![warn(missing_docs)]

pub mod accumulated;
pub mod analyze;
pub mod artifact;
pub mod auth;
pub mod callbacks;
pub mod classic;
pub mod commands;
pub mod config;
pub mod driver_batch;
pub mod driver_service;
pub mod error_table;
pub mod execute;
pub mod handle;
mod local_properties;
pub mod operation;
pub mod operations;
mod origin;
pub mod persisted;
pub mod plan;
mod progress;
pub mod python_batch;
pub mod python_callback;
pub mod python_rows;
pub mod python_runtime;
mod python_sources;
pub mod registry;
pub mod response_log;
pub mod response_stream;
pub mod results;
pub mod server;
pub mod service;
pub mod session;
pub mod status;
pub mod upload;

pub use callbacks::DriverCallbacks;
pub use firesteel_classic::frame;
pub use registry::SessionRegistry;
pub use server::{Listener, Server, ServerConfig, serve};
