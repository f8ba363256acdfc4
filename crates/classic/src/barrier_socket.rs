//! The socket through which a barrier task's Python function meets the other tasks of its stage.
//!
//! `pyspark.BarrierTaskContext` connects once for each meeting: it sends what it wants (4 bytes: 1 for `barrier`, 2 for
//! `allGather`, which is followed by a message behind its length) and reads the number of answers, then each behind its
//! length. The socket lies in a directory that only this user can enter, so it needs no secret.

use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use firesteel_error::{Result, SparkError};
use firesteel_rdd::{BarrierTask, TaskContext};
use parking_lot::Mutex;
use tempfile::TempDir;

const BARRIER: i32 = 1;
const ALL_GATHER: i32 = 2;

/// More than any message of a sane program; a length beyond it is a fault of the protocol.
const MESSAGE_BYTES_MAX: usize = 256 << 20;

/// The listening end, for as long as the task runs.
pub(crate) struct BarrierSocket {
    directory: TempDir,
    over: Arc<AtomicBool>,
    failure: Arc<Mutex<Option<SparkError>>>,
}

impl BarrierSocket {
    /// Listens for the function of a barrier task.
    pub(crate) fn open(task: &TaskContext, barrier: &BarrierTask) -> Result<Self> {
        let cannot = |e| SparkError::io("Cannot open the socket of a barrier task", e);
        let directory = TempDir::with_prefix("firesteel-barrier-").map_err(cannot)?;
        let listener = UnixListener::bind(path_in(directory.path())).map_err(cannot)?;
        let socket = Self { directory, over: Arc::default(), failure: Arc::default() };
        let (over, failure, barrier, task) =
            (socket.over.clone(), socket.failure.clone(), barrier.clone(), task.clone());
        let serve = move || {
            let _task = task.enter();
            for stream in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                if let Err(error) = stream.map_err(lost).and_then(|stream| answer(&barrier, &stream)) {
                    // The function gets the end of the connection; why, the task tells instead of it.
                    failure.lock().get_or_insert(error);
                }
            }
        };
        std::thread::Builder::new().name("barrier-socket".to_string()).spawn(serve).map_err(cannot)?;
        Ok(socket)
    }

    /// Where the function connects to.
    pub(crate) fn path(&self) -> PathBuf {
        path_in(self.directory.path())
    }

    /// Why a meeting failed, if one did.
    pub(crate) fn failure(&self) -> Option<SparkError> {
        self.failure.lock().clone()
    }
}

impl Drop for BarrierSocket {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        let _ = UnixStream::connect(self.path());
    }
}

fn path_in(directory: &Path) -> PathBuf {
    directory.join("meet")
}

/// One meeting.
fn answer(barrier: &BarrierTask, stream: &UnixStream) -> Result<()> {
    let mut input = BufReader::new(stream);
    let mut first = [0; 4];
    if input.read(&mut first[..1]).map_err(lost)? == 0 {
        return Ok(());
    }
    input.read_exact(&mut first[1..]).map_err(lost)?;
    let answers = match i32::from_be_bytes(first) {
        BARRIER => {
            barrier.barrier()?;
            Arc::default()
        }
        ALL_GATHER => barrier.all_gather(read_text(&mut input).map_err(lost)?)?,
        other => return Err(SparkError::internal(format!("a barrier task asks for the function {other}"))),
    };
    write_texts(&mut BufWriter::new(stream), &answers).map_err(lost)
}

fn lost(error: io::Error) -> SparkError {
    SparkError::io("The connection of a barrier task's function broke", error)
}

fn read_text(input: &mut impl Read) -> io::Result<String> {
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    if length > MESSAGE_BYTES_MAX {
        return Err(io::Error::other(format!("a message of {length} bytes")));
    }
    let mut text = vec![0; length];
    input.read_exact(&mut text)?;
    String::from_utf8(text).map_err(io::Error::other)
}

fn write_texts(out: &mut impl Write, texts: &[String]) -> io::Result<()> {
    out.write_all(&length_of(texts.len())?)?;
    for text in texts {
        out.write_all(&length_of(text.len())?)?;
        out.write_all(text.as_bytes())?;
    }
    out.flush()
}

fn length_of(length: usize) -> io::Result<[u8; 4]> {
    let length = i32::try_from(length).map_err(|_| io::Error::other("too much for one answer at a barrier"))?;
    Ok(length.to_be_bytes())
}
