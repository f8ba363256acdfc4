//! The sink that computes every row and keeps none.

use std::sync::Arc;

use async_trait::async_trait;
use firesteel_error::{Result, SparkError};
use futures::TryStreamExt;
use tokio::task::JoinSet;

use super::{Sink, SinkFactory, SinkRequest};
use crate::batch::BatchRows;
use crate::error::from_datafusion;

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
        let mut tasks = JoinSet::new();
        for stream in rows.streams()? {
            tasks.spawn(stream.try_for_each(|_| std::future::ready(Ok(()))));
        }
        while let Some(done) = tasks.join_next().await {
            done.map_err(|e| SparkError::internal(format!("a task of the batch did not end: {e}")))?
                .map_err(from_datafusion)?;
        }
        Ok(())
    }
}
