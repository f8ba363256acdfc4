//! The sink that gives each partition of a batch to the user's row writer.

use std::sync::Arc;

use async_trait::async_trait;
use firesteel_error::{Result, SparkError};
use tokio::task::JoinSet;

use super::{Sink, SinkFactory, SinkRequest};
use crate::batch::BatchRows;
use crate::start::RowFunction;

#[derive(Debug)]
pub(super) struct ForeachFactory(pub(super) Arc<dyn RowFunction>);

#[async_trait]
impl SinkFactory for ForeachFactory {
    async fn create(&self, request: SinkRequest) -> Result<Arc<dyn Sink>> {
        request.spec.options.report_unknown("foreach", &[]);
        Ok(Arc::new(Foreach(Arc::clone(&self.0))))
    }
}

#[derive(Debug)]
struct Foreach(Arc<dyn RowFunction>);

#[async_trait]
impl Sink for Foreach {
    fn description(&self) -> String {
        "ForeachWriterTable".to_string()
    }

    async fn add_batch(&self, batch_id: i64, rows: BatchRows) -> Result<()> {
        let mut tasks = JoinSet::new();
        for (partition, stream) in rows.streams()?.into_iter().enumerate() {
            let function = Arc::clone(&self.0);
            tasks.spawn(async move { function.process(batch_id, partition, stream).await });
        }
        while let Some(done) = tasks.join_next().await {
            done.map_err(|e| SparkError::internal(format!("a task of the batch did not end: {e}")))??;
        }
        Ok(())
    }
}
