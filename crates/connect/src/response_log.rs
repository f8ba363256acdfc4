//! An operation's responses, kept until the client has them for sure.
//!
//! The operation appends; one reader follows. A reader that comes later (the connection broke) takes over from the one
//! before, which ends with `INVALID_CURSOR.DISCONNECTED`, and may step back to any response that is still kept. Two
//! bounds hold: the writer waits while [`UNREAD_BYTES_MAX`] are not read yet, and of what was read the last
//! [`KEPT_BYTES_MAX`] are kept (nothing, if the client cannot reattach).
//!
//! A response's id carries its position, so that a response that is no longer kept is told from one that never was.

use std::collections::VecDeque;
use std::sync::Arc;

use firesteel_error::{Result, SparkError};
use parking_lot::Mutex;
use prost::Message;
use spark_connect_proto::ExecutePlanResponse;
use tokio::sync::Notify;
use uuid::Uuid;

/// Bytes that may wait for the reader.
pub const UNREAD_BYTES_MAX: usize = 32 << 20;

/// Bytes that were read and are kept for a reader that comes back.
pub const KEPT_BYTES_MAX: usize = 10 << 20;

/// The responses of one operation.
#[derive(Debug)]
pub struct ResponseLog {
    /// The upper half of every response's id.
    stem: u64,
    reattachable: bool,
    state: Mutex<State>,
    /// Woken on every change, for the reader and the writer.
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    entries: VecDeque<Entry>,
    /// The position of the first entry; positions start at 1.
    first: u64,
    /// The position after the last one that was read.
    unread: u64,
    unread_bytes: usize,
    kept_bytes: usize,
    end: Option<Result<()>>,
    /// Counts readers; only the last one reads.
    reader: u64,
}

#[derive(Debug)]
struct Entry {
    response: Arc<ExecutePlanResponse>,
    bytes: usize,
}

/// What a reader gets.
#[derive(Debug)]
pub enum Read {
    /// The next response.
    Response(Arc<ExecutePlanResponse>),
    /// There is nothing more: the operation has ended, well or not.
    End(Result<()>),
}

impl ResponseLog {
    /// A log without responses.
    pub fn new(reattachable: bool) -> Self {
        let state = State { first: 1, unread: 1, ..State::default() };
        let stem = Uuid::new_v4().as_u64_pair().0;
        Self { stem, reattachable, state: Mutex::new(state), changed: Notify::new() }
    }

    /// Appends a response, when there is room; sets its id.
    pub async fn push(&self, mut response: ExecutePlanResponse) {
        let bytes = response.encoded_len();
        loop {
            let changed = self.changed.notified();
            {
                let mut state = self.state.lock();
                if state.end.is_some() {
                    return;
                }
                if state.unread_bytes == 0 || state.unread_bytes + bytes <= UNREAD_BYTES_MAX {
                    response.response_id = self.id_of(state.first + state.entries.len() as u64);
                    state.entries.push_back(Entry { response: Arc::new(response), bytes });
                    state.unread_bytes += bytes;
                    drop(state);
                    self.changed.notify_waiters();
                    return;
                }
            }
            changed.await;
        }
    }

    /// Says that there is nothing more. The first end counts; it returns whether this one was it.
    pub fn end(&self, result: Result<()>) -> bool {
        let mut state = self.state.lock();
        let first = state.end.is_none();
        if first {
            state.end = Some(result);
        }
        drop(state);
        self.changed.notify_waiters();
        first
    }

    /// Whether [`ResponseLog::end`] was called.
    pub fn is_ended(&self) -> bool {
        self.state.lock().end.is_some()
    }

    /// Starts to read after `last_id`, or from the start; the reader before ends.
    ///
    /// # Errors
    /// `INVALID_CURSOR` for a response that never was or is no longer kept.
    pub fn attach(&self, last_id: Option<&str>) -> Result<u64> {
        let mut state = self.state.lock();
        let after = match last_id {
            Some(id) => self.position_of(id, &state)?,
            None => 0,
        };
        if after + 1 < state.first {
            return Err(SparkError::new("INVALID_CURSOR.POSITION_NOT_AVAILABLE")
                .param("index", (after + 1).to_string())
                .param("responseId", self.id_of(after + 1)));
        }
        state.move_to(after + 1);
        state.reader += 1;
        let reader = state.reader;
        drop(state);
        self.changed.notify_waiters();
        Ok(reader)
    }

    /// The next response for `reader`, when there is one.
    pub async fn read(&self, reader: u64) -> Read {
        loop {
            let changed = self.changed.notified();
            if let Some(read) = self.try_read(reader) {
                self.changed.notify_waiters();
                return read;
            }
            changed.await;
        }
    }

    /// Whether `reader` is the one that reads.
    pub fn is_current(&self, reader: u64) -> bool {
        self.state.lock().reader == reader
    }

    /// Ends the reader that there is, without another.
    pub fn detach(&self) {
        self.state.lock().reader += 1;
        self.changed.notify_waiters();
    }

    /// Forgets responses up to and with `id`.
    ///
    /// # Errors
    /// `INVALID_CURSOR.POSITION_NOT_FOUND` for a response that never was.
    pub fn release(&self, id: &str) -> Result<()> {
        let mut state = self.state.lock();
        let position = self.position_of(id, &state)?;
        while state.first <= position && state.first < state.unread {
            state.forget_first();
        }
        Ok(())
    }

    fn try_read(&self, reader: u64) -> Option<Read> {
        let mut state = self.state.lock();
        if state.reader != reader {
            return Some(Read::End(Err(SparkError::new("INVALID_CURSOR.DISCONNECTED"))));
        }
        let at = (state.unread - state.first) as usize;
        let Some(entry) = state.entries.get(at) else {
            return state.end.clone().map(Read::End);
        };
        let (response, bytes) = (entry.response.clone(), entry.bytes);
        state.unread += 1;
        state.unread_bytes -= bytes;
        state.kept_bytes += bytes;
        let kept_bytes_max = if self.reattachable { KEPT_BYTES_MAX } else { 0 };
        while state.kept_bytes > kept_bytes_max && state.first < state.unread {
            state.forget_first();
        }
        Some(Read::Response(response))
    }

    fn id_of(&self, position: u64) -> String {
        Uuid::from_u64_pair(self.stem, position).to_string()
    }

    fn position_of(&self, id: &str, state: &State) -> Result<u64> {
        let known = Uuid::parse_str(id).ok().map(|id| id.as_u64_pair()).filter(|(stem, position)| {
            *stem == self.stem && *position > 0 && *position < state.first + state.entries.len() as u64
        });
        known
            .map(|(_, position)| position)
            .ok_or_else(|| SparkError::new("INVALID_CURSOR.POSITION_NOT_FOUND").param("responseId", id))
    }
}

impl State {
    fn move_to(&mut self, unread: u64) {
        self.unread = unread;
        let read = (unread - self.first) as usize;
        self.kept_bytes = self.entries.iter().take(read).map(|entry| entry.bytes).sum();
        self.unread_bytes = self.entries.iter().skip(read).map(|entry| entry.bytes).sum();
    }

    fn forget_first(&mut self) {
        if let Some(entry) = self.entries.pop_front() {
            self.first += 1;
            self.kept_bytes = self.kept_bytes.saturating_sub(entry.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use spark_connect_proto::execute_plan_response::{ArrowBatch, ResponseType};

    fn response(bytes: usize) -> ExecutePlanResponse {
        let batch = ArrowBatch { data: vec![0; bytes].into(), ..Default::default() };
        ExecutePlanResponse { response_type: Some(ResponseType::ArrowBatch(batch)), ..Default::default() }
    }

    async fn next_id(log: &ResponseLog, reader: u64) -> String {
        match log.read(reader).await {
            Read::Response(response) => response.response_id.clone(),
            Read::End(end) => panic!("ended: {end:?}"),
        }
    }

    #[tokio::test]
    async fn a_reader_that_comes_back_goes_on_after_the_last_response_it_had() {
        let log = ResponseLog::new(true);
        for _ in 0..3 {
            log.push(response(1)).await;
        }
        let first = log.attach(None).unwrap();
        let ids = [next_id(&log, first).await, next_id(&log, first).await, next_id(&log, first).await];
        let second = log.attach(Some(&ids[0])).unwrap();
        assert_eq!(next_id(&log, second).await, ids[1]);
        assert!(
            matches!(log.read(first).await, Read::End(Err(e)) if e.condition() == Some("INVALID_CURSOR.DISCONNECTED"))
        );
    }

    #[tokio::test]
    async fn a_released_response_is_told_from_one_that_never_was() {
        let log = ResponseLog::new(true);
        for _ in 0..3 {
            log.push(response(1)).await;
        }
        let reader = log.attach(None).unwrap();
        let ids = [next_id(&log, reader).await, next_id(&log, reader).await];
        log.release(&ids[1]).unwrap();
        assert!(log.attach(Some(&ids[1])).is_ok());
        let gone = log.attach(Some(&ids[0])).unwrap_err();
        assert_eq!(gone.condition(), Some("INVALID_CURSOR.POSITION_NOT_AVAILABLE"));
        assert_eq!(gone.params()["index"], "2");
        let never = log.attach(Some(&Uuid::new_v4().to_string())).unwrap_err();
        assert_eq!(never.condition(), Some("INVALID_CURSOR.POSITION_NOT_FOUND"));
    }

    #[tokio::test]
    async fn a_writer_waits_for_a_slow_reader() {
        let log = ResponseLog::new(true);
        log.push(response(UNREAD_BYTES_MAX)).await;
        let mut second = Box::pin(log.push(response(1)));
        assert!(futures::poll!(&mut second).is_pending());
        let reader = log.attach(None).unwrap();
        next_id(&log, reader).await;
        assert!(futures::poll!(&mut second).is_ready());
    }

    #[tokio::test]
    async fn what_was_read_is_kept_up_to_a_bound() {
        let log = ResponseLog::new(true);
        let reader = log.attach(None).unwrap();
        let mut ids = Vec::new();
        for _ in 0..3 {
            log.push(response(KEPT_BYTES_MAX / 2)).await;
            ids.push(next_id(&log, reader).await);
        }
        assert!(log.attach(Some(&ids[2])).is_ok());
        assert!(log.attach(Some(&ids[1])).is_ok());
        assert!(log.attach(None).is_err());
        let forgetful = ResponseLog::new(false);
        let reader = forgetful.attach(None).unwrap();
        forgetful.push(response(1)).await;
        next_id(&forgetful, reader).await;
        assert!(forgetful.attach(None).is_err());
    }

    #[tokio::test]
    async fn the_end_comes_after_the_responses_and_comes_again() {
        let log = ResponseLog::new(true);
        log.push(response(1)).await;
        assert!(log.end(Err(SparkError::internal("x"))));
        assert!(!log.end(Ok(())));
        let reader = log.attach(None).unwrap();
        next_id(&log, reader).await;
        for _ in 0..2 {
            assert!(matches!(log.read(reader).await, Read::End(Err(_))));
        }
    }
}
