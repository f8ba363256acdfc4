//! The kinds of metrics, as in the Dropwizard library that Spark uses. Clones are the same metric.

mod counter;
mod gauge;
mod histogram;
mod meter;
mod timer;

pub use counter::Counter;
pub use gauge::Gauge;
pub use histogram::{Histogram, HistogramReading};
pub use meter::{Meter, MeterReading};
pub use timer::Timer;
