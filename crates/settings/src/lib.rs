//! The values of settings as Spark writes them: sizes such as `512m`, times such as `10s`; and the one setting that two engines
//! share, [`AutoInterval`].
//!
//! Spark's rules: <https://spark.apache.org/docs/latest/configuration.html#spark-properties>.
#![warn(missing_docs)]

mod interval;
mod size;
mod time;

pub use interval::{AUTO, AUTO_MAX, AUTO_MIN, AutoInterval};
pub use size::{GIB, KIB, MIB, byte_size};
pub use time::{HOUR, MILLISECOND, MINUTE, SECOND, micros};

/// A number and the letters behind it, in lower case.
fn split(text: &str) -> (String, String) {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(text.len());
    (text[..digits].to_string(), text[digits..].trim().to_string())
}
