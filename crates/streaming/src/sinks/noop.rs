//! The sink that computes every row and keeps none.

use std::sync::Arc;

use async_trait::async_trait;
use firesteel_error::Result;

use super::{Sink, SinkFactory, SinkRequest};
use crate::batch::BatchRows;

#[derive(Debug)]
pub(super) struct NoopFactory;

#[async_trait]
impl SinkFactory for NoopFactory {
    async fn create(&self, request: SinkRequest) -> Result<Arc<dyn Sink>> {
        request.spec.options.report_unknown("noop", &[]);
        Ok(Arc::new(Noop))
    }
}

#[derive(Debug)]
struct Noop;

#[async_trait]
impl Sink for Noop {
    fn description(&self) -> String {
        "NoopTable".to_string()
    }

    async fn add_batch(&self, _batch_id: i64, rows: BatchRows) -> Result<()> {
        rows.drain().await
    }
}
