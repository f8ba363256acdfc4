//! The sinks, one a file.

pub(super) mod console;
pub(super) mod csv;
pub(super) mod ganglia;
pub(super) mod graphite;
pub(super) mod otlp;
mod pickle;
pub(super) mod slf4j;
pub(super) mod statsd;
mod xdr;
