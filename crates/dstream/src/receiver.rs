//! Receivers: what a user writes to bring records in, and what it stores them with.
//!
//! A [`Receiver`] has one method, which runs on a thread of its own and stores records until it is told to stop. When it
//! returns an error it is started again after `spark.streaming.receiverRestartDelay`; when it returns without one, it is
//! done.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use firesteel_error::{Result, SparkError};
use parking_lot::Mutex;

use crate::block::{Block, BlockCodec, BlockInfo, BlockStore};
use crate::clock::{Clock, SystemClock, Wake};
use crate::limiter::RateLimiter;
use crate::time::{Time, millis};
use crate::tracker::BlockTracker;

/// Brings records in from outside.
///
/// ```
/// use firesteel_dstream::{Receiver, Store};
/// use firesteel_error::Result;
///
/// /// Counts until it is told to stop.
/// struct Counter(u64);
///
/// impl Receiver<u64> for Counter {
///     fn name(&self) -> String {
///         "Counter".into()
///     }
///
///     fn receive(&mut self, store: &Store<u64>) -> Result<()> {
///         while !store.is_stopped() {
///             store.store(self.0)?;
///             self.0 += 1;
///         }
///         Ok(())
///     }
/// }
/// ```
pub trait Receiver<T>: Send + 'static {
    /// What the receiver is called in listeners and on the UI.
    fn name(&self) -> String;

    /// Receives and stores until [`Store::is_stopped`], or until there is nothing more to receive.
    ///
    /// # Errors
    /// Whatever ended the receiving; it is reported, and the receiver is started again after a while.
    fn receive(&mut self, store: &Store<T>) -> Result<()>;
}

/// What a receiver stores its records with. Clones are the same store.
pub struct Store<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Clone for Store<T> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone() }
    }
}

pub(crate) struct Shared<T> {
    stream: i32,
    tracker: Arc<BlockTracker>,
    blocks: OnceLock<BlockStore<T>>,
    buffer: Mutex<Vec<T>>,
    /// Held while a block is cut, so that blocks come in the order of their records.
    cutting: Mutex<()>,
    limiter: RateLimiter,
    stopped: AtomicBool,
    wake: Arc<Wake>,
}

impl<T: Send + Sync + 'static> Store<T> {
    /// Stores one record; it is part of a block at the end of the block interval. Waits if a rate is set.
    ///
    /// # Errors
    /// If the store is closed.
    pub fn store(&self, record: T) -> Result<()> {
        self.store_all(vec![record])
    }

    /// Stores many records at once.
    ///
    /// # Errors
    /// If the store is closed.
    pub fn store_all(&self, mut records: Vec<T>) -> Result<()> {
        while !records.is_empty() {
            let (claimed, wait) = self.shared.limiter.claim(records.len());
            if !wait.is_zero() {
                self.sleep(wait);
            }
            let rest = records.split_off(claimed);
            let mut buffer = self.shared.buffer.lock();
            if buffer.is_empty() {
                *buffer = records;
            } else {
                buffer.append(&mut records);
            }
            drop(buffer);
            records = rest;
        }
        Ok(())
    }

    /// Stores records as one block, at once: when this returns it is on disk (with the write-ahead log), and its source
    /// can be told that it has been received.
    ///
    /// # Errors
    /// If the write-ahead log could not be written; the records are then not stored.
    pub fn store_block(&self, records: Vec<T>) -> Result<()> {
        self.flush()?;
        let _cutting = self.shared.cutting.lock();
        self.put(records)
    }

    /// Whether the receiver should end.
    pub fn is_stopped(&self) -> bool {
        self.shared.stopped.load(Ordering::Acquire)
    }

    /// Waits, but not longer than until the receiver should end.
    pub fn sleep(&self, duration: Duration) {
        if !self.is_stopped() {
            let clock = SystemClock;
            clock.wait_until(clock.now_ms() + millis(duration).max(1), &self.shared.wake);
        }
    }

    /// Makes a block of what has been stored since the last one.
    pub(crate) fn flush(&self) -> Result<()> {
        let _cutting = self.shared.cutting.lock();
        let records = std::mem::take(&mut *self.shared.buffer.lock());
        if records.is_empty() { Ok(()) } else { self.put(records) }
    }

    fn put(&self, records: Vec<T>) -> Result<()> {
        self.blocks()?.put(records, |block| self.shared.tracker.add(block))
    }

    fn blocks(&self) -> Result<&BlockStore<T>> {
        self.shared.blocks.get().ok_or_else(|| SparkError::internal("a receiver stores before its context has started"))
    }

    pub(crate) fn stop(&self) {
        self.shared.stopped.store(true, Ordering::Release);
        self.shared.wake.notify();
    }
}

/// A receiver with its blocks: the input of one stream.
pub struct ReceiverInput<T> {
    stream: i32,
    name: String,
    codec: Arc<dyn BlockCodec<T>>,
    receiver: Mutex<Option<Box<dyn Receiver<T>>>>,
    store: Store<T>,
}

impl<T: Send + Sync + 'static> ReceiverInput<T> {
    /// The input of `stream`. `initial_rate` and `max_rate` are in records per second.
    pub(crate) fn new(
        stream: i32,
        receiver: Box<dyn Receiver<T>>,
        codec: Arc<dyn BlockCodec<T>>,
        tracker: Arc<BlockTracker>,
        limiter: RateLimiter,
    ) -> Self {
        let shared = Shared {
            stream,
            tracker,
            blocks: OnceLock::new(),
            buffer: Mutex::new(Vec::new()),
            cutting: Mutex::new(()),
            limiter,
            stopped: AtomicBool::new(false),
            wake: Arc::new(Wake::default()),
        };
        let name = format!("{}-{stream}", receiver.name());
        Self { stream, name, codec, receiver: Mutex::new(Some(receiver)), store: Store { shared: Arc::new(shared) } }
    }

    /// The stream's id.
    pub fn stream(&self) -> i32 {
        self.stream
    }

    /// What is known of the blocks of the batch at `time`.
    pub fn infos(&self, time: Time) -> Vec<BlockInfo> {
        self.store.shared.tracker.blocks(time, self.stream)
    }

    /// A block with its records.
    ///
    /// # Errors
    /// If it is neither in memory nor in the write-ahead log.
    pub fn block(&self, info: BlockInfo) -> Result<Block<T>> {
        self.store.blocks()?.get(info)
    }

    /// The blocks of the batch at `time`.
    ///
    /// # Errors
    /// If a block is neither in memory nor in the write-ahead log.
    pub fn blocks(&self, time: Time) -> Result<Vec<Block<T>>> {
        self.infos(time).into_iter().map(|info| self.block(info)).collect()
    }
}

/// A receiver's input, whatever its records are.
pub(crate) trait AnyReceiver: Send + Sync {
    fn stream(&self) -> i32;
    fn name(&self) -> &str;
    /// Opens the write-ahead log, if there is to be one; gives the blocks that it has.
    fn open(&self, directory: Option<&Path>, rolling: Duration) -> Result<Vec<BlockInfo>>;
    /// No new block has a number below `number`.
    fn skip_to(&self, number: u64);
    /// Runs the receiver once.
    fn receive(&self) -> Result<()>;
    fn flush(&self) -> Result<()>;
    fn stop(&self);
    fn is_stopped(&self) -> bool;
    fn sleep(&self, duration: Duration);
    fn remove(&self, block: BlockInfo) -> Result<()>;
    fn limiter(&self) -> &RateLimiter;
}

impl<T: Send + Sync + 'static> AnyReceiver for ReceiverInput<T> {
    fn stream(&self) -> i32 {
        self.stream
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn open(&self, directory: Option<&Path>, rolling: Duration) -> Result<Vec<BlockInfo>> {
        let (store, blocks) = BlockStore::open(self.stream, self.codec.clone(), directory, rolling)?;
        self.store
            .shared
            .blocks
            .set(store)
            .map_err(|_| SparkError::internal(format!("the receiver {} has started before", self.name)))?;
        Ok(blocks)
    }

    fn skip_to(&self, number: u64) {
        if let Some(blocks) = self.store.shared.blocks.get() {
            blocks.skip_to(number);
        }
    }

    fn receive(&self) -> Result<()> {
        let Some(mut receiver) = self.receiver.lock().take() else {
            return Err(SparkError::internal(format!("the receiver {} runs already", self.name)));
        };
        let run = std::panic::AssertUnwindSafe(|| receiver.receive(&self.store));
        let result = std::panic::catch_unwind(run)
            .unwrap_or_else(|_| Err(SparkError::internal(format!("the receiver {} panicked", self.name))));
        *self.receiver.lock() = Some(receiver);
        result
    }

    fn flush(&self) -> Result<()> {
        self.store.flush()
    }

    fn stop(&self) {
        self.store.stop();
    }

    fn is_stopped(&self) -> bool {
        self.store.is_stopped()
    }

    fn sleep(&self, duration: Duration) {
        self.store.sleep(duration);
    }

    fn remove(&self, block: BlockInfo) -> Result<()> {
        self.store.blocks()?.remove(block)
    }

    fn limiter(&self) -> &RateLimiter {
        &self.store.shared.limiter
    }
}

impl<T> Store<T> {
    /// The id of the stream that is stored to.
    pub fn stream(&self) -> i32 {
        self.shared.stream
    }
}
