//! Spark's date and time patterns.

pub mod pattern;
