//! A query's result as messages: Arrow IPC streams of about 4 MiB.
//!
//! Each message holds one IPC stream with the schema and exactly one batch. Batches are put together while they are small and
//! the next is at hand, and cut by rows when they are large. A batch that is still larger than a message may be
//! (one row can be) is cut into chunks of bytes, if the client said that it can put them together again.

use std::pin::Pin;
use std::sync::Arc;

use arrow::array::{Array, RecordBatch, make_array};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef, TimeUnit};
use arrow::ipc::writer::StreamWriter;
use datafusion::execution::SendableRecordBatchStream;
use firesteel_error::{Result, SparkError};
use futures::{FutureExt, StreamExt};
use prost::bytes::Bytes;
use spark_connect_proto::ResultChunkingOptions;
use spark_connect_proto::execute_plan_response::ArrowBatch;

/// What a message may have, unless the client wants less or cannot join chunks.
const MESSAGE_BYTES_MAX: usize = 4 << 20;

/// The rows' own bytes in a message; the rest is left for headers and padding.
const ROWS_BYTES_MAX: usize = 3 << 20;

/// Batches are put together up to this size.
const SMALL_BATCH_BYTES: usize = 512 << 10;

/// The smallest chunk that a client may ask for.
const CHUNK_BYTES_MIN: usize = 1 << 10;

/// How a client wants large batches.
#[derive(Debug, Clone, Copy)]
pub struct Chunking {
    allowed: bool,
    bytes: usize,
}

impl Chunking {
    /// What the request's options say.
    pub fn of(options: Option<&ResultChunkingOptions>) -> Self {
        let preferred = options.and_then(|options| options.preferred_arrow_chunk_size);
        let preferred = preferred.and_then(|bytes| usize::try_from(bytes).ok());
        Self {
            allowed: options.is_some_and(|options| options.allow_arrow_batch_chunking),
            bytes: preferred
                .filter(|bytes| (CHUNK_BYTES_MIN..=MESSAGE_BYTES_MAX).contains(bytes))
                .unwrap_or(MESSAGE_BYTES_MAX),
        }
    }
}

/// Turns a result into messages, one after the other.
pub struct ResultMessages {
    batches: SendableRecordBatchStream,
    schema: SchemaRef,
    chunking: Chunking,
    /// A batch that was read but did not fit into the message before.
    ahead: Option<RecordBatch>,
    rows_sent: i64,
    empty: bool,
}

impl ResultMessages {
    /// The messages of `batches`; timestamps are labelled with the session's `time_zone`, as Spark does.
    pub fn new(batches: SendableRecordBatchStream, time_zone: &str, chunking: Chunking) -> Self {
        let schema = Arc::new(Schema::new(labelled_fields(batches.schema().fields(), time_zone)));
        Self { batches, schema, chunking, ahead: None, rows_sent: 0, empty: true }
    }

    /// The messages for the next batch; at least one batch comes, if without rows.
    ///
    /// # Errors
    /// What went wrong in the query.
    pub async fn next(&mut self) -> Result<Option<Vec<ArrowBatch>>> {
        let batch = match self.next_batch().await? {
            Some(batch) => batch,
            None if self.empty => RecordBatch::new_empty(self.schema.clone()),
            None => return Ok(None),
        };
        self.empty = false;
        let mut messages = Vec::new();
        for part in by_rows(&batch) {
            self.encode(&part, &mut messages)?;
        }
        Ok(Some(messages))
    }

    /// How many rows were sent.
    pub fn rows(&self) -> i64 {
        self.rows_sent
    }

    async fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        let Some(first) = self.read().await? else { return Ok(None) };
        let mut bytes = bytes_of(&first);
        let mut together = vec![first];
        while bytes < SMALL_BATCH_BYTES {
            let Some(Some(next)) = self.read().now_or_never().transpose()? else { break };
            bytes += bytes_of(&next);
            if bytes > ROWS_BYTES_MAX {
                self.ahead = Some(next);
                break;
            }
            together.push(next);
        }
        match together.as_slice() {
            [one] => Ok(Some(one.clone())),
            many => concat_batches(&self.schema, many).map(Some).map_err(internal),
        }
    }

    /// The next batch with rows, under the schema that is sent.
    async fn read(&mut self) -> Result<Option<RecordBatch>> {
        if let Some(batch) = self.ahead.take() {
            return Ok(Some(batch));
        }
        while let Some(batch) = self.batches.next().await {
            let batch = batch.map_err(firesteel_sql::error::from_datafusion)?;
            if batch.num_rows() > 0 {
                return labelled(&batch, &self.schema).map(Some);
            }
        }
        // The stream may not be asked again after its end.
        self.batches = ended(self.batches.schema());
        Ok(None)
    }

    fn encode(&mut self, batch: &RecordBatch, messages: &mut Vec<ArrowBatch>) -> Result<()> {
        let data = ipc(batch)?;
        let rows = batch.num_rows() as i64;
        let bytes = if self.chunking.allowed { self.chunking.bytes } else { data.len().max(1) };
        let chunks = data.len().div_ceil(bytes).max(1);
        for chunk in 0..chunks {
            let end = data.len().min((chunk + 1) * bytes);
            messages.push(ArrowBatch {
                row_count: rows,
                data: data.slice(chunk * bytes..end),
                start_offset: Some(self.rows_sent),
                chunk_index: self.chunking.allowed.then_some(chunk as i64),
                num_chunks_in_batch: self.chunking.allowed.then_some(chunks as i64),
            });
        }
        self.rows_sent += rows;
        Ok(())
    }
}

fn ended(schema: SchemaRef) -> SendableRecordBatchStream {
    let nothing = futures::stream::empty();
    Box::pin(datafusion::physical_plan::stream::RecordBatchStreamAdapter::new(schema, nothing))
        as Pin<Box<dyn datafusion::execution::RecordBatchStream + Send>>
}

/// One batch as an IPC stream of its own.
///
/// # Errors
/// `INTERNAL_ERROR` for arrays that Arrow cannot write.
pub fn ipc(batch: &RecordBatch) -> Result<Bytes> {
    let mut data = Vec::with_capacity(bytes_of(batch) + 1024);
    let mut writer = StreamWriter::try_new(&mut data, &batch.schema()).map_err(internal)?;
    writer.write(batch).and_then(|()| writer.finish()).map_err(internal)?;
    drop(writer);
    Ok(data.into())
}

/// The bytes of a batch's own rows; a slice does not count what lies beside it.
fn bytes_of(batch: &RecordBatch) -> usize {
    batch.columns().iter().map(|column| column.to_data().get_slice_memory_size().unwrap_or_default()).sum()
}

fn by_rows(batch: &RecordBatch) -> Vec<RecordBatch> {
    let parts = bytes_of(batch).div_ceil(ROWS_BYTES_MAX).clamp(1, batch.num_rows().max(1));
    let rows = batch.num_rows().div_ceil(parts).max(1);
    if parts == 1 {
        return vec![batch.clone()];
    }
    (0..batch.num_rows()).step_by(rows).map(|at| batch.slice(at, rows.min(batch.num_rows() - at))).collect()
}

/// `batch` under `schema`, which differs in time zones' names and metadata only.
fn labelled(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    if batch.schema_ref() == schema {
        return Ok(batch.clone());
    }
    let columns = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(column, field)| relabelled(column.to_data(), field.data_type()).map(make_array))
        .collect::<Result<Vec<_>>>()?;
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema.clone(), columns, &options).map_err(internal)
}

fn relabelled(data: arrow::array::ArrayData, to: &DataType) -> Result<arrow::array::ArrayData> {
    if data.data_type() == to {
        return Ok(data);
    }
    let child_types: Vec<&DataType> = match to {
        DataType::Struct(fields) => fields.iter().map(|field| field.data_type()).collect(),
        DataType::List(field) | DataType::Map(field, _) => vec![field.data_type()],
        _ => Vec::new(),
    };
    let children = data
        .child_data()
        .iter()
        .zip(child_types)
        .map(|(child, to)| relabelled(child.clone(), to))
        .collect::<Result<Vec<_>>>()?;
    data.into_builder().data_type(to.clone()).child_data(children).build().map_err(internal)
}

fn labelled_fields(fields: &Fields, time_zone: &str) -> Fields {
    fields.iter().map(|field| labelled_field(field, time_zone)).collect()
}

/// Fields of one struct with the same name get a number, as Spark gives them, for Arrow's readers go by names.
fn told_apart(fields: Fields) -> Fields {
    let count = |name: &str| fields.iter().filter(|field| field.name() == name).count();
    if fields.iter().all(|field| count(field.name()) == 1) {
        return fields;
    }
    let mut seen: std::collections::HashMap<&str, usize> = std::collections::HashMap::new();
    let numbered = |field: &FieldRef, number: usize| {
        Arc::new(field.as_ref().clone().with_name(format!("{}_{number}", field.name())))
    };
    fields
        .iter()
        .map(|field| {
            if count(field.name()) == 1 {
                return field.clone();
            }
            let next = seen.entry(field.name()).or_default();
            *next += 1;
            numbered(field, *next - 1)
        })
        .collect()
}

fn labelled_field(field: &FieldRef, time_zone: &str) -> FieldRef {
    let data_type = match field.data_type() {
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => {
            DataType::Timestamp(TimeUnit::Microsecond, Some(time_zone.into()))
        }
        DataType::Struct(fields) => DataType::Struct(told_apart(labelled_fields(fields, time_zone))),
        DataType::List(element) => DataType::List(labelled_field(element, time_zone)),
        DataType::Map(entries, sorted) => DataType::Map(labelled_field(entries, time_zone), *sorted),
        other => other.clone(),
    };
    Arc::new(Field::new(field.name(), data_type, field.is_nullable()))
}

fn internal(error: impl std::fmt::Display) -> SparkError {
    SparkError::internal(format!("A result cannot be sent: {error}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use arrow::array::{Int64Array, ListArray, StringArray, StructArray, TimestampMicrosecondArray};
    use arrow::buffer::OffsetBuffer;
    use arrow::ipc::reader::StreamReader;
    use datafusion::physical_plan::stream::RecordBatchStreamAdapter;

    fn messages(batches: Vec<RecordBatch>, chunking: Chunking) -> ResultMessages {
        let schema = batches[0].schema();
        let stream = futures::stream::iter(batches.into_iter().map(Ok));
        ResultMessages::new(Box::pin(RecordBatchStreamAdapter::new(schema, stream)), "Asia/Tokyo", chunking)
    }

    async fn all(mut messages: ResultMessages) -> Vec<ArrowBatch> {
        let mut sent = Vec::new();
        while let Some(some) = messages.next().await.unwrap() {
            sent.extend(some);
        }
        sent
    }

    fn longs(values: std::ops::Range<i64>) -> RecordBatch {
        RecordBatch::try_from_iter([("id", Arc::new(Int64Array::from_iter_values(values)) as _)]).unwrap()
    }

    fn chunking(allowed: bool, bytes: usize) -> Chunking {
        Chunking { allowed, bytes }
    }

    fn read(data: &[u8]) -> RecordBatch {
        let batches: Vec<_> = StreamReader::try_new(data, None).unwrap().map(|batch| batch.unwrap()).collect();
        assert_eq!(batches.len(), 1);
        batches[0].clone()
    }

    #[tokio::test]
    async fn small_batches_are_sent_together_and_large_ones_in_parts() {
        let small = all(messages(vec![longs(0..3), longs(3..5)], chunking(true, MESSAGE_BYTES_MAX))).await;
        assert_eq!(small.iter().map(|m| m.row_count).collect::<Vec<_>>(), [5]);
        let large = all(messages(vec![longs(0..1_500_000)], chunking(true, MESSAGE_BYTES_MAX))).await;
        assert_eq!(
            large.iter().map(|m| (m.start_offset(), m.row_count)).collect::<Vec<_>>(),
            [(0, 375_000), (375_000, 375_000), (750_000, 375_000), (1_125_000, 375_000),]
        );
        assert!(large.iter().all(|message| message.data.len() < MESSAGE_BYTES_MAX));
    }

    #[tokio::test]
    async fn an_empty_result_has_one_batch() {
        let sent = all(messages(vec![longs(0..0)], chunking(false, MESSAGE_BYTES_MAX))).await;
        assert_eq!(sent.len(), 1);
        assert_eq!(read(&sent[0].data).num_rows(), 0);
        assert_eq!(sent[0].chunk_index, None);
    }

    #[tokio::test]
    async fn a_large_row_is_sent_in_chunks_if_the_client_can_join_them() {
        let text = "x".repeat(10_000);
        let row = RecordBatch::try_from_iter([("s", Arc::new(StringArray::from(vec![text])) as _)]).unwrap();
        let sent = all(messages(vec![row.clone()], chunking(true, 4096))).await;
        assert_eq!(sent.len(), 3);
        assert!(
            sent.iter().enumerate().all(|(at, m)| m.chunk_index == Some(at as i64) && m.num_chunks_in_batch == Some(3))
        );
        let joined: Vec<u8> = sent.iter().flat_map(|message| message.data.clone()).collect();
        assert_eq!(read(&joined), row);
        assert_eq!(all(messages(vec![row], chunking(false, 4096))).await.len(), 1);
    }

    #[tokio::test]
    async fn timestamps_have_the_sessions_time_zone_at_any_depth() {
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let times: Arc<dyn Array> = Arc::new(TimestampMicrosecondArray::from(vec![1, 2]).with_timezone("UTC"));
        let element = Arc::new(Field::new("element", utc.clone(), true));
        let list = ListArray::new(element, OffsetBuffer::from_lengths([1, 1]), times.clone(), None);
        let inner = Arc::new(Field::new("l", list.data_type().clone(), true));
        let nested = StructArray::from(vec![(inner, Arc::new(list) as Arc<dyn Array>)]);
        let batch = RecordBatch::try_from_iter([("t", times), ("n", Arc::new(nested) as _)]).unwrap();
        let sent = all(messages(vec![batch], chunking(false, MESSAGE_BYTES_MAX))).await;
        let schema = read(&sent[0].data).schema();
        let text = format!("{:?}", schema.fields());
        assert!(!text.contains("UTC") && text.matches("Asia/Tokyo").count() == 2, "{text}");
    }
}
