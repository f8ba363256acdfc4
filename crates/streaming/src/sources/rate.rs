//! The rate source: so many numbered rows for each second since the stream was first started.
//!
//! An offset is a number of whole seconds. The time of the first start is in the source's log (`sources/K/0`), so the rows
//! between two offsets are the same after a restart.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use async_trait::async_trait;
use bytes::Bytes;
use datafusion::datasource::{MemTable, TableProvider};
use firesteel_durable::{Clock, Put};
use firesteel_error::{Exception, Result, SparkError};
use serde_json::Value;

use super::{ReadLimit, Source, SourceContext, SourceFactory, SourceRequest, number_option, own_schema_only};
use crate::Options;
use crate::error::from_datafusion;
use crate::offset::Offset;
use crate::session::parse_time_ms;

#[derive(Debug)]
pub(super) struct RateFactory;

/// The columns of both rate sources.
pub(super) fn rate_schema() -> SchemaRef {
    let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    Arc::new(Schema::new(vec![Field::new("timestamp", time, true), Field::new("value", DataType::Int64, true)]))
}

/// Rows of a rate source, dealt out to partitions in turn as Spark does.
pub(super) fn rate_table(partitions: i64, rows: impl Fn(i64) -> Option<(i64, i64)>) -> Result<Arc<dyn TableProvider>> {
    let schema = rate_schema();
    let mut parts = Vec::new();
    for partition in 0..partitions.max(1) {
        let mine = (0..).map(|turn| rows(partition + turn * partitions.max(1))).map_while(|row| row);
        let (times, values): (Vec<i64>, Vec<i64>) = mine.unzip();
        let times = TimestampMicrosecondArray::from(times).with_timezone("UTC");
        let columns: Vec<ArrayRef> = vec![Arc::new(times), Arc::new(Int64Array::from(values))];
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns).map_err(|e| from_datafusion(e.into()))?;
        parts.push(vec![batch]);
    }
    Ok(Arc::new(MemTable::try_new(schema, parts).map_err(from_datafusion)?))
}

#[derive(Debug, Clone, Copy)]
struct Rate {
    rows_per_second: i64,
    ramp_up_seconds: i64,
}

impl Rate {
    /// How many rows there are until the end of second `seconds`.
    fn rows_until(self, seconds: i64) -> i64 {
        if seconds > self.ramp_up_seconds {
            let ramp = self.rows_until(self.ramp_up_seconds);
            return ramp + (seconds - self.ramp_up_seconds) * self.rows_per_second;
        }
        // Each second of the ramp gives so many rows more than the one before.
        let step = self.rows_per_second / (self.ramp_up_seconds + 1);
        seconds * (seconds + 1) / 2 * step
    }
}

fn read_options(options: &Options) -> Result<(Rate, Option<i64>)> {
    super::report_unknown(options, "rate", &["rowsPerSecond", "rampUpTime", "numPartitions"]);
    let rows_per_second = number_option(options, "rowsPerSecond", 1, 1)?;
    let ramp_up_ms = match options.get("rampUpTime") {
        None => 0,
        Some(text) => parse_time_ms(text).filter(|ms| *ms >= 0).ok_or_else(|| {
            let text = format!("Invalid value '{text}'. The option 'rampUpTime' must be a time such as 5s");
            SparkError::plain(Exception::IllegalArgument, text)
        })?,
    };
    let partitions = match options.get("numPartitions") {
        None => None,
        Some(_) => Some(number_option(options, "numPartitions", 1, 1)?),
    };
    Ok((Rate { rows_per_second, ramp_up_seconds: ramp_up_ms / 1_000 }, partitions))
}

#[async_trait]
impl SourceFactory for RateFactory {
    async fn schema(&self, request: &SourceRequest) -> Result<SchemaRef> {
        if request.user_schema.is_some() {
            return Err(own_schema_only("RateStreamProvider"));
        }
        read_options(&request.options)?;
        Ok(rate_schema())
    }

    async fn create(&self, request: SourceRequest, _: SchemaRef, context: SourceContext) -> Result<Box<dyn Source>> {
        let (rate, partitions) = read_options(&request.options)?;
        let created_ms = creation_time(&context).await?;
        let parallelism = i64::try_from(request.session.state().config().target_partitions()).unwrap_or(1);
        Ok(Box::new(RateSource {
            rate,
            partitions,
            parallelism,
            created_ms,
            clock: context.clock,
            newest: 0,
            frozen: false,
        }))
    }
}

/// When the stream was first started: what the source's log says, or now.
async fn creation_time(context: &SourceContext) -> Result<i64> {
    let now_ms = context.clock.now_ms();
    match context.folder.put_if_absent("0", Bytes::from(format!("v1\n{now_ms}"))).await? {
        Put::Written => Ok(now_ms),
        Put::Exists => {
            let text = context.folder.get("0").await?.unwrap_or_default();
            let text = String::from_utf8_lossy(&text).into_owned();
            let time = text.strip_prefix("v1\n").and_then(|time| time.trim().parse().ok());
            time.ok_or_else(|| {
                let what = format!(
                    "{}/0 is not the log of a rate source. Was the query's source changed? A changed query needs another \
                     checkpointLocation.",
                    context.folder.location()
                );
                SparkError::plain(Exception::NumberFormat, what)
            })
        }
    }
}

#[derive(Debug)]
struct RateSource {
    rate: Rate,
    partitions: Option<i64>,
    parallelism: i64,
    created_ms: i64,
    clock: Arc<dyn Clock>,
    /// The newest second that was offered; time that goes back does not take it back.
    newest: i64,
    frozen: bool,
}

impl RateSource {
    fn look(&mut self) -> i64 {
        if !self.frozen {
            self.newest = self.newest.max((self.clock.now_ms() - self.created_ms).div_euclid(1_000));
        }
        self.newest
    }
}

#[async_trait]
impl Source for RateSource {
    fn description(&self) -> String {
        let partitions = self.partitions.map_or_else(|| "default".to_string(), |count| count.to_string());
        // Spark leaves the bracket open.
        format!(
            "RateStreamV2[rowsPerSecond={}, rampUpTimeSeconds={}, numPartitions={partitions}",
            self.rate.rows_per_second, self.rate.ramp_up_seconds
        )
    }

    async fn resume(&mut self, committed: Option<&Offset>) -> Result<()> {
        if let Some(offset) = committed {
            self.newest = offset.as_number(&self.description())?;
        }
        Ok(())
    }

    async fn latest_offset(&mut self, _: Option<&Offset>, _: ReadLimit) -> Result<Option<Offset>> {
        Ok(Some(Offset::number(self.look())))
    }

    async fn batch(&mut self, start: Option<&Offset>, end: &Offset) -> Result<Arc<dyn TableProvider>> {
        let name = self.description();
        let from = start.map_or(Ok(0), |offset| offset.as_number(&name))?;
        let to = end.as_number(&name)?;
        let (first, last) = (self.rate.rows_until(from), self.rate.rows_until(to));
        let ms_per_row = if last > first { ((to - from) * 1_000) as f64 / (last - first) as f64 } else { 0.0 };
        let start_ms = self.created_ms + from * 1_000;
        rate_table(self.partitions.unwrap_or(self.parallelism), |at| {
            let value = first + at;
            let time_ms = start_ms + (at as f64 * ms_per_row).round() as i64;
            (value < last).then_some((time_ms * 1_000, value))
        })
    }

    async fn freeze(&mut self) -> Result<()> {
        self.look();
        self.frozen = true;
        Ok(())
    }

    fn newest(&self) -> Value {
        Value::from(self.newest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_rises_by_equal_steps_to_the_full_rate() {
        let rate = Rate { rows_per_second: 10, ramp_up_seconds: 4 };
        let each: Vec<i64> = (1..7).map(|second| rate.rows_until(second) - rate.rows_until(second - 1)).collect();
        assert_eq!(each, [2, 4, 6, 8, 10, 10]);
        assert_eq!(Rate { rows_per_second: 7, ramp_up_seconds: 0 }.rows_until(3), 21);
    }
}
