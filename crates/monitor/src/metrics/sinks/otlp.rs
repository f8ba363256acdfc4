//! OpenTelemetry: metrics to a collector, as OTLP over HTTP with JSON; and where the same collector takes traces.
//!
//! Options: `endpoint` (`OTEL_EXPORTER_OTLP_ENDPOINT`, or `http://localhost:4318`; `/v1/metrics` is added to a bare address), `headers`
//! (`name=value,…`), `traces` (`false` to send none), `tracesEndpoint` (`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, or `/v1/traces` beside the
//! metrics). A collector on the same machine takes plain HTTP and does the encryption, the credentials and the
//! retries; an `https` endpoint is refused rather than sent to without.

use std::time::Duration;

use hyper::{Method, Uri, header};
use serde_json::{Value as Json, json};
use tokio::runtime::{Builder, Runtime};

use crate::http;
use crate::metrics::kinds::HistogramReading;
use crate::metrics::sink::{Application, Made, Sink, SinkOptions};
use crate::metrics::snapshot::{NANOS_TO_MILLIS, Reading, Sample, Snapshot};
use crate::traces::Collector;

/// How long the collector may take to answer.
const TIMEOUT: Duration = Duration::from_secs(3);

/// OTLP's code for totals since the start.
const CUMULATIVE: u8 = 2;

struct Otlp {
    endpoint: Uri,
    headers: Vec<(String, String)>,
    application: Application,
    start_nanos: String,
    runtime: Runtime,
}

/// Makes the sink.
pub(crate) fn make(options: &SinkOptions) -> Result<Made, String> {
    Ok(Made::Reporter(Box::new(otlp(options)?)))
}

fn otlp(options: &SinkOptions) -> Result<Otlp, String> {
    // These are for the traces, which are wrong or right together with the metrics.
    traces(options)?;
    let endpoint = endpoint(&address(options), "metrics")?;
    let headers = headers(options)?;
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    let start_nanos = nanos(std::time::SystemTime::now());
    Ok(Otlp { endpoint, headers, application: options.application.clone(), start_nanos, runtime })
}

/// Where traces are sent, if they are.
///
/// # Errors
/// A sentence that names the option.
pub(crate) fn traces(options: &SinkOptions) -> Result<Option<Collector>, String> {
    let own = options.text("tracesEndpoint").or_else(|| std::env::var("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").ok());
    match options.text("traces").unwrap_or_else(|| "true".into()).to_ascii_lowercase().as_str() {
        "true" => {}
        "false" => return Ok(None),
        other => return Err(format!("traces={other} is neither true nor false")),
    }
    let endpoint = match own {
        Some(text) => endpoint(&text, "traces")?,
        None => {
            let text = address(options);
            let bare = text.trim_end_matches('/');
            let uri = endpoint(bare.strip_suffix("/v1/metrics").unwrap_or(bare), "traces")?;
            if uri.path() != "/v1/traces" {
                return Err(format!("endpoint={text} says nothing of traces; set tracesEndpoint, or traces=false"));
            }
            uri
        }
    };
    Ok(Some(Collector { endpoint, headers: headers(options)?, period: options.period()? }))
}

fn address(options: &SinkOptions) -> String {
    let environment = || std::env::var("OTEL_EXPORTER_OTLP_ENDPOINT").ok();
    options.text("endpoint").or_else(environment).unwrap_or_else(|| "http://localhost:4318".into())
}

fn headers(options: &SinkOptions) -> Result<Vec<(String, String)>, String> {
    let headers = options.text("headers").unwrap_or_default();
    let headers = headers.split(',').filter(|header| !header.trim().is_empty()).enumerate().map(|(at, header)| {
        // What it is is not told: it may be a credential.
        let (name, value) =
            header.split_once('=').ok_or_else(|| format!("headers: number {} is not name=value", at + 1))?;
        Ok((name.trim().to_string(), value.trim().to_string()))
    });
    headers.collect()
}

/// The full address.
fn endpoint(text: &str, signal: &str) -> Result<Uri, String> {
    let wrong = |why: &str| format!("endpoint={text} {why}");
    let bare = text.trim_end_matches('/');
    let uri: Uri = bare.parse().map_err(|_| wrong("is not an address"))?;
    match uri.scheme_str() {
        Some("http") if uri.host().is_some() => {}
        Some("https") => {
            return Err(wrong("is encrypted; send to a collector on this machine with http and let it encrypt"));
        }
        _ => return Err(wrong("does not begin with http://")),
    }
    if uri.path() != "/" {
        return Ok(uri);
    }
    format!("{bare}/v1/{signal}").parse().map_err(|_| wrong("is not an address"))
}

fn nanos(time: std::time::SystemTime) -> String {
    time.duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap_or_default().as_nanos().to_string()
}

impl Otlp {
    /// The request's body: an `ExportMetricsServiceRequest`.
    fn body(&self, snapshot: &Snapshot) -> Json {
        let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
        let name = std::env::var("OTEL_SERVICE_NAME").unwrap_or_else(|_| self.application.name.clone());
        let time = nanos(snapshot.time);
        let metrics: Vec<Json> =
            snapshot.samples.iter().filter_map(|sample| metric(sample, &self.start_nanos, &time)).collect();
        json!({"resourceMetrics": [{
            "resource": {"attributes": [text("service.name", &name), text("spark.app.id", &self.application.id)]},
            "scopeMetrics": [{
                "scope": {"name": "firesteel", "version": self.application.version},
                "metrics": metrics,
            }],
        }]})
    }

    async fn send(&self, body: Vec<u8>) -> Result<(), String> {
        let json = (header::CONTENT_TYPE.to_string(), "application/json".to_string());
        let headers: Vec<_> = self.headers.iter().cloned().chain([json]).collect();
        let (status, text) = http::exchange(Method::POST, &self.endpoint, &headers, body).await?;
        if status.is_success() {
            return Ok(());
        }
        Err(format!("it answered {status}: {}", String::from_utf8_lossy(&text[..text.len().min(200)])))
    }
}

impl Sink for Otlp {
    fn report(&mut self, snapshot: &Snapshot) -> Result<(), String> {
        let body = self.body(snapshot).to_string().into_bytes();
        let sent = self.runtime.block_on(async {
            let late = |_| format!("no answer within {TIMEOUT:?}");
            tokio::time::timeout(TIMEOUT, self.send(body)).await.map_err(late)?
        });
        sent.map_err(|error| format!("the collector at {} cannot be reached: {error}", self.endpoint))
    }
}

/// A metric of OTLP, by its name on the OpenMetrics page where it has one.
fn metric(sample: &Sample, start: &str, time: &str) -> Option<Json> {
    let (name, help, scale) = match &sample.family {
        Some(family) => (family.name, family.help, family.scale),
        None => (sample.name.as_str(), "", 1.0),
    };
    let labels = sample.family.iter().flat_map(|family| &family.labels);
    let attributes: Vec<Json> =
        labels.map(|(key, value)| json!({"key": key, "value": {"stringValue": value}})).collect();
    let mut point = json!({"attributes": attributes, "timeUnixNano": time});
    let mut fill = |fields: Json| {
        if let (Json::Object(point), Json::Object(fields)) = (&mut point, fields) {
            point.extend(fields);
        }
    };
    let sum = |point: Json| {
        ("sum", json!({"dataPoints": [point], "aggregationTemporality": CUMULATIVE, "isMonotonic": true}))
    };
    let (kind, data) = match &sample.reading {
        Reading::Gauge(value) => {
            let value = value.as_f64() * scale;
            fill(json!({"asDouble": value.is_finite().then_some(value)?}));
            ("gauge", json!({"dataPoints": [point]}))
        }
        Reading::Counter(count) => {
            fill(json!({"asInt": count.to_string(), "startTimeUnixNano": start}));
            sum(point)
        }
        Reading::Meter(meter) => {
            fill(json!({"asInt": meter.count.to_string(), "startTimeUnixNano": start}));
            sum(point)
        }
        Reading::Histogram(reading) => {
            fill(summary(reading, scale, start));
            ("summary", json!({"dataPoints": [point]}))
        }
        Reading::Timer(reading, _) => {
            fill(summary(reading, NANOS_TO_MILLIS * scale, start));
            ("summary", json!({"dataPoints": [point]}))
        }
    };
    Some(json!({"name": name, "description": help, kind: data}))
}

#[expect(clippy::cast_precision_loss, reason = "OTLP's sums are doubles")]
fn summary(reading: &HistogramReading, scale: f64, start: &str) -> Json {
    let quantiles =
        [(0.5, reading.p50), (0.75, reading.p75), (0.95, reading.p95), (0.98, reading.p98), (0.99, reading.p99)];
    let quantiles = quantiles.map(|(quantile, value)| json!({"quantile": quantile, "value": value * scale}));
    json!({
        "count": reading.count.to_string(),
        "sum": reading.sum as f64 * scale,
        "quantileValues": quantiles,
        "startTimeUnixNano": start,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;
    use crate::metrics::registry::Registry;
    use crate::metrics::sink::tests::options;
    use crate::metrics::snapshot::Family;

    fn registry() -> Registry {
        let registry = Registry::new("app.driver.");
        let family = Family::milliseconds("spark_batch_seconds", "How long").label("query", "q");
        registry.histogram("h", Some(family)).update(250, std::time::Instant::now());
        registry.counter("c", None).add(3);
        registry
    }

    /// What a collector that gives this answer was sent, and what the sink made of the answer.
    fn exchange(answer: &'static str) -> (String, Result<(), String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let collector = std::thread::spawn(move || {
            let mut stream = listener.accept().unwrap().0;
            let (mut text, mut buffer) = (String::new(), [0; 4096]);
            while !text.ends_with("}]}") {
                let length = stream.read(&mut buffer).unwrap();
                text.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
            }
            stream.write_all(answer.as_bytes()).unwrap();
            text
        });
        let mut sink = otlp(&options(&[("endpoint", &endpoint), ("headers", "x-key=secret")])).unwrap();
        let told = sink.report(&registry().snapshot());
        (collector.join().unwrap(), told)
    }

    #[test]
    fn a_collector_gets_json() {
        let (request, told) = exchange("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        told.unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /v1/metrics HTTP/1.1") && head.contains("x-key: secret"), "{head}");
        let body: Json = serde_json::from_str(body).unwrap();
        let metrics = &body["resourceMetrics"][0]["scopeMetrics"][0]["metrics"];
        assert_eq!(
            (&metrics[0]["name"], &metrics[0]["sum"]["dataPoints"][0]["asInt"]),
            (&json!("app.driver.c"), &json!("3"))
        );
        assert_eq!(metrics[1]["name"], "spark_batch_seconds");
        let point = &metrics[1]["summary"]["dataPoints"][0];
        assert_eq!((&point["sum"], &point["quantileValues"][0]["value"]), (&json!(0.25), &json!(0.25)));
        assert_eq!(point["attributes"][0]["value"]["stringValue"], "q");
    }

    #[test]
    fn what_a_collector_refuses_is_said() {
        let (_, told) = exchange("HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nwhy");
        let error = told.unwrap_err();
        assert!(error.contains("400") && error.ends_with("why"), "{error}");
    }

    #[test]
    fn endpoints_are_whole_addresses() {
        let metrics = |text| endpoint(text, "metrics");
        assert_eq!(metrics("http://c:4318/").unwrap().to_string(), "http://c:4318/v1/metrics");
        assert_eq!(metrics("http://c:4318/own").unwrap().to_string(), "http://c:4318/own");
        assert!(metrics("https://c").unwrap_err().contains("encrypted"));
        assert!(metrics("c:4318").unwrap_err().contains("http://"));
    }

    #[test]
    fn traces_go_to_the_same_collector_unless_told_otherwise() {
        let to = |pairs: &[(&str, &str)]| {
            traces(&options(pairs)).map(|collector| collector.map(|collector| collector.endpoint.to_string()))
        };
        let beside = Some("http://c:4318/v1/traces".to_string());
        assert_eq!(to(&[("endpoint", "http://c:4318")]).unwrap(), beside);
        assert_eq!(to(&[("endpoint", "http://c:4318/v1/metrics")]).unwrap(), beside);
        assert_eq!(to(&[("endpoint", "http://c/own"), ("tracesEndpoint", "http://c:4318")]).unwrap(), beside);
        assert_eq!(to(&[("endpoint", "http://c/own"), ("traces", "false")]).unwrap(), None);
        assert!(to(&[("endpoint", "http://c/own")]).unwrap_err().contains("tracesEndpoint"));
        assert!(to(&[("traces", "perhaps")]).unwrap_err().contains("perhaps"));
    }
}
