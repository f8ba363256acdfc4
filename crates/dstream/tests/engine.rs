//! The engine under a manual clock: batches, receivers, restarts, graceful stops.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, mpsc};
use std::time::Duration;

use firesteel_dstream::{
    BatchGraph, Checkpoint, CheckpointDirectory, Clock, Engine, EngineOptions, Lines, ManualClock, OutputJob, Receiver,
    ReceiverInput, Restored, State, Store, StreamingListener, Time,
};
use firesteel_error::{Exception, Result, SparkError};
use firesteel_events::dstream::DStreamEvent;
use parking_lot::Mutex;
use support::{changed, eventually};

const BATCH: Duration = Duration::from_millis(100);

/// Collects the lines of each batch.
#[derive(Default)]
struct Collect {
    input: OnceLock<Arc<ReceiverInput<String>>>,
    batches: Arc<Mutex<BTreeMap<i64, Vec<String>>>>,
    fail_at: Option<i64>,
    fail_generate_at: Option<i64>,
    restored: Mutex<Option<Restored>>,
    slides_ms: Vec<i64>,
}

impl BatchGraph for Collect {
    fn start(&self, _zero: Time, restored: Option<&Restored>) -> Result<()> {
        *self.restored.lock() = restored.cloned();
        Ok(())
    }

    fn generate(&self, time: Time) -> Result<Vec<OutputJob>> {
        if self.fail_generate_at == Some(time.ms()) {
            return Err(SparkError::plain(Exception::Python, "transform raised"));
        }
        let blocks = self.input.get().map_or(Ok(Vec::new()), |input| input.blocks(time))?;
        let lines: Vec<String> = blocks.iter().flat_map(|block| block.records.iter().cloned()).collect();
        let (batches, fails) = (self.batches.clone(), self.fail_at == Some(time.ms()));
        let run = Box::new(move || {
            if fails {
                return Err(SparkError::plain(Exception::Python, "the job raised"));
            }
            batches.lock().insert(time.ms(), lines);
            changed();
            Ok(())
        });
        Ok(vec![OutputJob { id: 0, name: "collect".into(), description: String::new(), run }])
    }

    fn forget(&self, _time: Time) -> Result<()> {
        Ok(())
    }

    fn save(&self, time: Time) -> Result<Vec<u8>> {
        Ok(format!("state at {}", time.ms()).into_bytes())
    }

    fn saved(&self, _time: Time) -> Result<()> {
        Ok(())
    }

    fn remember_ms(&self) -> i64 {
        100
    }

    fn slides_ms(&self) -> Vec<i64> {
        self.slides_ms.clone()
    }
}

/// Stores what it is sent.
struct Sent(mpsc::Receiver<Vec<String>>, mpsc::Sender<()>);

impl Receiver<String> for Sent {
    fn name(&self) -> String {
        "Sent".into()
    }

    fn receive(&mut self, store: &Store<String>) -> Result<()> {
        while !store.is_stopped() {
            if let Ok(lines) = self.0.recv_timeout(Duration::from_millis(5)) {
                if lines == ["fail"] {
                    return Err(SparkError::plain(Exception::Spark, "asked to fail"));
                }
                store.store_all(lines)?;
                self.1.send(()).unwrap();
            }
        }
        Ok(())
    }
}

/// Keeps the names of events, and what receivers ended with.
#[derive(Default)]
struct Heard {
    names: Mutex<Vec<String>>,
    endings: Mutex<Vec<String>>,
}

impl StreamingListener for Heard {
    fn on_event(&self, event: &DStreamEvent) {
        if let DStreamEvent::ReceiverStopped(info) = event {
            self.endings.lock().push(info.last_error_message.clone());
        }
        self.names.lock().push(event.name().trim_start_matches("StreamingListener").to_string());
        changed();
    }
}

struct Rig {
    clock: Arc<ManualClock>,
    engine: Engine,
    graph: Arc<Collect>,
    lines: mpsc::Sender<Vec<String>>,
    stored: mpsc::Receiver<()>,
    heard: Arc<Heard>,
}

impl Rig {
    fn new(now_ms: i64, directory: Option<&Path>, graph: Collect) -> Self {
        Self::with(now_ms, directory, graph, &[])
    }

    fn with(now_ms: i64, directory: Option<&Path>, graph: Collect, settings: &[(&str, &str)]) -> Self {
        let clock = Arc::new(ManualClock::at(now_ms));
        let mut options = EngineOptions::new(BATCH);
        options.app_settings = settings.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        options.clock = clock.clone();
        options.settings.block_interval = Duration::from_millis(50);
        options.settings.receiver_restart_delay = Duration::from_millis(1);
        options.settings.write_ahead_log = directory.is_some();
        options.checkpoint = directory.map(|directory| CheckpointDirectory::at(&directory.to_string_lossy()).unwrap());
        let engine = Engine::new(options).unwrap();
        let (lines, receiving) = mpsc::channel();
        let (storing, stored) = mpsc::channel();
        let input = engine.add_receiver(engine.new_stream(), Sent(receiving, storing), Lines);
        assert!(graph.input.set(input).is_ok());
        let heard = Arc::new(Heard::default());
        engine.add_listener(heard.clone());
        Self { clock, engine, graph: Arc::new(graph), lines, stored, heard }
    }

    fn start(&self, checkpoint: Option<&Checkpoint>) {
        self.engine.start(self.graph.clone(), checkpoint).unwrap();
    }

    fn send(&self, lines: &[&str]) {
        self.lines.send(lines.iter().map(|line| (*line).to_string()).collect()).unwrap();
        self.stored.recv_timeout(Duration::from_secs(10)).unwrap();
    }

    /// Moves the clock by one batch and waits for it.
    fn tick(&self) -> Vec<String> {
        let before = self.graph.batches.lock().len();
        self.clock.advance(100);
        eventually(|| self.graph.batches.lock().len() > before);
        self.batch(self.clock.now_ms() / 100 * 100)
    }

    fn batch(&self, time: i64) -> Vec<String> {
        self.graph.batches.lock().get(&time).cloned().unwrap_or_default()
    }
}

#[test]
fn what_was_stored_before_a_tick_is_in_its_batch() {
    let rig = Rig::new(1_000, None, Collect::default());
    rig.start(None);
    rig.send(&["a", "b"]);
    assert_eq!(rig.tick(), ["a", "b"]);
    assert!(rig.tick().is_empty());
    rig.send(&["c"]);
    assert_eq!(rig.tick(), ["c"]);
    assert_eq!(rig.engine.state(), State::Active);
    assert!(!rig.engine.wait(Some(Duration::from_millis(1))).unwrap());
    rig.engine.stop(false).unwrap();
    rig.engine.stop(false).unwrap();
    assert!(rig.engine.wait(None).unwrap());
    assert!(rig.engine.start(rig.graph.clone(), None).unwrap_err().message().contains("already been stopped"));
    let statistics = rig.engine.statistics();
    assert_eq!((statistics.total_completed, statistics.processed_records), (3, 3));
}

#[test]
fn a_tick_whose_turn_has_not_come_leaves_its_data_to_the_next_batch() {
    let settings = [("spark.streaming.interval.auto", "true"), ("spark.streaming.interval.auto.min", "300ms")];
    let rig = Rig::with(0, None, Collect::default(), &settings);
    rig.start(None);
    rig.send(&["a"]);
    rig.clock.advance(100);
    rig.send(&["b"]);
    rig.clock.advance(500);
    eventually(|| rig.graph.batches.lock().len() == 2);
    let batches: Vec<_> = rig.graph.batches.lock().clone().into_iter().collect();
    assert_eq!(batches, [(300, vec!["a".to_string(), "b".into()]), (600, Vec::new())]);
    rig.engine.stop(false).unwrap();
    let wrong = Rig::with(0, None, Collect::default(), &[("spark.streaming.interval.auto", "perhaps")]);
    let error = wrong.engine.start(wrong.graph.clone(), None).unwrap_err();
    assert!(error.message().contains("spark.streaming.interval.auto"), "{error}");
}

#[test]
fn a_tick_at_which_a_window_is_due_has_its_batch() {
    let settings = [("spark.streaming.interval.auto", "true"), ("spark.streaming.interval.auto.min", "300ms")];
    let rig = Rig::with(0, None, Collect { slides_ms: vec![100, 200], ..Collect::default() }, &settings);
    rig.start(None);
    rig.clock.advance(600);
    eventually(|| rig.graph.batches.lock().len() == 3);
    assert_eq!(rig.graph.batches.lock().keys().copied().collect::<Vec<_>>(), [200, 400, 600]);
    rig.engine.stop(false).unwrap();
}

#[test]
fn listeners_hear_each_event_in_order() {
    let rig = Rig::new(0, None, Collect::default());
    rig.start(None);
    eventually(|| rig.heard.names.lock().len() == 2);
    rig.tick();
    eventually(|| rig.heard.names.lock().len() == 7);
    rig.engine.stop(false).unwrap();
    let names = rig.heard.names.lock().clone();
    let expected = [
        "StreamingStarted",
        "ReceiverStarted",
        "BatchSubmitted",
        "BatchStarted",
        "OutputOperationStarted",
        "OutputOperationCompleted",
        "BatchCompleted",
        "ReceiverStopped",
    ];
    assert_eq!(names, expected);
}

#[test]
fn a_receiver_that_fails_says_why_and_starts_again() {
    let rig = Rig::new(0, None, Collect::default());
    rig.start(None);
    rig.lines.send(vec!["fail".into()]).unwrap();
    rig.send(&["after"]);
    assert_eq!(rig.tick(), ["after"]);
    rig.engine.stop(false).unwrap();
    let names = rig.heard.names.lock().clone();
    let of_receivers: Vec<_> = names.iter().filter(|name| name.starts_with("Receiver")).collect();
    let expected = ["ReceiverStarted", "ReceiverStopped", "ReceiverStarted", "ReceiverStopped"];
    assert_eq!(of_receivers, expected);
    let endings = rig.heard.endings.lock().clone();
    assert_eq!(endings, ["Restarting receiver with delay 1ms: asked to fail", "Stopped by driver"]);
}

#[test]
fn a_failed_job_is_the_error_of_the_wait_and_later_batches_run() {
    for graph in [
        Collect { fail_at: Some(200), ..Collect::default() },
        Collect { fail_generate_at: Some(200), ..Collect::default() },
    ] {
        let rig = Rig::new(100, None, graph);
        rig.start(None);
        rig.clock.advance(100);
        let error = rig.engine.wait(None).unwrap_err();
        assert!(error.message().ends_with("raised"), "{error}");
        rig.send(&["later"]);
        assert_eq!(rig.tick(), ["later"]);
        rig.engine.stop(false).unwrap();
    }
}

#[test]
fn a_graceful_stop_processes_what_was_received() {
    let rig = Rig::new(0, None, Collect::default());
    rig.start(None);
    rig.send(&["last"]);
    let stopped = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let result = rig.engine.stop(true);
            stopped.store(true, Ordering::Release);
            changed();
            result.unwrap();
        });
        while !stopped.load(Ordering::Acquire) {
            let before = rig.graph.batches.lock().len();
            rig.clock.advance(100);
            eventually(|| stopped.load(Ordering::Acquire) || rig.graph.batches.lock().len() > before);
        }
    });
    let all: Vec<String> = rig.graph.batches.lock().values().flatten().cloned().collect();
    assert_eq!(all, ["last"]);
}

#[test]
fn with_the_log_a_restart_has_every_line_once_in_the_same_batch() {
    let directory = tempfile::tempdir().unwrap();
    let first = Rig::new(1_000, Some(directory.path()), Collect { fail_at: Some(1_200), ..Collect::default() });
    first.start(None);
    first.send(&["one"]);
    assert_eq!(first.tick(), ["one"]);
    first.send(&["two"]);
    // The batch of this tick fails, and stays pending.
    first.clock.advance(100);
    assert!(first.engine.wait(None).is_err());
    first.send(&["three"]);
    // Cut as a block, and in no batch.
    first.clock.advance(50);
    first.engine.stop(false).unwrap();

    let checkpoint = CheckpointDirectory::at(&directory.path().to_string_lossy()).unwrap().read().unwrap().unwrap();
    assert_eq!(checkpoint.pending.iter().map(|time| time.ms()).collect::<Vec<_>>(), [1_200]);
    let second = Rig::new(1_430, Some(directory.path()), Collect::default());
    second.start(Some(&checkpoint));
    eventually(|| second.graph.batches.lock().len() == 3);
    assert_eq!(
        (second.batch(1_200), second.batch(1_300), second.batch(1_400)),
        (vec!["two".to_string()], vec!["three".to_string()], Vec::new())
    );
    let restored = second.graph.restored.lock().clone().unwrap();
    assert!(String::from_utf8(restored.state).unwrap().starts_with("state at"));
    second.send(&["four"]);
    assert_eq!(second.tick(), ["four"]);
    second.engine.stop(true).unwrap();
}

#[test]
fn after_a_long_down_time_each_batch_is_made_up_for_once() {
    const BATCHES: i64 = 70;
    let directory = tempfile::tempdir().unwrap();
    let first = Rig::new(1_000, Some(directory.path()), Collect::default());
    first.start(None);
    first.send(&["one"]);
    assert_eq!(first.tick(), ["one"]);
    first.engine.stop(false).unwrap();

    let checkpoint = CheckpointDirectory::at(&directory.path().to_string_lossy()).unwrap().read().unwrap().unwrap();
    let second = Rig::new(1_100 + BATCHES * 100, Some(directory.path()), Collect::default());
    second.start(Some(&checkpoint));
    eventually(|| second.graph.batches.lock().len() as i64 >= BATCHES);
    let times: Vec<i64> = second.graph.batches.lock().keys().copied().collect();
    assert_eq!(times, (1..=BATCHES).map(|batch| 1_100 + batch * 100).collect::<Vec<_>>());
    second.engine.stop(false).unwrap();
    let names = second.heard.names.lock().clone();
    assert_eq!(names.iter().filter(|name| *name == "BatchCompleted").count() as i64, BATCHES);
}

#[test]
fn a_stop_does_not_wait_for_a_long_down_time() {
    let directory = tempfile::tempdir().unwrap();
    let first = Rig::new(1_000, Some(directory.path()), Collect::default());
    first.start(None);
    first.engine.stop(false).unwrap();
    let checkpoint = CheckpointDirectory::at(&directory.path().to_string_lossy()).unwrap().read().unwrap().unwrap();
    let day_ms = 86_400_000;
    let second = Rig::new(1_000 + day_ms, Some(directory.path()), Collect::default());
    second.start(Some(&checkpoint));
    second.engine.stop(false).unwrap();
    assert!((second.graph.batches.lock().len() as i64) < day_ms / 100);
}
