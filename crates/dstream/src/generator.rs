//! The batch clock: at each tick a batch is allocated, generated, submitted and checkpointed; when it has ended, what is
//! not needed any more is forgotten.
//!
//! All of that happens on one thread, so that neither the graph nor the checkpoints need to think of two batches at once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use firesteel_durable::failpoint;
use firesteel_error::{Result, SparkError};
use parking_lot::Mutex;

use crate::checkpoint::Checkpoint;
use crate::clock::Wake;
use crate::engine::Parts;
use crate::graph::BatchGraph;
use crate::pace::Pace;
use crate::scheduler::Completion;
use crate::time::{Time, millis};

/// Where a crash test may let the process die.
const AFTER_ALLOCATION: &str = "dstream-after-allocation";
const AFTER_CHECKPOINT: &str = "dstream-after-checkpoint";

/// How long a graceful stop waits for the jobs that run.
const JOBS_WAIT: Duration = Duration::from_secs(3600);

/// What the generator is told by other threads.
#[derive(Default)]
pub(crate) struct Mailbox {
    messages: Mutex<Vec<Message>>,
    wake: Arc<Wake>,
}

enum Message {
    BatchDone { time: Time, ok: bool },
    Stop { graceful: bool },
}

impl Mailbox {
    pub(crate) fn stop(&self, graceful: bool) {
        self.put(Message::Stop { graceful });
    }

    pub(crate) fn batch_done(&self, time: Time, ok: bool) {
        self.put(Message::BatchDone { time, ok });
    }

    fn put(&self, message: Message) {
        self.messages.lock().push(message);
        self.wake.notify();
    }
}

/// Where a context starts: anew, or where another one stopped.
#[derive(Debug, Clone)]
pub(crate) struct StartPoint {
    pub(crate) zero: Time,
    /// The last batch that was generated.
    pub(crate) generated: Time,
    /// Batches to run again, and those of the down time.
    pub(crate) again: Vec<Time>,
    /// The first batch of the clock.
    pub(crate) next: Time,
    pub(crate) pending: BTreeSet<Time>,
}

impl StartPoint {
    pub(crate) fn find(now_ms: i64, batch_ms: i64, checkpoint: Option<&Checkpoint>) -> Self {
        let next = |zero| Time::from_ms(now_ms).floor(zero, batch_ms).plus_ms(batch_ms);
        let Some(checkpoint) = checkpoint else {
            let next = next(Time::from_ms(0));
            let zero = next.minus_ms(batch_ms);
            return Self { zero, generated: zero, again: Vec::new(), next, pending: BTreeSet::new() };
        };
        let Checkpoint { zero, generated, .. } = *checkpoint;
        // The clock may have been set back; a batch must not be generated twice for that.
        let next = next(zero).max(generated.plus_ms(batch_ms));
        let mut again: BTreeSet<Time> = checkpoint.pending.iter().copied().collect();
        let mut down = generated.plus_ms(batch_ms);
        while down < next {
            again.insert(down);
            down = down.plus_ms(batch_ms);
        }
        let pending = checkpoint.pending.iter().copied().collect();
        Self { zero, generated, again: again.into_iter().collect(), next, pending }
    }
}

/// After a long down time, this many batches wait for their jobs at once: each state is made from the one before, and what
/// is not computed yet is remembered.
const AGAIN_MAX: usize = 50;

/// The state of the batch clock's thread.
pub(crate) struct Generator {
    pub(crate) parts: Arc<Parts>,
    pub(crate) graph: Arc<dyn BatchGraph>,
    pub(crate) start: StartPoint,
    pub(crate) pace: Option<Pace>,
}

impl Generator {
    /// Runs until it is told to stop.
    pub(crate) fn run(mut self) {
        let mut again = std::mem::take(&mut self.start.again).into_iter();
        let mut last_by = None;
        loop {
            if let Some(graceful) = self.take_messages() {
                if !graceful {
                    return;
                }
                last_by.get_or_insert_with(|| Instant::now() + self.graceful_timeout());
            }
            if let Some(deadline) = last_by
                && (!self.parts.inputs.tracker().has_unallocated() || Instant::now() >= deadline)
            {
                return self.drain();
            }
            if !again.as_slice().is_empty() && self.parts.scheduler.unfinished() >= AGAIN_MAX {
                self.parts.mailbox.wake.wait();
            } else if let Some(time) = again.next() {
                self.batch(time);
            } else if self.parts.clock.now_ms() >= self.start.next.ms() {
                let time = self.start.next;
                self.start.next = time.plus_ms(self.parts.batch_ms);
                // A graceful stop waits for no one's turn.
                if last_by.is_some() || self.has_batch(time) {
                    self.batch(time);
                }
            } else {
                self.parts.clock.wait_until(self.start.next.ms(), &self.parts.mailbox.wake);
            }
        }
    }

    /// Writes a checkpoint of the start, so that what cannot be saved is known before anything runs.
    pub(crate) fn first_checkpoint(&self) -> Result<()> {
        self.write_checkpoint(self.start.generated)
    }

    fn has_batch(&self, time: Time) -> bool {
        self.pace.as_ref().is_none_or(|pace| pace.has_batch(time, self.start.generated, self.start.zero))
    }

    fn batch(&mut self, time: Time) {
        let allocated = self.parts.inputs.allocate(time, &self.parts.supervisor);
        failpoint::reached(AFTER_ALLOCATION);
        let jobs = allocated.and_then(|()| self.graph.generate(time));
        self.start.generated = self.start.generated.max(time);
        self.start.pending.insert(time);
        match jobs {
            Ok(jobs) if jobs.is_empty() => self.parts.mailbox.batch_done(time, true),
            Ok(jobs) => self.parts.scheduler.submit(time, jobs, self.parts.inputs.infos(time)),
            Err(error) => {
                tracing::error!(%time, %error, "the jobs of a batch could not be generated");
                self.parts.failed(error);
            }
        }
        self.report(self.write_checkpoint(time));
    }

    /// Reads all messages; gives whether to stop, and whether gracefully.
    fn take_messages(&mut self) -> Option<bool> {
        let messages = std::mem::take(&mut *self.parts.mailbox.messages.lock());
        let mut stop = None;
        for message in messages {
            match message {
                Message::BatchDone { time, ok } => self.batch_done(time, ok),
                Message::Stop { graceful } => stop = Some(graceful),
            }
        }
        stop
    }

    /// A batch whose job failed stays pending: it runs again when the context is started from its checkpoint.
    fn batch_done(&mut self, time: Time, ok: bool) {
        if ok {
            self.start.pending.remove(&time);
        }
        let done = self.graph.forget(time).and_then(|()| self.write_checkpoint(time));
        let done = done.and_then(|()| self.graph.saved(time)).and_then(|()| {
            let oldest = self.start.pending.first().copied().unwrap_or(time).min(time);
            self.parts.inputs.forget(oldest.minus_ms(self.graph.remember_ms()))
        });
        self.report(done);
    }

    fn write_checkpoint(&self, time: Time) -> Result<()> {
        let Some(directory) = self.parts.checkpoint.get() else { return Ok(()) };
        let started = Instant::now();
        directory.write(&Checkpoint {
            generated: self.start.generated,
            zero: self.start.zero,
            batch_ms: self.parts.batch_ms,
            pending: self.start.pending.iter().copied().collect(),
            settings: self.parts.app_settings.clone(),
            inputs: self.parts.inputs.save(),
            state: self.graph.save(time)?,
        })?;
        failpoint::reached(AFTER_CHECKPOINT);
        tracing::debug!(%time, took = ?started.elapsed(), "checkpoint written");
        Ok(())
    }

    /// Lets the batches end that have been generated.
    fn drain(&mut self) {
        if !self.parts.scheduler.wait_idle(Instant::now() + JOBS_WAIT) {
            tracing::warn!("jobs are still running; they are left behind");
        }
        self.take_messages();
    }

    fn graceful_timeout(&self) -> Duration {
        let ten_batches = Duration::from_millis((10 * self.parts.batch_ms).unsigned_abs());
        self.parts.settings.graceful_stop_timeout.unwrap_or(ten_batches)
    }

    fn report(&self, result: Result<()>) {
        if let Err(error) = result {
            self.parts.failed(error);
        }
    }
}

impl Completion for Parts {
    fn batch_done(&self, time: Time, ok: bool) {
        self.mailbox.batch_done(time, ok);
    }

    fn failed(&self, error: SparkError) {
        Self::failed(self, error);
    }
}

/// A batch interval in milliseconds, which must be one at least.
pub(crate) fn batch_ms(batch: Duration) -> Result<i64> {
    match millis(batch) {
        ms @ 1.. => Ok(ms),
        _ => Err(SparkError::plain(
            firesteel_error::Exception::IllegalArgument,
            format!("A batch interval of {batch:?} is too short; it must be a millisecond at least."),
        )),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::BTreeMap;

    fn checkpoint(generated: i64, pending: &[i64]) -> Checkpoint {
        Checkpoint {
            generated: Time::from_ms(generated),
            zero: Time::from_ms(100),
            batch_ms: 10,
            pending: pending.iter().copied().map(Time::from_ms).collect(),
            settings: BTreeMap::new(),
            inputs: crate::inputs::SavedInputs::default(),
            state: Vec::new(),
        }
    }

    #[test]
    fn batches_start_at_a_multiple_of_the_interval() {
        let start = StartPoint::find(1234, 100, None);
        assert_eq!((start.zero.ms(), start.next.ms()), (1200, 1300));
        assert!(start.again.is_empty());
    }

    #[test]
    fn a_restart_runs_what_was_pending_and_what_the_down_time_missed() {
        let start = StartPoint::find(155, 10, Some(&checkpoint(130, &[110, 130])));
        let again: Vec<i64> = start.again.iter().map(|time| time.ms()).collect();
        assert_eq!(again, [110, 130, 140, 150]);
        assert_eq!(start.next.ms(), 160);
        let back = StartPoint::find(105, 10, Some(&checkpoint(130, &[])));
        assert_eq!((back.next.ms(), back.again.len()), (140, 0), "the clock was set back");
    }
}
