//! The rate-micro-batch source: the same number of rows in every batch, whatever the time.
//!
//! An offset is the number of rows so far and the time that the next row gets: `{"offset":10,"timestamp":2000}`.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::datasource::TableProvider;
use firesteel_error::Result;

use super::rate::{rate_schema, rate_table};
use super::{ReadLimit, Source, SourceContext, SourceFactory, SourceRequest, number_option, own_schema_only};
use crate::Options;
use crate::offset::Offset;

#[derive(Debug)]
pub(super) struct RateMicroBatchFactory;

#[derive(Debug, Clone, Copy)]
struct Pace {
    rows_per_batch: i64,
    start_timestamp_ms: i64,
    advance_ms: i64,
    partitions: Option<i64>,
}

fn read_options(options: &Options) -> Result<Pace> {
    let known = ["rowsPerBatch", "startTimestamp", "advanceMillisPerBatch", "numPartitions"];
    super::report_unknown(options, "rate-micro-batch", &known);
    let partitions = match options.get("numPartitions") {
        None => None,
        Some(_) => Some(number_option(options, "numPartitions", 1, 1)?),
    };
    let with_default =
        if options.contains("rowsPerBatch") { options.clone() } else { options.clone().with("rowsPerBatch", "0") };
    Ok(Pace {
        rows_per_batch: number_option(&with_default, "rowsPerBatch", 0, 1)?,
        start_timestamp_ms: number_option(options, "startTimestamp", 0, 0)?,
        advance_ms: number_option(options, "advanceMillisPerBatch", 1_000, 0)?,
        partitions,
    })
}

#[async_trait]
impl SourceFactory for RateMicroBatchFactory {
    async fn schema(&self, request: &SourceRequest) -> Result<SchemaRef> {
        if request.user_schema.is_some() {
            return Err(own_schema_only("RatePerMicroBatchProvider"));
        }
        read_options(&request.options)?;
        Ok(rate_schema())
    }

    async fn create(&self, request: SourceRequest, _: SchemaRef, _: SourceContext) -> Result<Box<dyn Source>> {
        let pace = read_options(&request.options)?;
        let parallelism = i64::try_from(request.session.state().config().target_partitions()).unwrap_or(1);
        let partitions = pace.partitions.unwrap_or(parallelism);
        Ok(Box::new(RateMicroBatchSource { pace, partitions, last: None }))
    }
}

#[derive(Debug)]
struct RateMicroBatchSource {
    pace: Pace,
    partitions: i64,
    /// Where an `availableNow` run ends, once that is asked for.
    last: Option<Option<(i64, i64)>>,
}

impl RateMicroBatchSource {
    /// Rows so far, and the time of the next row.
    fn position(&self, offset: Option<&Offset>) -> Result<(i64, i64)> {
        let Some(offset) = offset else { return Ok((0, self.pace.start_timestamp_ms)) };
        let name = self.description();
        Ok((offset.field("offset", &name)?, offset.field("timestamp", &name)?))
    }
}

#[async_trait]
impl Source for RateMicroBatchSource {
    fn description(&self) -> String {
        let Pace { rows_per_batch, start_timestamp_ms, advance_ms, .. } = self.pace;
        format!(
            "RatePerMicroBatchStream[rowsPerBatch={rows_per_batch}, numPartitions={}, \
             startTimestamp={start_timestamp_ms}, advanceMsPerBatch={advance_ms}]",
            self.partitions
        )
    }

    async fn latest_offset(&mut self, start: Option<&Offset>, _: ReadLimit) -> Result<Option<Offset>> {
        let (rows, time_ms) = self.position(start)?;
        let mut end = (rows + self.pace.rows_per_batch, time_ms + self.pace.advance_ms);
        if let Some(last) = &mut self.last {
            end = *last.get_or_insert(end);
        }
        Ok(Some(Offset::from_json(format!("{{\"offset\":{},\"timestamp\":{}}}", end.0, end.1))))
    }

    async fn batch(&mut self, start: Option<&Offset>, end: &Offset) -> Result<Arc<dyn TableProvider>> {
        let (first, time_ms) = self.position(start)?;
        let (last, _) = self.position(Some(end))?;
        rate_table(self.partitions, |at| (first + at < last).then_some((time_ms * 1_000, first + at)))
    }

    async fn freeze(&mut self) -> Result<()> {
        self.last = Some(None);
        Ok(())
    }
}
