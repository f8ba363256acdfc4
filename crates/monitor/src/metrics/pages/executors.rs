//! Spark's `PrometheusResource`, `/metrics/executors/prometheus`: what the executor summary of the REST API says, as metrics.

use std::fmt::Write;

use serde_json::{Map, Value as Json};

use super::open_metrics;

/// What the page tells of one executor. The names are the REST API's; see [`render`].
pub type ExecutorSummary = Json;

/// The fields of the summary, the names of their metrics, and what a field's number is divided by.
const FIELDS: [(&str, &str, f64); 16] = [
    ("rddBlocks", "rddBlocks", 1.0),
    ("memoryUsed", "memoryUsed_bytes", 1.0),
    ("diskUsed", "diskUsed_bytes", 1.0),
    ("totalCores", "totalCores", 1.0),
    ("maxTasks", "maxTasks", 1.0),
    ("activeTasks", "activeTasks", 1.0),
    ("failedTasks", "failedTasks_total", 1.0),
    ("completedTasks", "completedTasks_total", 1.0),
    ("totalTasks", "totalTasks_total", 1.0),
    ("totalDuration", "totalDuration_seconds_total", 1e3),
    ("totalGCTime", "totalGCTime_seconds_total", 1e3),
    ("totalInputBytes", "totalInputBytes_bytes_total", 1.0),
    ("totalShuffleRead", "totalShuffleRead_bytes_total", 1.0),
    ("totalShuffleWrite", "totalShuffleWrite_bytes_total", 1.0),
    ("maxMemory", "maxMemory_bytes", 1.0),
    ("blacklistedInStages", "excludedInStages", 1.0),
];

/// The page, of the objects that `/api/v1/applications/<id>/executors` lists.
pub fn render(app_id: &str, app_name: &str, version: &str, executors: &[ExecutorSummary]) -> String {
    let mut page = format!("spark_info{{version=\"{}\", revision=\"firesteel\"}} 1.0\n", escape(version));
    for executor in executors {
        let id = executor["id"].as_str().unwrap_or("driver");
        let labels = format!(
            "{{application_id=\"{}\", application_name=\"{}\", executor_id=\"{}\"}}",
            escape(app_id),
            escape(app_name),
            escape(id)
        );
        for (field, metric, divisor) in FIELDS {
            if let Some(value) = executor[field].as_f64() {
                let _ = writeln!(page, "metrics_executor_{metric}{labels} {}", value / divisor);
            }
        }
        let empty = Map::new();
        for (name, value) in executor["memoryMetrics"].as_object().unwrap_or(&empty) {
            let _ = writeln!(page, "metrics_executor_{name}_bytes{labels} {value}");
        }
        for (name, value) in executor["peakMemoryMetrics"].as_object().unwrap_or(&empty) {
            if let Some(value) = value.as_f64() {
                let (name, value) = peak(name, value);
                let _ = writeln!(page, "metrics_executor_{name}{labels} {value}");
            }
        }
    }
    page
}

/// A peak's metric: memory in bytes, times in seconds, counts as they are.
fn peak(name: &str, value: f64) -> (String, f64) {
    if name.ends_with("Memory") {
        (format!("{name}_bytes"), value)
    } else if name.ends_with("Time") {
        (format!("{name}_seconds_total"), value / 1e3)
    } else {
        (format!("{name}_total"), value)
    }
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// The header `Content-Type` of the page.
pub fn content_type() -> &'static str {
    open_metrics::Format::Text.content_type()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_executor_is_a_set_of_metrics() {
        let executor = json!({"id": "driver", "totalCores": 2, "totalDuration": 1500,
            "peakMemoryMetrics": {"JVMHeapMemory": 7, "TotalGCTime": 500}});
        let page = render("app-1", "my \"app\"", "4.2.0", &[executor]);
        let labels = "{application_id=\"app-1\", application_name=\"my \\\"app\\\"\", executor_id=\"driver\"}";
        for line in ["totalCores", "totalDuration_seconds_total", "JVMHeapMemory_bytes", "TotalGCTime_seconds_total"]
            .iter()
            .zip(["2", "1.5", "7", "0.5"])
            .map(|(name, value)| format!("metrics_executor_{name}{labels} {value}\n"))
        {
            assert!(page.contains(&line), "{line}{page}");
        }
    }
}
