//! Streaming queries: `spark.streaming.<name or id>.*`, with Spark's names, what Spark lacks beside them, and the values of
//! `observe`.

use std::collections::BTreeMap;

use chrono::DateTime;
use firesteel_events::Event;
use firesteel_events::query::{QueryEvent, QueryProgress};
use serde_json::Value as Json;

use crate::metrics::Value;
use crate::metrics::registry::Registry;
use crate::metrics::snapshot::Family;
use crate::metrics::source::{Source, SourceContext};

/// See the module.
pub(crate) struct Queries {
    /// `spark.sql.streaming.metricsEnabled`: on unless it says otherwise, since the page is on as well.
    enabled: bool,
    /// The names of the running queries, by their runs.
    names: BTreeMap<String, String>,
}

/// Takes a number out of a progress.
type Take = fn(&Json) -> Option<Value>;

/// A gauge: its name, its family, how a family's value is scaled, its help, and where its value comes from.
type GaugeRow = (&'static str, &'static str, f64, &'static str, Take);

const GAUGES: [GaugeRow; 13] = [
    ("inputRate-total", "spark_streaming_input_rows_per_second", 1.0, "Rows that arrived per second", |p| {
        Some(float(&p["inputRowsPerSecond"]))
    }),
    ("processingRate-total", "spark_streaming_processed_rows_per_second", 1.0, "Rows processed per second", |p| {
        Some(float(&p["processedRowsPerSecond"]))
    }),
    ("latency", "spark_streaming_trigger_execution_seconds", 1e-3, "How long the last trigger took", |p| {
        Some(int(&p["durationMs"]["triggerExecution"]))
    }),
    (
        "eventTime-watermark",
        "spark_streaming_watermark_timestamp_seconds",
        1e-3,
        "The watermark, in seconds since 1970; 0 without one",
        |p| Some(Value::Int(time_ms(&p["eventTime"]["watermark"]).unwrap_or(0))),
    ),
    ("states-rowsTotal", "spark_streaming_state_rows", 1.0, "Rows of state", |p| Some(of_states(p, "numRowsTotal"))),
    ("states-usedBytes", "spark_streaming_state_memory_bytes", 1.0, "Memory of the state", |p| {
        Some(of_states(p, "memoryUsedBytes"))
    }),
    (
        "states-rowsDroppedByWatermark",
        "spark_streaming_late_rows_dropped",
        1.0,
        "Rows of the last batch that came too late and were dropped",
        |p| Some(of_states(p, "numRowsDroppedByWatermark")),
    ),
    (
        "eventTime-watermarkGap",
        "spark_streaming_watermark_gap_seconds",
        1e-3,
        "How far the watermark is behind the newest event time",
        watermark_gap,
    ),
    (
        "eventTime-latency-p50",
        "spark_streaming_event_time_latency_p50_seconds",
        1e-3,
        "Median time from an event to its processing",
        |p| p["eventTimeLatencyMs"]["p50"].as_i64().map(Value::Int),
    ),
    (
        "eventTime-latency-p95",
        "spark_streaming_event_time_latency_p95_seconds",
        1e-3,
        "95th percentile of the time from an event to its processing",
        |p| p["eventTimeLatencyMs"]["p95"].as_i64().map(Value::Int),
    ),
    (
        "eventTime-latency-p99",
        "spark_streaming_event_time_latency_p99_seconds",
        1e-3,
        "99th percentile of the time from an event to its processing",
        |p| p["eventTimeLatencyMs"]["p99"].as_i64().map(Value::Int),
    ),
    ("lastBatch-id", "spark_streaming_last_batch_id", 1.0, "The number of the last batch", |p| {
        Some(int(&p["batchId"]))
    }),
    ("lastBatch-rows", "spark_streaming_last_batch_rows", 1.0, "Rows of the last batch", |p| {
        Some(int(&p["numInputRows"]))
    }),
];

impl Queries {
    pub(crate) fn new(context: &SourceContext) -> Self {
        let setting = context.settings.get("spark.sql.streaming.metricsEnabled");
        let enabled = setting.is_none_or(|text| !text.trim().eq_ignore_ascii_case("false"));
        Self { enabled, names: BTreeMap::new() }
    }

    fn progress(&mut self, event: &QueryProgress, registry: &Registry) {
        let progress = &event.progress;
        let name = self.names.entry(event.run_id.clone()).or_insert_with(|| {
            let name = progress["name"].as_str();
            name.unwrap_or(&event.id).to_string()
        });
        let source = source_name(name);
        for (metric, family, scale, help, take) in GAUGES {
            if let Some(value) = take(progress) {
                let family = Family { scale, ..Family::new(family, help) }.label("query", name);
                registry.gauge(&format!("{source}{metric}"), Some(family)).set(value);
            }
        }
        let rows = u64::try_from(progress["numInputRows"].as_i64().unwrap_or_default()).unwrap_or_default();
        let family = Family::new("spark_streaming_rows", "Rows processed").label("query", name);
        registry.counter(&format!("{source}rows"), Some(family)).add(rows);
        let family = Family::milliseconds("spark_streaming_batch_duration_seconds", "How long batches took")
            .label("query", name);
        let took_ms = progress["batchDuration"].as_i64().unwrap_or_default();
        registry.histogram(&format!("{source}batchDuration"), Some(family)).update(took_ms, std::time::Instant::now());
        observed(&source, name, &progress["observedMetrics"], registry);
    }
}

/// The metrics that the user's `observe` measured; those that are not numbers are left out.
fn observed(source: &str, query: &str, metrics: &Json, registry: &Registry) {
    for (observation, values) in metrics.as_object().into_iter().flatten() {
        for (metric, value) in values.as_object().into_iter().flatten() {
            let value = match value {
                Json::Number(number) => number.as_i64().map_or_else(|| float(value), Value::Int),
                Json::Bool(value) => Value::Int(i64::from(*value)),
                _ => continue,
            };
            let family = Family::new("spark_streaming_observed", "What observe() measured in the last batch")
                .label("query", query)
                .label("observation", observation)
                .label("metric", metric);
            registry.gauge(&format!("{source}observed.{observation}.{metric}"), Some(family)).set(value);
        }
    }
}

impl Source for Queries {
    fn observe(&mut self, event: &Event, registry: &Registry) {
        let Event::Query(event) = event else { return };
        if !self.enabled {
            return;
        }
        match &**event {
            QueryEvent::Started(event) => {
                let name = event.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&event.id);
                self.names.insert(event.run_id.clone(), name.to_string());
            }
            QueryEvent::Progress(event) => self.progress(event, registry),
            QueryEvent::Terminated(event) => {
                if let Some(name) = self.names.remove(&event.run_id) {
                    registry.remove(&source_name(&name));
                }
            }
            QueryEvent::Idle(_) => {}
        }
    }
}

fn source_name(query: &str) -> String {
    format!("spark.streaming.{query}.")
}

fn float(value: &Json) -> Value {
    Value::Float(value.as_f64().unwrap_or_default())
}

fn int(value: &Json) -> Value {
    Value::Int(value.as_i64().unwrap_or_default())
}

fn time_ms(value: &Json) -> Option<i64> {
    Some(DateTime::parse_from_rfc3339(value.as_str()?).ok()?.timestamp_millis())
}

fn of_states(progress: &Json, field: &str) -> Value {
    let operators = progress["stateOperators"].as_array().into_iter().flatten();
    Value::Int(operators.filter_map(|operator| operator[field].as_i64()).sum())
}

fn watermark_gap(progress: &Json) -> Option<Value> {
    let event_time = &progress["eventTime"];
    let (newest, watermark) = (time_ms(&event_time["max"])?, time_ms(&event_time["watermark"])?);
    // Before the first batch has moved it, the watermark is at 1970.
    (watermark > 0).then_some(Value::Int(newest - watermark))
}

#[cfg(test)]
mod tests {
    use firesteel_events::query::{QueryStarted, QueryTerminated};
    use serde_json::json;

    use super::*;
    use crate::metrics::snapshot::Reading;

    fn started(name: Option<&str>) -> Event {
        QueryEvent::Started(QueryStarted {
            id: "q-id".into(),
            run_id: "r".into(),
            name: name.map(str::to_string),
            timestamp: String::new(),
            job_tags: Vec::new(),
        })
        .into()
    }

    fn progress() -> Event {
        let progress = json!({
            "id": "q-id", "runId": "r", "batchId": 4, "batchDuration": 250, "numInputRows": 100,
            "inputRowsPerSecond": 99.5, "processedRowsPerSecond": 400.0, "durationMs": {"triggerExecution": 251},
            "eventTime": {"max": "1970-01-01T00:00:12.000Z", "watermark": "1970-01-01T00:00:02.500Z"},
            "stateOperators": [{"numRowsTotal": 3, "memoryUsedBytes": 10}, {"numRowsTotal": 4, "memoryUsedBytes": 20}],
            "observedMetrics": {"stats": {"rows": 100, "mean": 1.5, "name": "text"}},
        });
        QueryEvent::Progress(QueryProgress { id: "q-id".into(), run_id: "r".into(), progress }).into()
    }

    fn source(settings: &[(&str, &str)]) -> Queries {
        let settings = settings.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        Queries::new(&SourceContext { app_name: "app".into(), settings })
    }

    #[test]
    fn a_querys_progress_has_sparks_names_and_is_forgotten_when_it_ends() {
        let (registry, mut source) = (Registry::new("app.driver."), source(&[]));
        source.observe(&started(Some("clicks")), &registry);
        source.observe(&progress(), &registry);
        let snapshot = registry.snapshot();
        let shows = |name: &str| snapshot.get(&format!("app.driver.spark.streaming.clicks.{name}")).copied();
        let expected = [
            ("inputRate-total", Value::Float(99.5)),
            ("processingRate-total", Value::Float(400.0)),
            ("latency", Value::Int(251)),
            ("eventTime-watermark", Value::Int(2500)),
            ("eventTime-watermarkGap", Value::Int(9500)),
            ("states-rowsTotal", Value::Int(7)),
            ("states-usedBytes", Value::Int(30)),
            ("observed.stats.rows", Value::Int(100)),
            ("observed.stats.mean", Value::Float(1.5)),
        ];
        for (name, value) in expected {
            assert_eq!(shows(name), Some(Reading::Gauge(value)), "{name}");
        }
        assert_eq!(shows("observed.stats.name"), None);
        let terminated = QueryTerminated { id: "q-id".into(), run_id: "r".into(), exception: None, error_class: None };
        source.observe(&QueryEvent::Terminated(terminated).into(), &registry);
        assert!(registry.snapshot().samples.is_empty());
    }

    #[test]
    fn a_query_without_a_name_has_its_id() {
        let (registry, mut source) = (Registry::new(""), source(&[]));
        source.observe(&started(None), &registry);
        source.observe(&progress(), &registry);
        assert!(registry.snapshot().get("spark.streaming.q-id.latency").is_some());
    }

    #[test]
    fn it_can_be_switched_off() {
        let (registry, mut source) = (Registry::new(""), source(&[("spark.sql.streaming.metricsEnabled", "false")]));
        source.observe(&started(None), &registry);
        source.observe(&progress(), &registry);
        assert!(registry.snapshot().samples.is_empty());
    }
}
