//! The pages: a snapshot as text for whoever comes to fetch it.

pub mod executors;
pub mod open_metrics;
pub mod spark_json;
pub mod spark_prometheus;

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The header `Content-Type`.
    pub content_type: &'static str,
    /// The text.
    pub body: String,
}
