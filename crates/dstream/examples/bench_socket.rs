//! How many lines a second a socket word count takes in batches of one second whose processing takes less than that.
//!
//! A thread sends lines at a rate that grows, a few batches at each; the highest rate of a batch that was processed in time
//! counts. It prints its figure as JSON, as the scripts of `benches/` do.
//!
//! `cargo run --release -p firesteel-dstream --example bench_socket`

use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use firesteel_dstream::{StreamingContext, StreamingListener};
use firesteel_error::{Result, SparkError};
use firesteel_events::dstream::BatchInfo;
use firesteel_rdd::{SparkConf, SparkContext};

const FIRST_RATE: u64 = 500_000;
const GROWTH: f64 = 1.2;
const RATES: usize = 14;
const TIME_OF_A_RATE: Duration = Duration::from_secs(4);
const SLICE: Duration = Duration::from_millis(20);
/// Nine words.
const LINE: &[u8] = b"the quick brown fox jumps over the lazy dog\n";
/// After so many batches in a row that took too long, the rate is too high.
const BEHIND_MAX: usize = 3;

/// Keeps the most records of a batch that was processed within its interval.
#[derive(Default)]
struct Best {
    records: AtomicU64,
    behind: AtomicUsize,
    too_fast: AtomicBool,
}

impl StreamingListener for Best {
    fn on_batch_completed(&self, batch: &BatchInfo) {
        if batch.processing_delay_ms().is_some_and(|delay| delay <= 1000) {
            self.behind.store(0, Ordering::Relaxed);
            self.records.fetch_max(batch.num_records(), Ordering::Relaxed);
        } else if self.behind.fetch_add(1, Ordering::Relaxed) + 1 >= BEHIND_MAX {
            self.too_fast.store(true, Ordering::Relaxed);
        }
    }
}

fn main() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| SparkError::io("a socket", e))?;
    let port = listener.local_addr().map_err(|e| SparkError::io("a socket", e))?.port();
    let rate = Arc::new(AtomicU64::new(FIRST_RATE));
    let feeder = thread::spawn({
        let rate = rate.clone();
        move || feed(&listener, &rate)
    });
    let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("socket"))?;
    let ssc = StreamingContext::new(&sc, Duration::from_secs(1))?;
    let best = Arc::new(Best::default());
    ssc.add_listener(best.clone());
    ssc.socket_text_stream("127.0.0.1", port)
        .flat_map(|line: String| line.split(' ').map(str::to_string).collect::<Vec<_>>())
        .map(|word| (word, 1_u64))
        .reduce_by_key(|a, b| a + b)
        .foreach_rdd(|counts, _| counts.collect().map(drop));
    ssc.start()?;
    for _ in 0..RATES {
        thread::sleep(TIME_OF_A_RATE);
        if best.too_fast.load(Ordering::Relaxed) {
            break;
        }
        rate.store((rate.load(Ordering::Relaxed) as f64 * GROWTH) as u64, Ordering::Relaxed);
    }
    rate.store(0, Ordering::Relaxed);
    ssc.stop(true, false)?;
    let _ = feeder.join();
    println!("{{\"socket word count in batches of 1 s, lines/s\": {}}}", best.records.load(Ordering::Relaxed));
    Ok(())
}

/// Sends lines at the rate that is asked for, until that is 0.
fn feed(listener: &TcpListener, rate: &AtomicU64) -> std::io::Result<()> {
    let (mut connection, _) = listener.accept()?;
    let mut next = Instant::now();
    loop {
        let lines = rate.load(Ordering::Relaxed) as f64 * SLICE.as_secs_f64();
        if lines == 0.0 {
            return Ok(());
        }
        connection.write_all(&LINE.repeat(lines as usize))?;
        next += SLICE;
        thread::sleep(next.saturating_duration_since(Instant::now()));
    }
}
