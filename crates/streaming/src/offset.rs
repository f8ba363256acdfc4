//! A position in a source, as the JSON text that stands in the offset log: `{"logOffset":3}`, `17`.

use std::fmt;

use firesteel_error::{Exception, Result, SparkError};
use serde_json::Value;

/// See the module. Two offsets are the same if their texts are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offset(String);

impl Offset {
    /// An offset with this JSON text.
    pub fn from_json(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// An offset that is a number.
    pub fn number(number: i64) -> Self {
        Self(number.to_string())
    }

    /// The number that the offset is.
    pub fn as_number(&self, source: &str) -> Result<i64> {
        self.0.trim().parse().map_err(|_| self.foreign(source))
    }

    /// The whole number in the field `name` of the object that the offset is.
    pub fn field(&self, name: &str, source: &str) -> Result<i64> {
        let value: Option<Value> = serde_json::from_str(&self.0).ok();
        let number = value.as_ref().and_then(|v| v.get(name)).and_then(Value::as_i64);
        number.ok_or_else(|| self.foreign(source))
    }

    /// The JSON text.
    pub fn json(&self) -> &str {
        &self.0
    }

    /// The JSON value; a text that is not JSON is a string.
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.0).unwrap_or_else(|_| Value::String(self.0.clone()))
    }

    fn foreign(&self, source: &str) -> SparkError {
        let text = format!(
            "The offset {} in the checkpoint is not one of {source}. Was the query's source changed? A changed query needs another checkpointLocation.",
            self.0
        );
        SparkError::plain(Exception::Spark, text)
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
