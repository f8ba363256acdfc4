//! From the bytes of a slice to batches: reading ahead, decompressing, transcoding, cutting at records.
//!
//! A format gives a [`DecoderFactory`]; its decoders see only whole records that belong to their slice.

use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::RecordBatch;
use bytes::Bytes;
use firesteel_error::{Result, SparkError};
use object_store::{ObjectStore, ObjectStoreExt};

use crate::compression::{Codec, Decompressor};
use crate::context::FormatContext;
use crate::encoding::{Encoding, Transcoder};
use crate::file_status::FileStatus;
use crate::lines::LineEnd;
use crate::options::Options;
use crate::split::{FileSlice, partitions};
use crate::storage::{ReadError, store_of};

/// How a file is cut into records.
#[derive(Debug, Clone)]
pub(crate) enum Framing {
    /// A line is a record.
    Lines(LineEnd),
    /// The decoder finds the end of each record.
    Records,
    /// The file is one record, or must be seen whole.
    Whole,
}

/// Makes the decoders of a scan.
pub(crate) trait DecoderFactory: Debug + Send + Sync {
    /// How files are cut.
    fn framing(&self) -> Framing;

    /// The files' encoding.
    fn encoding(&self) -> Encoding;

    /// Whether files are taken as they are: not unpacked, nothing at their start overlooked.
    fn is_binary(&self) -> bool {
        false
    }

    /// A decoder for one slice, that gives the columns the factory was made for.
    fn decoder(&self, slice: &FileSlice) -> Result<Box<dyn Decoder>>;
}

/// Decodes records into columns.
pub(crate) trait Decoder: Send {
    /// Decodes the whole records at the front of `bytes` and says how long they are. With `last`, all of `bytes` is
    /// whole. A decoder of [`Framing::Lines`] is only given whole lines, and takes them all.
    fn decode(&mut self, bytes: &[u8], last: bool) -> Result<usize>;

    /// Whether it wants no more bytes.
    fn is_done(&self) -> bool {
        false
    }

    /// Rows that wait to be taken.
    fn rows(&self) -> usize;

    /// Takes them.
    fn take(&mut self) -> Result<RecordBatch>;
}

/// Runs decoders over all of `files` for what they learn, not for rows (schema inference); big files in parallel.
pub(crate) async fn survey(
    files: &[FileStatus],
    splittable: bool,
    factory: Arc<dyn DecoderFactory>,
    options: &Options,
    context: &FormatContext,
) -> Result<()> {
    let skip_corrupt = options.flag("ignoreCorruptFiles", context.ignore_corrupt_files)?;
    let skip_missing = options.flag("ignoreMissingFiles", context.ignore_missing_files)?;
    let plain = |file: &FileStatus| Codec::of_name(file.path.name()).is_ok_and(|codec| codec == Codec::None);
    let mut tasks = tokio::task::JoinSet::new();
    for slices in partitions(files, |file| splittable && plain(file), context) {
        let (factory, context) = (Arc::clone(&factory), context.clone());
        tasks.spawn(async move {
            for slice in slices {
                let looked = async {
                    let mut reader = SliceReader::open(&slice, factory.as_ref(), &context)?;
                    while reader.next(usize::MAX).await?.is_some() {}
                    Ok(())
                };
                match looked.await {
                    Err(ReadError::Missing) if skip_missing => {}
                    Err(ReadError::Other(_)) if skip_corrupt => {}
                    Err(error) => return Err(crate::scan::read_failed(&slice, error)),
                    Ok(()) => {}
                }
            }
            Ok(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.map_err(|error| SparkError::internal(error.to_string()))??;
    }
    Ok(())
}

const BLOCK_BYTES: u64 = 1 << 20;

/// The bytes of a file from an offset on, a block ahead.
struct Blocks {
    source: Source,
    at: u64,
    end: u64,
    ahead: Option<tokio::task::JoinHandle<Result<Bytes, ReadError>>>,
}

#[derive(Clone)]
enum Source {
    /// Its own position is that of the next block: blocks are read one after the other.
    Local(Arc<std::fs::File>),
    Remote(Arc<dyn ObjectStore>, object_store::path::Path),
}

/// The next `length` bytes of a file, or fewer at its end.
///
/// They go into memory that was not zeroed before: the allocator would fetch zeroed pages anew from the system for each
/// block, which costs more than the reading.
fn read_local(mut file: &std::fs::File, length: u64) -> Result<Bytes, ReadError> {
    use std::io::Read;
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(usize::MAX));
    Read::take(&mut file, length).read_to_end(&mut bytes)?;
    Ok(bytes.into())
}

impl Blocks {
    fn open(slice: &FileSlice, at: u64, context: &FormatContext) -> Result<Self, ReadError> {
        let url = &slice.file.path;
        let (source, end) = match url.local_path() {
            Some(path) => {
                let mut file = std::fs::File::open(path)?;
                let end = file.metadata()?.len();
                std::io::Seek::seek(&mut file, std::io::SeekFrom::Start(at))?;
                (Source::Local(Arc::new(file)), end)
            }
            None => (Source::Remote(store_of(url, context)?, url.store_path()?), slice.file.size),
        };
        Ok(Self { source, at, end, ahead: None })
    }

    /// The next block, and whether it is the last.
    async fn next(&mut self) -> Result<(Bytes, bool), ReadError> {
        let block = match self.ahead.take() {
            Some(task) => task.await.map_err(|error| ReadError::from(std::io::Error::other(error)))??,
            None => self.read(self.at).await?,
        };
        self.at += block.len() as u64;
        let last = self.at >= self.end || block.is_empty();
        if !last {
            self.read_ahead();
        }
        Ok((block, last))
    }

    async fn read(&self, at: u64) -> Result<Bytes, ReadError> {
        let length = BLOCK_BYTES.min(self.end.saturating_sub(at));
        match &self.source {
            _ if length == 0 => Ok(Bytes::new()),
            Source::Local(file) => read_local(file, length),
            Source::Remote(store, path) => Ok(store.get_range(path, at..at + length).await?),
        }
    }

    fn read_ahead(&mut self) {
        let (at, length) = (self.at, BLOCK_BYTES.min(self.end.saturating_sub(self.at)));
        self.ahead = Some(match self.source.clone() {
            Source::Local(file) => tokio::task::spawn_blocking(move || read_local(&file, length)),
            Source::Remote(store, path) => {
                tokio::spawn(async move { Ok(store.get_range(&path, at..at + length).await?) })
            }
        });
    }
}

impl Drop for Blocks {
    fn drop(&mut self) {
        if let Some(task) = &self.ahead {
            task.abort();
        }
    }
}

/// One slice being read.
pub(crate) struct SliceReader {
    blocks: Blocks,
    decompressor: Decompressor,
    transcoder: Transcoder,
    framing: Framing,
    decoder: Box<dyn Decoder>,
    /// Bytes not decoded yet; `offset` is where in the (plain) file they begin.
    held: Vec<u8>,
    offset: u64,
    /// Where the next slice begins, if there is one.
    end: Option<u64>,
    /// The line that the slice begins in belongs to the slice before it.
    skip_first_line: bool,
    first_byte: u64,
    at_start: bool,
    done: bool,
}

impl SliceReader {
    pub(crate) fn open(
        slice: &FileSlice,
        factory: &dyn DecoderFactory,
        context: &FormatContext,
    ) -> Result<Self, ReadError> {
        let codec = if factory.is_binary() { Codec::None } else { Codec::of_name(slice.file.path.name())? };
        let framing = factory.framing();
        let skip = matches!(&framing, Framing::Lines(_)) && slice.start > 0;
        // A record begins in this slice if the end of the one before it reaches to the slice's first byte at most.
        let overlap = match &framing {
            Framing::Lines(end) if skip => end.longest() as u64,
            _ => 0,
        };
        let offset = slice.start.saturating_sub(overlap);
        Ok(Self {
            blocks: Blocks::open(slice, offset, context)?,
            decompressor: Decompressor::new(codec)?,
            transcoder: factory.encoding().transcoder(),
            decoder: factory.decoder(slice)?,
            framing,
            held: Vec::new(),
            offset,
            end: (!slice.is_whole() && slice.end < slice.file.size).then_some(slice.end),
            skip_first_line: skip,
            first_byte: slice.start,
            at_start: offset == 0 && !factory.is_binary(),
            done: false,
        })
    }

    /// The next batch; `None` at the end.
    pub(crate) async fn next(&mut self, batch_size: usize) -> Result<Option<RecordBatch>, ReadError> {
        while !self.done && self.decoder.rows() < batch_size {
            let (block, last) = self.blocks.next().await?;
            self.take_block(&block, last)?;
            self.done |= last || self.decoder.is_done();
        }
        if self.decoder.rows() == 0 {
            return Ok(None);
        }
        Ok(Some(self.decoder.take()?))
    }

    fn take_block(&mut self, block: &[u8], last: bool) -> Result<(), ReadError> {
        if matches!((&self.decompressor, &self.transcoder), (Decompressor::None, Transcoder::None)) {
            self.held.extend_from_slice(block);
            return Ok(self.decode(last)?);
        }
        // Few compressed bytes can be many plain ones, so they are unpacked a little at a time.
        let mut plain = Vec::new();
        for piece in block.chunks(64 << 10) {
            self.decompressor.push(piece, &mut plain)?;
            self.transcoder.push(&plain, false, &mut self.held);
            plain.clear();
            self.decode(false)?;
        }
        if last {
            self.decompressor.finish(&mut plain)?;
            self.transcoder.push(&plain, true, &mut self.held);
            self.decode(true)?;
        }
        Ok(())
    }

    /// Decodes the whole records that are held.
    fn decode(&mut self, last: bool) -> Result<()> {
        let mut from = 0;
        if self.at_start && (self.held.len() >= 3 || last) {
            self.at_start = false;
            if self.held.starts_with(b"\xEF\xBB\xBF") {
                from = 3;
            }
        }
        if self.at_start {
            return Ok(());
        }
        let used = match self.framing.clone() {
            Framing::Lines(end) => match self.whole_lines(&end, from, last) {
                Some((start, stop)) => {
                    self.decoder.decode(&self.held[start..stop], true)?;
                    stop
                }
                None => from,
            },
            Framing::Records => from + self.decoder.decode(&self.held[from..], last)?,
            Framing::Whole if last => from + self.decoder.decode(&self.held[from..], true)?,
            Framing::Whole => from,
        };
        self.held.drain(..used);
        self.offset += used as u64;
        Ok(())
    }

    /// The range of `held` from `from` on that is whole lines of this slice; `None` if more bytes are needed.
    fn whole_lines(&mut self, line_end: &LineEnd, from: usize, last: bool) -> Option<(usize, usize)> {
        let mut from = from;
        if self.skip_first_line {
            // The reader began a little before the slice; `overlap` is how much.
            let overlap = self.first_byte.saturating_sub(self.offset);
            from = match boundary(line_end, &self.held, 0, usize::try_from(overlap).unwrap_or(0), last) {
                Some(at) => at,
                None if last => self.held.len(),
                None => return None,
            };
            self.skip_first_line = false;
        }
        let Some(end) = self.end else {
            return Some((from, from + line_end.whole_lines(&self.held[from..], last)));
        };
        let Ok(end) = usize::try_from(end.saturating_sub(self.offset)) else { return None };
        if end <= from {
            self.done = true;
            return Some((from, from));
        }
        if self.held.len() < end {
            return Some((from, from + line_end.whole_lines(&self.held[from..], last)));
        }
        let search_from = end.saturating_sub(line_end.longest()).max(from);
        match boundary(line_end, &self.held, search_from, end, last) {
            Some(at) => {
                self.done = true;
                Some((from, at))
            }
            None if last => Some((from, self.held.len())),
            None => None,
        }
    }
}

/// The first place at or after `least` where a line begins, looking at line ends from `from` on.
fn boundary(line_end: &LineEnd, bytes: &[u8], from: usize, least: usize, last: bool) -> Option<usize> {
    let mut at = from;
    loop {
        let (_, rest) = line_end.split(&bytes[at..], last)?;
        at = bytes.len() - rest.len();
        if at >= least {
            return Some(at);
        }
    }
}
