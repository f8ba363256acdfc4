//! One task on one worker, as a stream of its answers: the data go out and the results come in at the same time.
//!
//! There is no writer and reader task: each poll sends what the socket takes, asks the input for more when little is
//! waiting, and reads what has come. So neither full socket buffers nor a slow side can block the other.

use std::future::Future;
use std::io::ErrorKind;
use std::os::unix::net::UnixStream as StdStream;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use firesteel_error::{Result, SparkError};
use futures::Stream;
use tokio::net::UnixStream;
use tokio::task::JoinHandle;
use tokio::time::{Instant, Sleep, sleep};

use crate::exception::python_exception;
use crate::outgoing::Outgoing;
use crate::pool::{IdleLimit, Lease};
use crate::reply::{Reply, ReplyReader};
use crate::task::OnReport;

/// While fewer bytes than this wait to be sent, the input is asked for more.
const WAITING_BYTES: usize = 256 * 1024;

/// What a task answers with, apart from its end.
#[derive(Debug)]
pub(crate) enum Answer {
    Frame(Bytes),
    Batch(arrow::array::RecordBatch),
}

enum State {
    Talking {
        lease: Lease,
        socket: UnixStream,
    },
    /// The worker has gone; its last words are being collected.
    Crashed(JoinHandle<SparkError>),
    Over,
}

/// A stream of answers; dropping it before its end kills the worker.
pub(crate) struct Conversation<S> {
    state: State,
    input: Option<Pin<Box<S>>>,
    outgoing: Outgoing,
    /// False once the worker takes no more: it has its result, or an exception to tell.
    listens: bool,
    reply: ReplyReader,
    watchdog: Option<(IdleLimit, Pin<Box<Sleep>>)>,
    on_report: Option<OnReport>,
}

impl<S: Stream<Item = Result<Bytes>>> Conversation<S> {
    /// Starts the task: `head` is the header with the functions, `input` the encoded data to their end marker.
    pub(crate) fn start(
        mut lease: Lease,
        head: Vec<u8>,
        input: S,
        limit: Option<IdleLimit>,
        on_report: Option<OnReport>,
    ) -> Result<Self> {
        let socket = UnixStream::from_std(lease.worker()?.take_socket()?)
            .map_err(|error| SparkError::io("cannot use the socket of a Python worker", error))?;
        let mut outgoing = Outgoing::default();
        outgoing.push(head);
        Ok(Self {
            state: State::Talking { lease, socket },
            input: Some(Box::pin(input)),
            outgoing,
            listens: true,
            reply: ReplyReader::new(),
            watchdog: limit.map(|limit| (limit, Box::pin(sleep(limit.after)))),
            on_report,
        })
    }

    /// Sends and asks for input until one of them has to wait.
    fn feed(&mut self, cx: &mut Context<'_>) -> Result<()> {
        while self.listens {
            while let Some(input) = self.input.as_mut()
                && self.outgoing.len() < WAITING_BYTES
            {
                match input.as_mut().poll_next(cx) {
                    Poll::Ready(Some(bytes)) => self.outgoing.push(bytes?),
                    Poll::Ready(None) => self.input = None,
                    Poll::Pending => {
                        // A slow input is not the worker's fault.
                        touch(&mut self.watchdog);
                        break;
                    }
                }
            }
            if self.outgoing.is_empty() {
                return Ok(());
            }
            let State::Talking { socket, .. } = &self.state else { return Ok(()) };
            if socket.poll_write_ready(cx).is_pending() {
                return Ok(());
            }
            let before = self.outgoing.len();
            match self.outgoing.send(|slices| socket.try_write_vectored(slices)) {
                Ok(_) if self.outgoing.len() < before => touch(&mut self.watchdog),
                Ok(_) => {}
                Err(_) => {
                    // What the worker has to say about it is still to be read.
                    self.listens = false;
                    self.outgoing.clear();
                    self.input = None;
                }
            }
        }
        Ok(())
    }

    fn poll_reply(&mut self, cx: &mut Context<'_>) -> Poll<Result<Reply>> {
        loop {
            if let Some(reply) = self.reply.next()? {
                return Poll::Ready(Ok(reply));
            }
            self.feed(cx)?;
            let State::Talking { socket, .. } = &self.state else { return Poll::Pending };
            match socket.poll_read_ready(cx) {
                Poll::Ready(_) => {}
                Poll::Pending => return self.poll_watchdog(cx),
            }
            match socket.try_read(self.reply.spare()) {
                Ok(0) => return self.poll_crash(cx),
                Ok(count) => {
                    self.reply.filled(count);
                    touch(&mut self.watchdog);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => return self.poll_crash(cx),
            }
        }
    }

    fn poll_watchdog(&mut self, cx: &mut Context<'_>) -> Poll<Result<Reply>> {
        let Some((limit, sleep)) = &mut self.watchdog else { return Poll::Pending };
        ready!(sleep.as_mut().poll(cx));
        let limit = *limit;
        touch(&mut self.watchdog);
        if !limit.kill {
            tracing::warn!("a Python worker has given no sign for {:?}", limit.after);
            if let Some((_, sleep)) = &mut self.watchdog {
                let _ = sleep.as_mut().poll(cx);
            }
            return Poll::Pending;
        }
        self.state = State::Over;
        Poll::Ready(Err(hung(limit)))
    }

    fn poll_crash(&mut self, cx: &mut Context<'_>) -> Poll<Result<Reply>> {
        if let State::Talking { .. } = &self.state
            && let State::Talking { lease, socket } = std::mem::replace(&mut self.state, State::Over)
        {
            drop(socket);
            self.state = State::Crashed(tokio::task::spawn_blocking(move || last_words(lease)));
        }
        let State::Crashed(words) = &mut self.state else { return Poll::Pending };
        let error = ready!(Pin::new(words).poll(cx));
        self.state = State::Over;
        Poll::Ready(Err(error.unwrap_or_else(|_| SparkError::internal("the end of a Python worker was not explained"))))
    }

    /// The task is over; a worker that is fit for another one goes back to the pool.
    fn part(&mut self, reusable: bool) {
        let all_sent = self.input.is_none() && self.outgoing.is_empty() && self.listens;
        let State::Talking { lease, socket } = std::mem::replace(&mut self.state, State::Over) else { return };
        if reusable
            && all_sent
            && let Ok(socket) = socket.into_std()
        {
            lease.give_back(socket);
        }
    }
}

impl<S: Stream<Item = Result<Bytes>>> Stream for Conversation<S> {
    type Item = Result<Answer>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let reply = match &mut this.state {
            State::Over => return Poll::Ready(None),
            State::Crashed(_) => ready!(this.poll_crash(cx)),
            State::Talking { .. } => ready!(this.poll_reply(cx)),
        };
        Poll::Ready(match reply {
            Ok(Reply::Frame(bytes)) => Some(Ok(Answer::Frame(bytes))),
            Ok(Reply::Batch(batch)) => Some(Ok(Answer::Batch(batch))),
            Ok(Reply::Exception(traceback)) => {
                this.state = State::Over;
                Some(Err(python_exception(&traceback)))
            }
            Ok(Reply::End { report, reusable }) => {
                this.part(reusable);
                if let Some(on_report) = &this.on_report {
                    on_report(report);
                }
                None
            }
            Err(error) => {
                this.state = State::Over;
                Some(Err(error))
            }
        })
    }
}

fn touch(watchdog: &mut Option<(IdleLimit, Pin<Box<Sleep>>)>) {
    if let Some((limit, sleep)) = watchdog {
        sleep.as_mut().reset(Instant::now() + limit.after);
    }
}

/// The error of a task whose worker was killed for giving no sign.
pub(crate) fn hung(limit: IdleLimit) -> SparkError {
    SparkError::plain(
        firesteel_error::Exception::Spark,
        format!(
            "A Python worker gave no sign for {:?} and was killed (spark.python.worker.idleTimeoutSeconds, \
             spark.python.worker.killOnIdleTimeout).",
            limit.after
        ),
    )
}

pub(crate) fn last_words(lease: Lease) -> SparkError {
    match lease.into_worker() {
        Some(worker) => worker.crashed(),
        None => SparkError::internal("a Python worker that was given back"),
    }
}

/// The socket as the blocking driver uses it.
pub(crate) fn blocking_socket(lease: &mut Lease) -> Result<StdStream> {
    lease.worker()?.take_socket()
}
