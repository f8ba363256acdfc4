//! Reads what a worker answers, from bytes that arrive in any pieces.
//!
//! ```text
//! answer  := { frame | arrow } ( end | error )
//! frame   := length bytes                                       a pickled batch
//! arrow   := -6, an Arrow IPC stream to its end marker
//! error   := -2 length traceback
//! end     := -3 boot init finish processing (8 bytes each) memory-spilled disk-spilled
//!            -1 count { length (id, update) } ( -4 reusable | -1 not )
//! ```
//! The reader does no I/O: a driver asks where the next bytes go ([`ReplyReader::spare`]), says how many came
//! ([`ReplyReader::filled`]) and takes what is complete ([`ReplyReader::next`]). The body of a large batch is read straight
//! into the memory that becomes its columns.

use std::collections::VecDeque;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::ipc::reader::StreamDecoder;
use bytes::Bytes;
use firesteel_error::{Result, SparkError};

use crate::task::TaskReport;
use crate::wire::{END_OF_DATA_SECTION, END_OF_STREAM, NULL, PYTHON_EXCEPTION_THROWN, START_ARROW_STREAM, TIMING_DATA};

const CHUNK_BYTES: usize = 128 * 1024;
const ARROW_CONTINUATION: [u8; 4] = [0xff; 4];
/// pyarrow and pyspark never write larger pieces; a larger one means that we lost the thread.
const PIECE_BYTES_MAX: usize = i32::MAX as usize;

/// Something that a worker answered.
#[derive(Debug)]
pub(crate) enum Reply {
    /// A pickled batch.
    Frame(Bytes),
    /// An Arrow batch.
    Batch(RecordBatch),
    /// The traceback of an exception; nothing follows.
    Exception(String),
    /// The task has ended well; nothing follows.
    End { report: TaskReport, reusable: bool },
}

#[derive(Debug)]
enum State {
    /// An integer: the length of a frame, or a marker.
    Marker,
    Frame,
    Traceback,
    TracebackLength,
    Timings,
    AccumulatorCount,
    AccumulatorLength {
        left: usize,
    },
    Accumulator {
        left: usize,
    },
    Verdict,
    ArrowPrefix,
    ArrowMetadata,
    ArrowBody,
}

/// The state of reading one task's answer.
#[derive(Debug)]
pub(crate) struct ReplyReader {
    state: State,
    /// Bytes that the current state needs.
    need: usize,
    chunk: Vec<u8>,
    start: usize,
    end: usize,
    /// The piece that is being read, once it is known to be longer than what the chunk holds.
    piece: Option<(Vec<u8>, usize)>,
    decoder: StreamDecoder,
    batches: VecDeque<RecordBatch>,
    report: TaskReport,
}

impl ReplyReader {
    pub(crate) fn new() -> Self {
        Self {
            state: State::Marker,
            need: 4,
            chunk: vec![0; CHUNK_BYTES],
            start: 0,
            end: 0,
            piece: None,
            decoder: StreamDecoder::new(),
            batches: VecDeque::new(),
            report: TaskReport::default(),
        }
    }

    /// Where the next bytes go; never empty while [`Self::next`] gives `None`.
    pub(crate) fn spare(&mut self) -> &mut [u8] {
        match &mut self.piece {
            Some((piece, filled)) => &mut piece[*filled..],
            None => {
                if self.start > 0 {
                    self.chunk.copy_within(self.start..self.end, 0);
                    self.end -= self.start;
                    self.start = 0;
                }
                &mut self.chunk[self.end..]
            }
        }
    }

    /// `count` bytes have been put where [`Self::spare`] said.
    pub(crate) fn filled(&mut self, count: usize) {
        match &mut self.piece {
            Some((_, filled)) => *filled += count,
            None => self.end += count,
        }
    }

    /// The next complete answer, or `None` if more bytes are needed.
    pub(crate) fn next(&mut self) -> Result<Option<Reply>> {
        loop {
            if let Some(batch) = self.batches.pop_front() {
                return Ok(Some(Reply::Batch(batch)));
            }
            let Some(bytes) = self.take() else { return Ok(None) };
            if let Some(reply) = self.advance(bytes)? {
                return Ok(Some(reply));
            }
        }
    }

    /// The bytes that the current state needs, once they are there.
    fn take(&mut self) -> Option<Vec<u8>> {
        if let Some((piece, filled)) = &mut self.piece {
            if *filled < piece.len() {
                return None;
            }
            return self.piece.take().map(|(piece, _)| piece);
        }
        let there = self.end - self.start;
        if there >= self.need {
            let bytes = self.chunk[self.start..self.start + self.need].to_vec();
            self.start += self.need;
            return Some(bytes);
        }
        if self.need > CHUNK_BYTES / 2 {
            let mut piece = vec![0; self.need];
            piece[..there].copy_from_slice(&self.chunk[self.start..self.end]);
            (self.start, self.end) = (0, 0);
            self.piece = Some((piece, there));
        }
        None
    }

    fn expect(&mut self, state: State, need: usize) -> Result<Option<Reply>> {
        if need > PIECE_BYTES_MAX {
            return Err(SparkError::internal(format!("a Python worker announced {need} bytes")));
        }
        self.state = state;
        self.need = need;
        Ok(None)
    }

    fn advance(&mut self, bytes: Vec<u8>) -> Result<Option<Reply>> {
        match self.state {
            State::Marker => self.marker(int(&bytes)),
            State::Frame => {
                self.expect(State::Marker, 4)?;
                Ok(Some(Reply::Frame(bytes.into())))
            }
            State::TracebackLength => self.expect(State::Traceback, length(int(&bytes))?),
            State::Traceback => Ok(Some(Reply::Exception(String::from_utf8_lossy(&bytes).into_owned()))),
            State::Timings => self.timings(&bytes),
            State::AccumulatorCount => self.accumulators(length(int(&bytes))?),
            State::AccumulatorLength { left } => self.expect(State::Accumulator { left }, length(int(&bytes))?),
            State::Accumulator { left } => {
                self.report.accumulators.push(bytes.into());
                self.accumulators(left - 1)
            }
            State::Verdict => {
                let report = std::mem::take(&mut self.report);
                Ok(Some(Reply::End { report, reusable: int(&bytes) == END_OF_STREAM }))
            }
            State::ArrowPrefix => self.arrow_prefix(bytes),
            State::ArrowMetadata => self.arrow_metadata(bytes),
            State::ArrowBody => {
                self.decode(bytes)?;
                self.expect(State::ArrowPrefix, 8)
            }
        }
    }

    fn marker(&mut self, marker: i32) -> Result<Option<Reply>> {
        match marker {
            START_ARROW_STREAM => {
                self.decoder = StreamDecoder::new();
                self.expect(State::ArrowPrefix, 8)
            }
            TIMING_DATA => self.expect(State::Timings, 48),
            PYTHON_EXCEPTION_THROWN => self.expect(State::TracebackLength, 4),
            END_OF_DATA_SECTION => self.expect(State::AccumulatorCount, 4),
            NULL => Ok(Some(Reply::Frame(Bytes::new()))),
            marker => self.expect(State::Frame, length(marker)?),
        }
    }

    fn timings(&mut self, bytes: &[u8]) -> Result<Option<Reply>> {
        let mut longs = bytes.chunks_exact(8).map(|long| long.try_into().map_or(0, i64::from_be_bytes));
        let mut next = || longs.next().unwrap_or(0);
        self.report.boot_ms = next();
        self.report.init_ms = next();
        self.report.finish_ms = next();
        self.report.processing_ms = next();
        self.report.memory_bytes_spilled = next();
        self.report.disk_bytes_spilled = next();
        self.expect(State::Marker, 4)
    }

    fn accumulators(&mut self, left: usize) -> Result<Option<Reply>> {
        match left {
            0 => self.expect(State::Verdict, 4),
            left => self.expect(State::AccumulatorLength { left }, 4),
        }
    }

    fn arrow_prefix(&mut self, bytes: Vec<u8>) -> Result<Option<Reply>> {
        let (continuation, size) = bytes.split_at(4);
        if continuation != ARROW_CONTINUATION {
            return Err(SparkError::internal("a Python worker answered with something that is not an Arrow stream"));
        }
        let size = size.try_into().map_or(0, u32::from_le_bytes) as usize;
        // The decoder learns of the end too: it holds back a batch without a body until then.
        self.decode(bytes)?;
        if size == 0 { self.expect(State::Marker, 4) } else { self.expect(State::ArrowMetadata, size) }
    }

    fn arrow_metadata(&mut self, bytes: Vec<u8>) -> Result<Option<Reply>> {
        let message = arrow::ipc::root_as_message(&bytes)
            .map_err(|error| SparkError::internal(format!("a Python worker sent a broken Arrow message: {error}")))?;
        let body = usize::try_from(message.bodyLength()).unwrap_or(usize::MAX);
        self.decode(bytes)?;
        if body == 0 { self.expect(State::ArrowPrefix, 8) } else { self.expect(State::ArrowBody, body) }
    }

    fn decode(&mut self, bytes: Vec<u8>) -> Result<()> {
        let mut buffer = Buffer::from_vec(bytes);
        while !buffer.is_empty() {
            let batch = self
                .decoder
                .decode(&mut buffer)
                .map_err(|error| SparkError::internal(format!("a Python worker sent broken Arrow data: {error}")))?;
            self.batches.extend(batch);
        }
        Ok(())
    }
}

fn int(bytes: &[u8]) -> i32 {
    bytes.try_into().map_or(0, i32::from_be_bytes)
}

fn length(value: i32) -> Result<usize> {
    usize::try_from(value)
        .map_err(|_| SparkError::internal(format!("a Python worker answered {value} where a length belongs")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use std::sync::Arc;

    use arrow::array::{Int64Array, RecordBatchOptions};
    use arrow::datatypes::{DataType, Field, Schema};
    use arrow::ipc::writer::StreamWriter;

    use super::*;
    use crate::wire::WireWriter;

    fn read_in_pieces(bytes: &[u8], piece: usize) -> Vec<Reply> {
        let mut reader = ReplyReader::new();
        let mut replies = Vec::new();
        let mut left = bytes;
        loop {
            while let Some(reply) = reader.next().unwrap() {
                let last = matches!(reply, Reply::End { .. } | Reply::Exception(_));
                replies.push(reply);
                if last {
                    assert!(left.is_empty());
                    return replies;
                }
            }
            let spare = reader.spare();
            let count = spare.len().min(piece).min(left.len());
            assert!(count > 0, "the reader wants bytes after the end");
            spare[..count].copy_from_slice(&left[..count]);
            left = &left[count..];
            reader.filled(count);
        }
    }

    fn end(out: &mut WireWriter) {
        out.int(TIMING_DATA);
        for value in 1..=6 {
            out.long(value);
        }
        out.int(END_OF_DATA_SECTION);
        out.int(1);
        out.blob(b"update");
        out.int(END_OF_STREAM);
    }

    #[test]
    fn an_answer_is_the_same_in_pieces_of_any_size() {
        let schema = Arc::new(Schema::new(vec![Field::new("a", DataType::Int64, true)]));
        let large =
            RecordBatch::try_new(schema.clone(), vec![Arc::new(Int64Array::from_iter_values(0..30_000)) as _]).unwrap();
        let mut stream = StreamWriter::try_new(Vec::new(), &schema).unwrap();
        stream.write(&large).unwrap();
        stream.write(&large.slice(3, 5)).unwrap();
        stream.write(&large.slice(0, 0)).unwrap();
        let mut out = WireWriter::default();
        out.blob(b"first frame");
        out.int(START_ARROW_STREAM);
        out.raw(&stream.into_inner().unwrap());
        end(&mut out);
        let bytes = out.into_bytes();
        for piece in [1, 7, 4096, usize::MAX] {
            let replies = read_in_pieces(&bytes, piece);
            let [
                Reply::Frame(frame),
                Reply::Batch(first),
                Reply::Batch(second),
                Reply::Batch(third),
                Reply::End { report, reusable: true },
            ] = replies.as_slice()
            else {
                panic!("{replies:?}")
            };
            assert_eq!(frame.as_ref(), b"first frame");
            assert_eq!((first, second), (&large, &large.slice(3, 5)));
            assert_eq!(third.num_rows(), 0);
            assert_eq!((report.boot_ms, report.disk_bytes_spilled), (1, 6));
            assert_eq!(report.accumulators, [Bytes::from_static(b"update")]);
        }
    }

    #[test]
    fn batches_without_columns_are_not_lost() {
        let schema = Arc::new(Schema::empty());
        let options = RecordBatchOptions::new().with_row_count(Some(3));
        let batch = RecordBatch::try_new_with_options(schema.clone(), vec![], &options).unwrap();
        let mut stream = StreamWriter::try_new(Vec::new(), &schema).unwrap();
        stream.write(&batch).unwrap();
        stream.write(&batch).unwrap();
        let mut out = WireWriter::default();
        out.int(START_ARROW_STREAM);
        out.raw(&stream.into_inner().unwrap());
        end(&mut out);
        let rows: usize = read_in_pieces(&out.into_bytes(), 5)
            .iter()
            .map(|reply| if let Reply::Batch(batch) = reply { batch.num_rows() } else { 0 })
            .sum();
        assert_eq!(rows, 6);
    }

    #[test]
    fn nonsense_is_an_error_and_not_a_wait_for_gigabytes() {
        let mut reader = ReplyReader::new();
        reader.spare()[..4].copy_from_slice(&(-77i32).to_be_bytes());
        reader.filled(4);
        assert!(reader.next().is_err());
    }
}
