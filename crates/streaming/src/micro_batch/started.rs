//! The log line of a query's start, in the shape that people grep for: `Started Structured Streaming Query [id = …] on [topic = …]`.

use super::run::RunningSource;

/// Logs that a query has started on its sources.
pub(super) fn log(id: &str, sources: &[RunningSource]) {
    let on: Vec<String> = sources.iter().map(|running| place(&running.source.description())).collect();
    tracing::info!(
        target: "firesteel_streaming::Query",
        "Started Structured Streaming Query [id = {id}] on {}", on.join(" ")
    );
}

/// `[topic = clicks]` for Kafka's `KafkaV2[Subscribe[clicks]]`, `[source = …]` for others.
fn place(description: &str) -> String {
    let topics = ["Subscribe[", "SubscribePattern["].into_iter().find_map(|before| description.split_once(before));
    match topics.and_then(|(_, rest)| rest.split_once(']')) {
        Some((topics, _)) => format!("[topic = {topics}]"),
        None => format!("[source = {description}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_its_topic_or_its_description() {
        assert_eq!(place("KafkaV2[Subscribe[clicks]]"), "[topic = clicks]");
        assert_eq!(place("FileStreamSource[file:/in]"), "[source = FileStreamSource[file:/in]]");
    }
}
