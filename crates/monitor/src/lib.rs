//! Monitoring: everything that tells a person how an application does, fed by the event bus and by nothing else.
#![warn(missing_docs)]

pub mod java_properties;
pub mod metrics;
