//! The local properties of the driver's thread that asks for an execution, as a `SparkContext` sets them: job group, description, tags.
//!
//! Spark Connect has no place for them, so a driver with a context sends them as a header of its call: a JSON object.

use std::collections::BTreeMap;

use firesteel_error::{Exception, Result, SparkError};
use tonic::metadata::MetadataMap;

/// The header; its twin is in `python/firesteel/channel.py`.
const HEADER: &str = "firesteel-local-properties";

/// Spark's names of properties that mean something to the engine.
pub(crate) const GROUP: &str = "spark.jobGroup.id";
pub(crate) const DESCRIPTION: &str = "spark.job.description";
const TAGS: &str = "spark.job.tags";

/// Those that came with a call.
///
/// # Errors
/// If the header cannot be read.
pub(crate) fn of(metadata: &MetadataMap) -> Result<BTreeMap<String, String>> {
    let Some(header) = metadata.get(HEADER) else { return Ok(BTreeMap::new()) };
    serde_json::from_slice(header.as_bytes()).map_err(|error| {
        SparkError::plain(
            Exception::IllegalArgument,
            format!("The header {HEADER} is no JSON object of texts: {error}"),
        )
    })
}

/// The job tags among them.
pub(crate) fn tags(properties: &BTreeMap<String, String>) -> impl Iterator<Item = &str> {
    properties.get(TAGS).into_iter().flat_map(|tags| tags.split(',')).filter(|tag| !tag.is_empty())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_header_is_a_json_object_of_texts() {
        let mut metadata = MetadataMap::new();
        assert_eq!(of(&metadata).unwrap(), BTreeMap::new());
        metadata.insert(HEADER, r#"{"spark.job.tags": "a,b", "spark.job.description": "\u00fc"}"#.parse().unwrap());
        let properties = of(&metadata).unwrap();
        assert_eq!(tags(&properties).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(properties[DESCRIPTION], "ü");
        metadata.insert(HEADER, "[]".parse().unwrap());
        assert!(of(&metadata).is_err());
    }
}
