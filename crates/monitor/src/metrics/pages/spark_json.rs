//! Spark's `MetricsServlet`: all metrics as JSON, by their kinds.

use serde_json::{Map, Value as Json, json};

use crate::metrics::Value;
use crate::metrics::snapshot::{Reading, Snapshot, components};

/// The page.
pub fn render(snapshot: &Snapshot) -> String {
    let mut kinds: [(&str, Map<String, Json>); 5] =
        ["gauges", "counters", "histograms", "meters", "timers"].map(|kind| (kind, Map::new()));
    for sample in &snapshot.samples {
        let kind = match &sample.reading {
            Reading::Gauge(_) => 0,
            Reading::Counter(_) => 1,
            Reading::Histogram(_) => 2,
            Reading::Meter(_) => 3,
            Reading::Timer(..) => 4,
        };
        let mut fields = Map::new();
        for (component, value) in components(&sample.reading) {
            let component = if component.is_empty() { "value" } else { component };
            fields.insert(component.to_string(), number(value));
        }
        if kind == 4 {
            fields.insert("duration_units".into(), "milliseconds".into());
        }
        match kind {
            3 => drop(fields.insert("units".into(), "events/second".into())),
            4 => drop(fields.insert("rate_units".into(), "calls/second".into())),
            _ => {}
        }
        kinds[kind].1.insert(sample.name.clone(), Json::Object(fields));
    }
    let mut page = Map::from_iter([("version".to_string(), json!("4.0.0"))]);
    page.extend(kinds.map(|(kind, metrics)| (kind.to_string(), Json::Object(metrics))));
    Json::Object(page).to_string()
}

fn number(value: Value) -> Json {
    match value {
        Value::Int(value) => json!(value),
        // What JSON has no number for is a text, as Dropwizard's module writes it.
        Value::Float(value) if !value.is_finite() => json!(Value::Float(value).java_text()),
        Value::Float(value) => json!(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::registry::Registry;

    #[test]
    fn metrics_are_objects_by_kind() {
        let registry = Registry::new("app.");
        registry.gauge("a", None).set(f64::NAN);
        registry.counter("b", None).add(2);
        let page: Json = serde_json::from_str(&render(&registry.snapshot())).unwrap_or_default();
        assert_eq!(page["gauges"]["app.a"], json!({"value": "NaN"}));
        assert_eq!(page["counters"]["app.b"], json!({"count": 2}));
        assert_eq!(page["timers"], json!({}));
    }
}
