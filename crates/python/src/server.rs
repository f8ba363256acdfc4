//! One fork server process and the workers it has forked: started, killed and watched over a socket pair.
//!
//! The other side is `python/firesteel/worker.py`, which describes the messages. The socket pair has no name, and each
//! worker's task socket is made here and handed over as a descriptor, so nobody else can speak to a worker.

use std::collections::{BTreeMap, HashMap};
use std::io::{IoSlice, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use firesteel_error::{Exception, Result, SparkError};
use nix::sys::signal::{Signal, killpg};
use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};
use nix::unistd::Pid;
use parking_lot::Mutex;

use crate::eval_kind::Preload;
use crate::life::{Life, forward_output};
use crate::scripts;

const EVENT_BYTES: usize = 13;
const TICK: Duration = Duration::from_secs(30);

/// A running fork server.
#[derive(Debug)]
pub(crate) struct Server {
    python: String,
    /// Also serialises messages: each is sent whole.
    control: Mutex<UnixStream>,
    child: Mutex<Child>,
    own: Arc<Life>,
    workers: Arc<Mutex<HashMap<i64, Arc<Life>>>>,
    last_id: AtomicI64,
    loaded: Mutex<Preload>,
}

impl Server {
    /// Starts the script under `python`. `tick` is called every half minute while the server lives.
    pub(crate) fn start(
        python: &Path,
        programs: &Path,
        variables: &BTreeMap<String, String>,
        tick: impl Fn() + Send + 'static,
    ) -> Result<Arc<Self>> {
        let cannot = |error| SparkError::io(format!("cannot start Python workers with {}", python.display()), error);
        let (ours, theirs) = UnixStream::pair().map_err(cannot)?;
        let (output, output_end) = std::io::pipe().map_err(cannot)?;
        let mut command = Command::new(python);
        command
            .arg(programs.join(scripts::SERVER))
            .envs(variables)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::from(output_end.try_clone().map_err(cannot)?))
            .stderr(Stdio::from(output_end))
            // A group of its own, so that one signal ends the server and all its workers.
            .process_group(0);
        let child = command.spawn().map_err(cannot)?;
        // The command holds copies of the descriptors that the child got.
        drop(command);
        let own = Arc::new(Life::default());
        own.started(child.id());
        forward_output(output, own.clone());
        let server = Arc::new(Self {
            python: python.display().to_string(),
            control: Mutex::new(ours.try_clone().map_err(cannot)?),
            child: Mutex::new(child),
            own: own.clone(),
            workers: Arc::default(),
            last_id: AtomicI64::new(0),
            loaded: Mutex::new(Preload::Nothing),
        });
        let workers = server.workers.clone();
        std::thread::Builder::new()
            .name("python-workers".into())
            .spawn(move || watch(ours, &workers, &own, tick))
            .map_err(cannot)?;
        Ok(server)
    }

    /// Whether the server's end has been seen.
    pub(crate) fn has_ended(&self) -> bool {
        self.own.has_ended()
    }

    /// Why no worker can be had from a server that ended.
    pub(crate) fn ended_error(&self) -> SparkError {
        let tail = self.own.tail_when_ended();
        let text = format!(
            "The Python worker server ({}) has ended. Check that this Python has pyspark-client 4.2 \
             installed, or name another with PYSPARK_PYTHON.{}",
            self.python,
            if tail.is_empty() { String::new() } else { format!(" It printed:\n{tail}") }
        );
        SparkError::plain(Exception::Spark, text)
    }

    /// Makes sure that workers forked from now on have `level` loaded.
    pub(crate) fn preload(&self, level: Preload) -> Result<()> {
        let mut loaded = self.loaded.lock();
        if *loaded < level {
            self.send(b'P', level as i64, &[])?;
            *loaded = level;
        }
        Ok(())
    }

    /// Forks a worker; gives our end of its task socket, in non-blocking mode.
    pub(crate) fn fork(&self, variables: &BTreeMap<String, String>) -> Result<(i64, UnixStream, Arc<Life>)> {
        let cannot = |error| SparkError::io("cannot make the channels of a Python worker", error);
        let (mut ours, theirs) = UnixStream::pair().map_err(cannot)?;
        let (output, output_end) = std::io::pipe().map_err(cannot)?;
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let life = Arc::new(Life::default());
        self.workers.lock().insert(id, life.clone());
        forward_output(output, life.clone());
        if let Err(error) = self.send(b'F', id, &[theirs.as_raw_fd(), output_end.as_raw_fd()]) {
            self.workers.lock().remove(&id);
            return Err(error);
        }
        let text = variables.iter().map(|(name, value)| format!("{name}\0{value}\0")).collect::<String>();
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes();
        ours.write_all(&length).and_then(|()| ours.write_all(text.as_bytes())).map_err(|_| self.ended_error())?;
        ours.set_nonblocking(true).map_err(cannot)?;
        Ok((id, ours, life))
    }

    /// Kills a worker; one that has ended already is none of our business.
    pub(crate) fn kill(&self, id: i64) {
        if self.workers.lock().contains_key(&id) {
            let _ = self.send(b'K', id, &[]);
        }
    }

    fn send(&self, operation: u8, number: i64, descriptors: &[i32]) -> Result<()> {
        let mut message = [operation, 0, 0, 0, 0, 0, 0, 0, 0];
        message[1..].copy_from_slice(&number.to_be_bytes());
        let rights = [ControlMessage::ScmRights(descriptors)];
        let attached = if descriptors.is_empty() { &[][..] } else { &rights[..] };
        let control = self.control.lock();
        sendmsg::<()>(control.as_raw_fd(), &[IoSlice::new(&message)], attached, MsgFlags::MSG_NOSIGNAL, None)
            .map(|_| ())
            .map_err(|_| self.ended_error())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let child = self.child.get_mut();
        if let Ok(pid) = i32::try_from(child.id()) {
            let _ = killpg(Pid::from_raw(pid), Signal::SIGKILL);
        }
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// Follows the server's events until it ends.
fn watch(mut control: UnixStream, workers: &Mutex<HashMap<i64, Arc<Life>>>, own: &Life, tick: impl Fn()) {
    let _ = control.set_read_timeout(Some(TICK));
    let mut event = [0; EVENT_BYTES];
    let mut filled = 0;
    loop {
        match control.read(&mut event[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => tick(),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
        if filled == EVENT_BYTES {
            filled = 0;
            take_event(&event, workers);
        }
    }
    for (_, life) in workers.lock().drain() {
        life.ended(None);
    }
    own.ended(None);
}

fn take_event(event: &[u8; EVENT_BYTES], workers: &Mutex<HashMap<i64, Arc<Life>>>) {
    let [kind, rest @ ..] = event;
    let (number, value) = rest.split_at(8);
    let number = number.try_into().map_or(0, i64::from_be_bytes);
    let value = value.try_into().map_or(0, i32::from_be_bytes);
    match kind {
        b'S' => {
            if let Some(life) = workers.lock().get(&number) {
                life.started(value.unsigned_abs());
            }
        }
        b'X' => {
            if let Some(life) = workers.lock().remove(&number) {
                life.ended(Some(value));
            }
        }
        _ => {}
    }
}
