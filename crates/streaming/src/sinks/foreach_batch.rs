//! The sink that calls the user's function with each batch.

use std::sync::Arc;

use async_trait::async_trait;
use firesteel_error::{Result, SparkError};

use super::{Sink, SinkFactory, SinkRequest};
use crate::batch::BatchRows;
use crate::start::BatchFunction;

#[derive(Debug)]
pub(super) struct ForeachBatchFactory(pub(super) Arc<dyn BatchFunction>);

#[async_trait]
impl SinkFactory for ForeachBatchFactory {
    async fn create(&self, request: SinkRequest) -> Result<Arc<dyn Sink>> {
        request.spec.options.report_unknown("foreachBatch", &[]);
        Ok(Arc::new(ForeachBatch(Arc::clone(&self.0))))
    }
}

#[derive(Debug)]
struct ForeachBatch(Arc<dyn BatchFunction>);

#[async_trait]
impl Sink for ForeachBatch {
    fn description(&self) -> String {
        "ForeachBatchSink".to_string()
    }

    fn counts_rows(&self) -> bool {
        false
    }

    async fn add_batch(&self, batch_id: i64, rows: BatchRows) -> Result<()> {
        let batch = rows.collect().await?;
        self.0.call(batch_id, batch).await.map_err(|error| {
            if error.condition() == Some("FOREACH_BATCH_USER_FUNCTION_ERROR") {
                return error;
            }
            let reason = error.message();
            SparkError::new("FOREACH_BATCH_USER_FUNCTION_ERROR").param("reason", reason).cause(error)
        })
    }
}
