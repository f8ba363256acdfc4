//! A Rust program that is killed again and again loses no line that its write-ahead log has, and counts none twice.
//!
//! The test starts itself as that program, `FIRESTEEL_CRASHES` times, and kills it at random (SIGKILL). What was on the wire
//! when a receiver died is lost, as with any socket; a line that was in the log is in exactly one batch, and the state
//! holds exactly the lines of the batches.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use firesteel_dstream::StreamingContext;
use firesteel_rdd::{SparkConf, SparkContext, hash_of};

const BATCH: Duration = Duration::from_millis(200);
const KEYS: u64 = 3;
const WAIT_MAX: Duration = Duration::from_secs(60);
const DIRECTORY: &str = "FIRESTEEL_TEST_CRASH_DIRECTORY";
const PORT: &str = "FIRESTEEL_TEST_CRASH_PORT";

/// The count and the sum of the numbers of each key.
type Counts = Vec<(u64, (u64, u64))>;

/// The program; the test below runs it in processes of its own.
#[test]
#[ignore = "it is what the crash test kills"]
fn the_program() {
    let Ok(directory) = std::env::var(DIRECTORY) else { return };
    let port: u16 = std::env::var(PORT).unwrap().parse().unwrap();
    let checkpoint = format!("{directory}/checkpoint");
    let ssc = StreamingContext::get_or_create(&checkpoint, || Ok(streams(&directory, port))).unwrap();
    ssc.start().unwrap();
    until("the program is told to finish", || Path::new(&directory).join("finish").exists());
    ssc.stop(true, true).unwrap();
}

fn streams(directory: &str, port: u16) -> StreamingContext {
    let conf = SparkConf::new()
        .set_master("local[2]")
        .set_app_name("crash")
        .set("spark.streaming.receiver.writeAheadLog.enable", "true")
        .set("spark.streaming.receiver.writeAheadLog.rollingIntervalSecs", "1")
        .set("spark.streaming.blockInterval", "50ms")
        .set("spark.streaming.receiverRestartDelay", "50");
    let ssc = StreamingContext::new(&SparkContext::new(conf).unwrap(), BATCH).unwrap();
    let pairs = ssc.socket_text_stream("127.0.0.1", port).map(|line: String| {
        let number: u64 = line.parse().unwrap();
        (number % KEYS, number)
    });
    let batches = format!("{directory}/batches");
    pairs.foreach_rdd(move |rdd, time| {
        let mut numbers: Vec<u64> = rdd.collect()?.into_iter().map(|(_, number)| number).collect();
        numbers.sort_unstable();
        write_once(&batches, time.ms(), &format!("{numbers:?}"));
        Ok(())
    });
    let counts = pairs.update_state_by_key(|new: &[u64], state: Option<(u64, u64)>| {
        let (count, sum) = state.unwrap_or_default();
        Some((count + new.len() as u64, sum + new.iter().sum::<u64>()))
    });
    let states = format!("{directory}/states");
    counts.checkpoint(BATCH).foreach_rdd(move |rdd, time| {
        let mut counts: Counts = rdd.collect()?;
        counts.sort_unstable();
        write_once(&states, time.ms(), &format!("{counts:?}"));
        Ok(())
    });
    ssc
}

/// Writes what a batch has made in one step; a batch that runs again must make the same, or it is kept beside it.
fn write_once(directory: &str, time_ms: i64, text: &str) {
    let path = format!("{directory}/{time_ms}");
    let path = match fs::read_to_string(&path) {
        Ok(before) if before == text => return,
        Ok(_) => format!("{path}.again"),
        Err(_) => path,
    };
    fs::write(format!("{path}.tmp"), text).unwrap();
    fs::rename(format!("{path}.tmp"), path).unwrap();
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + WAIT_MAX;
    while !holds() {
        assert!(Instant::now() < deadline, "never: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Sends the next numbers, one a line, to whoever is connected.
#[derive(Default)]
struct Server {
    sent: AtomicU64,
    silent: AtomicBool,
}

impl Server {
    fn start() -> (Arc<Self>, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (server, port) = (Arc::new(Self::default()), listener.local_addr().unwrap().port());
        let serving = server.clone();
        thread::spawn(move || listener.incoming().for_each(|connection| serving.feed(connection.unwrap())));
        (server, port)
    }

    fn feed(&self, mut connection: TcpStream) {
        while !self.silent.load(Ordering::SeqCst) {
            // Counted first: a number that was perhaps sent must not be sent again.
            let first = self.sent.fetch_add(5, Ordering::SeqCst);
            let text: String = (first..first + 5).map(|number| format!("{number}\n")).collect();
            if connection.write_all(text.as_bytes()).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
        // The receiver stays connected and waits for more.
        let _ = connection.read(&mut [0]);
    }
}

fn program(directory: &Path, port: u16) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_program", "--ignored", "--nocapture"])
        .env(DIRECTORY, directory)
        .env(PORT, port.to_string())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// The numbers of all lines that are whole in the write-ahead log.
fn logged(directory: &Path) -> Vec<u64> {
    let mut numbers = Vec::new();
    let Ok(files) = fs::read_dir(directory.join("checkpoint/receivedData/0")) else { return numbers };
    for file in files.map(|file| file.unwrap().path()).filter(|path| path.to_string_lossy().contains("log-")) {
        let content = fs::read(file).unwrap();
        let mut rest = content.as_slice();
        // Length and checksum, then the block: its number, its count, and its lines behind their lengths.
        while let Some((header, after)) = rest.split_at_checked(8)
            && let Some((block, after)) = after.split_at_checked(length(header))
        {
            let mut lines = &block[16..];
            while let Some((header, after)) = lines.split_at_checked(4) {
                let (line, after) = after.split_at(length(header));
                numbers.push(std::str::from_utf8(line).unwrap().parse().unwrap());
                lines = after;
            }
            rest = after;
        }
    }
    numbers
}

fn length(header: &[u8]) -> usize {
    u32::from_le_bytes(header[..4].try_into().unwrap()) as usize
}

/// What the files of a directory hold, by their batches' times.
fn contents(directory: &Path) -> BTreeMap<i64, String> {
    let mut found = BTreeMap::new();
    for path in fs::read_dir(directory).unwrap().map(|file| file.unwrap().path()) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(!name.ends_with(".again"), "a batch ran again and was another: {name}");
        if let Ok(time) = name.parse() {
            found.insert(time, fs::read_to_string(path).unwrap());
        }
    }
    found
}

fn numbers_of(batch: &str) -> Vec<u64> {
    batch.trim_matches(['[', ']']).split(", ").filter(|text| !text.is_empty()).map(|n| n.parse().unwrap()).collect()
}

#[test]
fn lines_of_the_log_are_in_one_batch_each_however_often_the_program_is_killed() {
    let crashes: u64 = std::env::var("FIRESTEEL_CRASHES").map_or(6, |text| text.parse().unwrap()).min(50);
    let directory = tempfile::tempdir().unwrap();
    for name in ["batches", "states"] {
        fs::create_dir(directory.path().join(name)).unwrap();
    }
    let (server, port) = Server::start();
    let seed = std::process::id();
    let mut in_log = BTreeSet::new();
    for crash in 0..crashes {
        let mut killed = program(directory.path(), port);
        thread::sleep(Duration::from_millis(hash_of(&(seed, crash)) % 2000));
        killed.kill().unwrap();
        let status = killed.wait().unwrap();
        assert_eq!(status.code(), None, "the program ended by itself");
        in_log.extend(logged(directory.path()));
    }
    let mut last = program(directory.path(), port);
    let batches = directory.path().join("batches");
    let all = || contents(&batches).values().flat_map(|batch| numbers_of(batch)).collect::<Vec<_>>();
    thread::sleep(Duration::from_secs(1));
    until("the last program receives", || !all().is_empty());
    server.silent.store(true, Ordering::SeqCst);
    until("what was sent last is in a batch", || all().contains(&(server.sent.load(Ordering::SeqCst) - 1)));
    fs::write(directory.path().join("finish"), "").unwrap();
    assert!(last.wait().unwrap().success());

    let (numbers, distinct) = (all(), all().into_iter().collect::<BTreeSet<_>>());
    assert_eq!(numbers.len(), distinct.len(), "seed {seed}: a line is in two batches");
    assert!(in_log.len() > 100, "seed {seed}: the log had {} lines when the program was killed", in_log.len());
    let lost: Vec<_> = in_log.difference(&distinct).collect();
    assert!(lost.is_empty(), "seed {seed}: lines of the log that are in no batch: {lost:?}");
    let mut expected = BTreeMap::<u64, (u64, u64)>::new();
    for number in numbers {
        let (count, sum) = expected.entry(number % KEYS).or_default();
        (*count, *sum) = (*count + 1, *sum + number);
    }
    let expected: Counts = expected.into_iter().collect();
    let states = contents(&directory.path().join("states"));
    assert_eq!(states.values().next_back().unwrap(), &format!("{expected:?}"), "seed {seed}");
}
