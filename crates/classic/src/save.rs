//! Saving RDDs to files, in the way of Hadoop's output committer: parts are written aside and moved into place when their
//! task has succeeded, and `_SUCCESS` is written when all have.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use firesteel_error::{Exception, Result, SparkError};
use firesteel_rdd::{Rdd, Records, TaskContext};
use serde::Deserialize;

use crate::batch::Batch;
use crate::files::{self, Codec};
use crate::java_arrays;
use crate::job::Waiting;
use crate::sequence_file::SequenceWriter;

/// How many batches Spark puts into one record of an object file.
const BATCHES_PER_RECORD: usize = 10;

/// Where parts are while they are written.
const ASIDE: &str = "_temporary";

#[derive(Debug, Deserialize)]
pub(crate) struct Save {
    path: String,
    codec: Option<String>,
}

/// Writes each batch as a line of a text file.
pub(crate) fn text(waiting: &Waiting<'_>, rdd: &Rdd<Batch>, save: &Save) -> Result<()> {
    let codec = save.codec.as_deref().map(Codec::of_class).transpose()?;
    let ending = codec.map_or("", |(_, ending)| ending);
    run(waiting, rdd, save, ending, move |file, records, task| {
        let mut out = compressed(BufWriter::new(file), codec.map(|(codec, _)| codec))?;
        for batch in records {
            let batch = batch.map_err(io::Error::other)?;
            out.write_all(&batch.0)?;
            out.write_all(b"\n")?;
            written(task, batch.0.len() + 1);
        }
        out.finish()
    })
}

/// Writes an object file, as `pickleFile` reads it.
pub(crate) fn pickled(waiting: &Waiting<'_>, rdd: &Rdd<Batch>, save: &Save) -> Result<()> {
    run(waiting, rdd, save, "", |file, records, task| {
        let mut out = SequenceWriter::new(BufWriter::new(file), rand::random())?;
        let mut group: Vec<Bytes> = Vec::with_capacity(BATCHES_PER_RECORD);
        let mut records = records.peekable();
        while let Some(batch) = records.next() {
            group.push(batch.map_err(io::Error::other)?.0);
            if group.len() == BATCHES_PER_RECORD || records.peek().is_none() {
                let record = java_arrays::write(group.iter().map(|batch| &batch[..]));
                out.append(&record)?;
                written(task, record.len());
                group.clear();
            }
        }
        out.finish()?.into_inner().map_err(io::IntoInnerError::into_error)
    })
}

fn run(
    waiting: &Waiting<'_>,
    rdd: &Rdd<Batch>,
    save: &Save,
    ending: &'static str,
    write: impl Fn(File, Records<Batch>, &TaskContext) -> io::Result<File> + Send + Sync + 'static,
) -> Result<()> {
    let directory = Arc::new(files::local_path(&save.path)?);
    if directory.exists() {
        let text = format!("Output directory file:{} already exists", directory.display());
        return Err(SparkError::plain(Exception::FileAlreadyExists, text));
    }
    let aside = directory.join(ASIDE);
    let failed = |e| SparkError::io(format!("Cannot write to {}", directory.display()), e);
    fs::create_dir_all(&aside).map_err(failed)?;
    let partitions: Vec<usize> = (0..rdd.num_partitions()?).collect();
    let target = directory.clone();
    let task = move |task: &TaskContext, records: Records<Batch>| {
        let name = format!("part-{:05}{ending}", task.partition_id());
        write_part(&target, &name, task, records, &write)
    };
    let ran = waiting.job(rdd, &partitions, task, |_, part: Part| {
        fs::rename(&part.written, &part.place).map_err(|e| SparkError::io("Cannot move a part into its place", e))
    });
    if let Err(error) = ran {
        abort(&directory);
        return Err(error);
    }
    fs::remove_dir_all(&aside).and_then(|()| File::create(directory.join("_SUCCESS")).map(drop)).map_err(failed)
}

/// Removes the parts of a job that has failed. What cannot be removed is left: why the job failed matters more.
fn abort(directory: &Path) {
    for entry in directory.read_dir().into_iter().flatten().flatten() {
        let path = entry.path();
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        if let Err(error) = removed {
            tracing::warn!("cannot remove {} of a job that has failed: {error}", path.display());
        }
    }
}

/// A part that is written, and where it belongs once its task is accepted.
struct Part {
    written: PathBuf,
    place: PathBuf,
}

fn write_part(
    directory: &Path,
    name: &str,
    task: &TaskContext,
    records: Records<Batch>,
    write: impl Fn(File, Records<Batch>, &TaskContext) -> io::Result<File>,
) -> Result<Part> {
    let written = directory.join(ASIDE).join(format!("{name}-{}", task.task_attempt_id()));
    let done = File::create(&written).and_then(|file| write(file, records, task)).and_then(|file| file.sync_all());
    match done {
        Ok(()) => Ok(Part { written, place: directory.join(name) }),
        Err(error) => Err(unwrapped(error, &written)),
    }
}

/// The error of the records themselves, or that of writing them.
fn unwrapped(error: io::Error, path: &Path) -> SparkError {
    match error.downcast::<SparkError>() {
        Ok(inner) => inner,
        Err(error) => SparkError::io(format!("Cannot write {}", path.display()), error),
    }
}

fn written(task: &TaskContext, bytes: usize) {
    task.with_metrics(|metrics| {
        metrics.output.bytes_written += bytes as u64;
        metrics.output.records_written += 1;
    });
}

/// A file that may be compressed.
enum Out {
    Plain(BufWriter<File>),
    Gzip(flate2::write::GzEncoder<BufWriter<File>>),
    Deflate(flate2::write::ZlibEncoder<BufWriter<File>>),
    Bzip2(bzip2::write::BzEncoder<BufWriter<File>>),
    Zstd(zstd::stream::write::Encoder<'static, BufWriter<File>>),
}

fn compressed(file: BufWriter<File>, codec: Option<Codec>) -> io::Result<Out> {
    let level = flate2::Compression::default();
    Ok(match codec {
        None => Out::Plain(file),
        Some(Codec::Gzip) => Out::Gzip(flate2::write::GzEncoder::new(file, level)),
        Some(Codec::Deflate) => Out::Deflate(flate2::write::ZlibEncoder::new(file, level)),
        Some(Codec::Bzip2) => Out::Bzip2(bzip2::write::BzEncoder::new(file, bzip2::Compression::default())),
        Some(Codec::Zstd) => Out::Zstd(zstd::stream::write::Encoder::new(file, 0)?),
    })
}

impl Out {
    fn finish(self) -> io::Result<File> {
        let file = match self {
            Self::Plain(file) => file,
            Self::Gzip(out) => out.finish()?,
            Self::Deflate(out) => out.finish()?,
            Self::Bzip2(out) => out.finish()?,
            Self::Zstd(out) => out.finish()?,
        };
        file.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Gzip(out) => out.write(bytes),
            Self::Deflate(out) => out.write(bytes),
            Self::Bzip2(out) => out.write(bytes),
            Self::Zstd(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
            Self::Gzip(out) => out.flush(),
            Self::Deflate(out) => out.flush(),
            Self::Bzip2(out) => out.flush(),
            Self::Zstd(out) => out.flush(),
        }
    }
}
