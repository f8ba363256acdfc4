//! The sink that prints each batch as `df.show()` does, under a header with the batch's number.

use std::fmt::Debug;
use std::io::Write;
use std::sync::Arc;

use async_trait::async_trait;
use firesteel_error::{Exception, Result, SparkError};
use parking_lot::Mutex;

use super::{Sink, SinkFactory, SinkRequest};
use crate::batch::BatchRows;
use crate::session::StreamSession;

const RULE: &str = "-------------------------------------------";

/// Where the text goes. One call has the whole text of a batch.
type Output = Arc<Mutex<dyn Write + Send>>;

pub(super) struct ConsoleFactory {
    output: Output,
}

impl ConsoleFactory {
    pub(super) fn standard_output() -> Self {
        Self { output: Arc::new(Mutex::new(std::io::stdout())) }
    }
}

impl Debug for ConsoleFactory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ConsoleFactory")
    }
}

#[async_trait]
impl SinkFactory for ConsoleFactory {
    async fn create(&self, request: SinkRequest) -> Result<Arc<dyn Sink>> {
        let options = &request.spec.options;
        options.report_unknown("console", &["numRows", "truncate"]);
        let rows = match options.get("numRows") {
            None => 20,
            Some(text) => text
                .trim()
                .parse()
                .map_err(|_| SparkError::plain(Exception::NumberFormat, format!("For input string: \"{text}\"")))?,
        };
        let truncate = match options.get("truncate").map(str::to_lowercase).as_deref() {
            None | Some("true") => 20,
            Some("false") => 0,
            Some(text) => {
                return Err(SparkError::plain(Exception::IllegalArgument, format!("For input string: \"{text}\"")));
            }
        };
        Ok(Arc::new(Console { output: Arc::clone(&self.output), session: request.session, rows, truncate }))
    }
}

struct Console {
    output: Output,
    session: Arc<dyn StreamSession>,
    rows: usize,
    truncate: usize,
}

impl Debug for Console {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Console").field("rows", &self.rows).field("truncate", &self.truncate).finish_non_exhaustive()
    }
}

#[async_trait]
impl Sink for Console {
    fn description(&self) -> String {
        // Spark prints a Java object here; its hash differs from run to run.
        "org.apache.spark.sql.execution.streaming.ConsoleTable$@0".to_string()
    }

    async fn add_batch(&self, batch_id: i64, rows: BatchRows) -> Result<()> {
        let batch = rows.collect().await?;
        let table = self.session.show(&batch, self.rows, self.truncate)?;
        let text = format!("{RULE}\nBatch: {batch_id}\n{RULE}\n{table}\n");
        let mut output = self.output.lock();
        let written = output.write_all(text.as_bytes()).and_then(|()| output.flush());
        written.map_err(|e| SparkError::io("Cannot write to the console", e))
    }
}
