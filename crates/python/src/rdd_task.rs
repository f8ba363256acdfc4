//! A task of an RDD on a Python worker, for threads that may block: an iterator of pickled batches in, another one out.
//!
//! The calling thread does both directions itself, waiting in `poll` for whichever comes first, so a task costs no
//! thread and no channel. Each item is the payload of one frame: a pickled batch, or, for functions of text, a UTF-8 line.

use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use bytes::Bytes;
use firesteel_error::{Result, SparkError};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use parking_lot::Mutex;

use crate::conversation::{blocking_socket, hung, last_words};
use crate::eval_kind::{EvalKind, Preload};
use crate::exception::python_exception;
use crate::outgoing::Outgoing;
use crate::pool::{IdleLimit, Killer, Lease, WorkerPool};
use crate::reply::{Reply, ReplyReader};
use crate::task::{BroadcastFile, TaskContext, TaskHeader, TaskReport, WorkerEnvironment};
use crate::wire::{END_OF_DATA_SECTION, END_OF_STREAM, WireWriter};

const WAITING_BYTES: usize = 128 * 1024;

/// What a task of an RDD does.
#[derive(Debug, Clone)]
pub struct TaskSpec {
    /// The pickled `(function, profiler, deserializer, serializer)` of a `PipelinedRDD`.
    pub command: Bytes,
    /// The Python version that pickled it.
    pub python_version: String,
    /// Which task it is.
    pub context: TaskContext,
    /// Variables and files that its worker must have.
    pub environment: WorkerEnvironment,
    /// Broadcast variables that the function refers to.
    pub broadcasts: Vec<BroadcastFile>,
}

/// A running task: yields the frames of its result.
#[derive(Debug)]
pub struct RddTask<I> {
    conversation: Option<(Lease, UnixStream)>,
    input: Option<I>,
    outgoing: Outgoing,
    listens: bool,
    reply: ReplyReader,
    limit: Option<IdleLimit>,
    canceller: TaskCanceller,
    report: Option<TaskReport>,
}

/// Kills the worker of a running task from another thread: the task then ends with an error.
#[derive(Debug, Clone)]
pub struct TaskCanceller {
    killer: Killer,
    hold: Arc<Mutex<Hold>>,
}

/// What a task and those who may cancel it have to do with its worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    Serving,
    /// The worker may serve another task by now, which must not be killed in the place of this one.
    Released,
    /// The worker is dying; no other task must get it.
    Killed,
}

impl TaskCanceller {
    /// Kills the worker, if it still serves the task.
    pub fn cancel(&self) {
        let mut hold = self.hold.lock();
        if *hold == Hold::Serving {
            *hold = Hold::Killed;
            self.killer.kill();
        }
    }

    /// Lets go of the worker; whether it is alive.
    fn release(&self) -> bool {
        let mut hold = self.hold.lock();
        if *hold == Hold::Serving {
            *hold = Hold::Released;
        }
        *hold == Hold::Released
    }
}

impl WorkerPool {
    /// Starts a task; `input` is asked for frames as the worker takes them.
    pub fn run_task<I>(&self, spec: &TaskSpec, input: I) -> Result<RddTask<I::IntoIter>>
    where
        I: IntoIterator<Item = Result<Bytes>>,
    {
        let mut lease = self.acquire(&spec.environment, Preload::Nothing)?;
        let header = TaskHeader {
            context: &spec.context,
            python_version: &spec.python_version,
            environment: &spec.environment,
            broadcasts: &spec.broadcasts,
            eval_kind: EvalKind::NonUdf,
            runner_conf: &[],
            eval_conf: &[],
        };
        let worker = lease.worker()?;
        let mut out = WireWriter::default();
        out.raw(&header.encode(&mut worker.broadcasts, &self.forgotten()));
        out.blob(&spec.command);
        let killer = worker.killer();
        let socket = blocking_socket(&mut lease)?;
        let mut outgoing = Outgoing::default();
        outgoing.push(out.into_bytes());
        Ok(RddTask {
            conversation: Some((lease, socket)),
            input: Some(input.into_iter()),
            outgoing,
            listens: true,
            reply: ReplyReader::new(),
            limit: self.config().idle_limit,
            canceller: TaskCanceller { killer, hold: Arc::new(Mutex::new(Hold::Serving)) },
            report: None,
        })
    }
}

impl<I: Iterator<Item = Result<Bytes>>> RddTask<I> {
    /// The accumulator updates and timings, once the iterator has ended without an error.
    pub fn take_report(&mut self) -> Option<TaskReport> {
        self.report.take()
    }

    /// A handle that can end the task from elsewhere.
    pub fn canceller(&self) -> TaskCanceller {
        self.canceller.clone()
    }

    fn refill(&mut self) -> Result<()> {
        while let Some(input) = &mut self.input
            && self.outgoing.len() < WAITING_BYTES
        {
            let mut out = WireWriter::default();
            match input.next() {
                Some(frame) => {
                    let frame = frame?;
                    out.count(frame.len());
                    self.outgoing.push(out.into_bytes());
                    self.outgoing.push(frame);
                }
                None => {
                    self.input = None;
                    out.int(END_OF_DATA_SECTION);
                    out.int(END_OF_STREAM);
                    self.outgoing.push(out.into_bytes());
                }
            }
        }
        Ok(())
    }

    fn step(&mut self) -> Result<Reply> {
        loop {
            if let Some(reply) = self.reply.next()? {
                return Ok(reply);
            }
            if self.listens {
                self.refill()?;
            }
            let Some((_, socket)) = &mut self.conversation else {
                return Err(SparkError::internal("a Python task that is over"));
            };
            if self.listens && self.outgoing.send(|slices| socket.write_vectored(slices)).is_err() {
                // What the worker has to say about it is still to be read.
                self.listens = false;
                self.outgoing.clear();
                self.input = None;
            }
            match socket.read(self.reply.spare()) {
                Ok(0) => return Err(self.crashed()),
                Ok(count) => self.reply.filled(count),
                // All that was asked for is sent, but there is more: the worker may be waiting for it.
                Err(error) if error.kind() == ErrorKind::WouldBlock && self.has_more_to_send() => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.wait()?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err(self.crashed()),
            }
        }
    }

    fn has_more_to_send(&self) -> bool {
        self.listens && self.outgoing.is_empty() && self.input.is_some()
    }

    fn wait(&mut self) -> Result<()> {
        let Some((_, socket)) = &self.conversation else { return Ok(()) };
        let mut events = PollFlags::POLLIN;
        if !self.outgoing.is_empty() {
            events |= PollFlags::POLLOUT;
        }
        let timeout = self.limit.map_or(PollTimeout::NONE, |limit| {
            PollTimeout::try_from(limit.after.as_millis()).unwrap_or(PollTimeout::MAX)
        });
        let ready = poll(&mut [PollFd::new(socket.as_fd(), events)], timeout);
        if let (Ok(0), Some(limit)) = (ready, self.limit) {
            if limit.kill {
                return Err(hung(limit));
            }
            tracing::warn!("a Python worker has given no sign for {:?}", limit.after);
        }
        Ok(())
    }

    fn crashed(&mut self) -> SparkError {
        match self.conversation.take() {
            Some((lease, socket)) => {
                drop(socket);
                last_words(lease)
            }
            None => SparkError::internal("a Python task that is over"),
        }
    }
}

impl<I: Iterator<Item = Result<Bytes>>> Iterator for RddTask<I> {
    type Item = Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        self.conversation.as_ref()?;
        let error = match self.step() {
            Ok(Reply::Frame(frame)) => return Some(Ok(frame)),
            Ok(Reply::End { report, reusable }) => {
                let all_sent = self.input.is_none() && self.outgoing.is_empty() && self.listens;
                if let Some((lease, socket)) = self.conversation.take()
                    && reusable
                    && all_sent
                    && self.canceller.release()
                {
                    lease.give_back(socket);
                }
                self.report = Some(report);
                return None;
            }
            Ok(Reply::Exception(traceback)) => python_exception(&traceback),
            Ok(Reply::Batch(_)) => SparkError::internal("a Python task answered with Arrow data"),
            Err(error) => error,
        };
        self.conversation = None;
        Some(Err(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canceller_that_comes_late_leaves_the_worker_to_the_next_task() {
        let canceller = TaskCanceller { killer: Killer::of_nothing(), hold: Arc::new(Mutex::new(Hold::Serving)) };
        assert!(canceller.release());
        canceller.cancel();
        assert_eq!(*canceller.hold.lock(), Hold::Released);
    }

    #[test]
    fn a_worker_that_was_killed_is_not_given_to_another_task() {
        let canceller = TaskCanceller { killer: Killer::of_nothing(), hold: Arc::new(Mutex::new(Hold::Serving)) };
        canceller.cancel();
        assert!(!canceller.release());
    }
}
