//! Monitoring: everything that tells a person how an application does, fed by the event bus and by nothing else.
//!
//! A [`store`] is a fold over events; [`rest`] and the pages are functions of it; a [`server`] shows them. [`live`] feeds a
//! store from the running engine's bus, [`history`] from an event log. [`metrics`] are numbers for other systems, [`traces`] spans, [`logs`] lines
//! for people, [`advice`] what to change.
#![warn(missing_docs)]

pub mod advice;
pub mod applications;
mod conf_dir;
pub mod config;
mod guard;
pub mod history;
pub mod http;
pub mod java_properties;
pub mod live;
pub mod log_files;
pub mod logs;
pub mod metrics;
mod percent;
pub mod redaction;
pub mod rest;
pub mod sampler;
pub mod server;
pub mod store;
pub mod telemetry;
pub mod time;
pub mod traces;
mod ui;
mod units;

pub use applications::{Applications, Control};
pub use conf_dir::conf_dir;
pub use config::UiConfig;
pub use live::Live;
pub use server::{Site, UiServer};
pub use telemetry::Telemetry;
