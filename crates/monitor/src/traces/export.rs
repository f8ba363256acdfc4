//! Sends spans to a collector: OTLP over HTTP with JSON, once a period and a last time at the end.

use std::sync::Arc;
use std::time::Duration;

use hyper::{Method, header};
use parking_lot::Mutex;
use serde_json::{Value as Json, json};
use tokio::sync::oneshot;

use super::span::{Span, attribute};
use super::{Collector, Outbox};
use crate::http;
use crate::metrics::Application;

const LOGGER: &str = "firesteel::Traces";

/// How long the collector may take to answer.
const TIMEOUT: Duration = Duration::from_secs(3);

/// See the module.
pub(super) struct Exporter {
    collector: Collector,
    application: Application,
    is_broken: bool,
}

impl Exporter {
    pub fn new(collector: Collector, application: Application) -> Self {
        Self { collector, application, is_broken: false }
    }

    /// Sends until it is told to stop, and what is left then.
    pub async fn run(mut self, outbox: Arc<Mutex<Outbox>>, mut stopped: oneshot::Receiver<()>) {
        loop {
            let stop = tokio::select! {
                () = tokio::time::sleep(self.collector.period) => false,
                _ = &mut stopped => true,
            };
            self.send_all(&outbox).await;
            if stop {
                return;
            }
        }
    }

    async fn send_all(&mut self, outbox: &Mutex<Outbox>) {
        let Outbox { spans, lost } = std::mem::take(&mut *outbox.lock());
        if lost > 0 {
            tracing::warn!(target: LOGGER, "{lost} spans were more than could wait for the next report, and are lost.");
        }
        if spans.is_empty() {
            return;
        }
        let sent = tokio::time::timeout(TIMEOUT, self.send(&spans)).await;
        let sent = sent.unwrap_or_else(|_| Err(format!("no answer within {TIMEOUT:?}")));
        match sent {
            Ok(()) if self.is_broken => {
                tracing::warn!(target: LOGGER, "The collector at {} takes traces again.", self.collector.endpoint);
                self.is_broken = false;
            }
            Ok(()) => {}
            Err(error) => {
                if !self.is_broken {
                    tracing::warn!(
                        target: LOGGER,
                        "Traces are lost: the collector at {} cannot be reached: {error}; it is tried again every {:?}.",
                        self.collector.endpoint, self.collector.period
                    );
                }
                self.is_broken = true;
            }
        }
    }

    async fn send(&self, spans: &[Span]) -> Result<(), String> {
        let body = body(spans, &self.application).to_string().into_bytes();
        let json = (header::CONTENT_TYPE.to_string(), "application/json".to_string());
        let headers: Vec<_> = self.collector.headers.iter().cloned().chain([json]).collect();
        let (status, text) = http::exchange(Method::POST, &self.collector.endpoint, &headers, body).await?;
        if status.is_success() {
            return Ok(());
        }
        Err(format!("it answered {status}: {}", String::from_utf8_lossy(&text[..text.len().min(200)])))
    }
}

/// An `ExportTraceServiceRequest`.
fn body(spans: &[Span], application: &Application) -> Json {
    let name = std::env::var("OTEL_SERVICE_NAME").unwrap_or_else(|_| application.name.clone());
    let resource = [attribute("service.name", &json!(name)), attribute("spark.app.id", &json!(application.id))];
    json!({"resourceSpans": [{
        "resource": {"attributes": resource},
        "scopeSpans": [{
            "scope": {"name": "firesteel", "version": application.version},
            "spans": spans.iter().map(Span::json).collect::<Vec<_>>(),
        }],
    }]})
}
