//! A span: something with a name, a start and an end, and its JSON in OTLP.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Value as Json, json};

/// The longest text of an attribute or an error.
const LETTERS_MAX: usize = 2000;

/// OTLP's code for a span that is neither a server's nor a client's.
const INTERNAL: u8 = 1;
/// OTLP's codes for how it ended.
const OK: u8 = 1;
const ERROR: u8 = 2;

/// Where a span belongs: its trace and its own number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Context {
    pub trace: u128,
    pub span: u64,
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Span {
    pub context: Context,
    pub parent: Option<u64>,
    pub name: String,
    pub start_ms: i64,
    pub end_ms: i64,
    pub attributes: Vec<(String, Json)>,
    /// A span of another trace that it belongs to.
    pub link: Option<Context>,
    pub error: Option<String>,
}

impl Context {
    /// The first span of a trace. The same text gives the same numbers, so that whoever comes first knows what comes later.
    pub fn root(of: &str) -> Self {
        let trace = (u128::from(hash(("trace", of))) << 64) | u128::from(hash(("half", of)));
        Self { trace: trace.max(1), span: hash(("span", of)).max(1) }
    }

    /// A span in the same trace.
    pub fn child(self, of: &str) -> Self {
        Self { span: hash((self.trace, of)).max(1), ..self }
    }
}

fn hash(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

impl Span {
    /// Adds an attribute.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Json>) -> Self {
        let value = match value.into() {
            Json::String(text) => Json::String(text.chars().take(LETTERS_MAX).collect()),
            other => other,
        };
        self.attributes.push((name.to_string(), value));
        self
    }

    /// As OTLP writes it.
    pub fn json(&self) -> Json {
        let attributes: Vec<Json> = self.attributes.iter().filter_map(|(name, value)| attribute(name, value)).collect();
        let error = self.error.as_deref().map(|error| error.chars().take(LETTERS_MAX).collect::<String>());
        let events = error.iter().map(|error| {
            json!({
                "name": "exception",
                "timeUnixNano": nanos(self.end_ms),
                "attributes": [attribute("exception.message", &json!(error))],
            })
        });
        let links = self.link.iter().map(|link| json!({"traceId": trace_id(*link), "spanId": span_id(link.span)}));
        let mut json = json!({
            "traceId": trace_id(self.context),
            "spanId": span_id(self.context.span),
            "name": self.name.chars().take(LETTERS_MAX).collect::<String>(),
            "kind": INTERNAL,
            "startTimeUnixNano": nanos(self.start_ms),
            "endTimeUnixNano": nanos(self.end_ms.max(self.start_ms)),
            "attributes": attributes,
            "events": events.collect::<Vec<_>>(),
            "links": links.collect::<Vec<_>>(),
            "status": match &error {
                Some(error) => json!({"code": ERROR, "message": error}),
                None => json!({"code": OK}),
            },
        });
        if let (Some(parent), Json::Object(fields)) = (self.parent, &mut json) {
            fields.insert("parentSpanId".into(), span_id(parent).into());
        }
        json
    }
}

/// An attribute of OTLP; `None` for what it has no kind for here.
pub(super) fn attribute(name: &str, value: &Json) -> Option<Json> {
    let value = match value {
        Json::String(text) => json!({"stringValue": text}),
        Json::Bool(flag) => json!({"boolValue": flag}),
        Json::Number(number) if number.is_f64() => json!({"doubleValue": number}),
        // Whole numbers have 64 bits, so JSON has them as text.
        Json::Number(number) => json!({"intValue": number.to_string()}),
        _ => return None,
    };
    Some(json!({"key": name, "value": value}))
}

fn trace_id(context: Context) -> String {
    format!("{:032x}", context.trace)
}

fn span_id(span: u64) -> String {
    format!("{span:016x}")
}

fn nanos(ms: i64) -> String {
    format!("{ms}000000")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_gives_the_same_numbers_and_another_text_others() {
        let batch = Context::root("run batch 1");
        assert_eq!(batch, Context::root("run batch 1"));
        assert_ne!(batch.trace, Context::root("run batch 2").trace);
        let job = batch.child("job 1");
        assert_eq!(job.trace, batch.trace);
        assert_ne!(job.span, batch.child("job 2").span);
    }

    #[test]
    fn a_span_is_written_as_otlp_writes_it() {
        let context = Context { trace: 1, span: 2 };
        let span = Span { context, parent: Some(3), name: "job 1".into(), start_ms: 5, end_ms: 7, ..Span::default() };
        let json =
            Span { error: Some("why".into()), ..span }.with("spark.job.id", 1).with("x", "é".repeat(3000)).json();
        assert_eq!(json["traceId"], "00000000000000000000000000000001");
        assert_eq!((&json["spanId"], &json["parentSpanId"]), (&json!("0000000000000002"), &json!("0000000000000003")));
        assert_eq!((&json["startTimeUnixNano"], &json["endTimeUnixNano"]), (&json!("5000000"), &json!("7000000")));
        assert_eq!(json["attributes"][0], json!({"key": "spark.job.id", "value": {"intValue": "1"}}));
        assert_eq!(
            json["attributes"][1]["value"]["stringValue"].as_str().map(|t| t.chars().count()),
            Some(LETTERS_MAX)
        );
        assert_eq!(json["status"], json!({"code": 2, "message": "why"}));
        assert_eq!(json["events"][0]["name"], "exception");
    }
}
