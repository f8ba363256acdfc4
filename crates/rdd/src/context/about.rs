//! What a context tells about itself.

use std::time::{SystemTime, UNIX_EPOCH};

use super::SparkContext;

impl SparkContext {
    /// The version of Spark whose behaviour is followed (Spark's `version`).
    pub fn version(&self) -> &'static str {
        "4.2.0"
    }

    /// The application's number, as Spark makes it for a local one: `local-1700000000000` (Spark's `applicationId`).
    pub fn application_id(&self) -> String {
        format!("local-{}", self.start_time_ms())
    }

    /// When the context was made, in milliseconds since 1970 (Spark's `startTime`).
    pub fn start_time_ms(&self) -> u64 {
        self.0.started.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
    }

    /// When the context was made.
    pub fn started(&self) -> SystemTime {
        self.0.started
    }

    /// Who runs the application (Spark's `sparkUser`).
    pub fn spark_user(&self) -> String {
        std::env::var("SPARK_USER").or_else(|_| std::env::var("USER")).unwrap_or_else(|_| "root".to_string())
    }
}
