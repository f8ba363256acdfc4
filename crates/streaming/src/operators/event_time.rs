//! Event times of a batch: newest, oldest, mean, and a sketch of how late they were.
//!
//! The sketch counts latencies in buckets whose width grows with the value (an eighth of a power of two), so a
//! percentile is off by at most 6 % whatever the range, and a row costs an increment.

use arrow::array::{Array, Int64Array};

use super::progress::EventTimeProgress;

const MICROS_PER_MS: i64 = 1_000;

/// Buckets to a power of two, as bits.
const SUB_BUCKET_BITS: u32 = 3;
const BUCKETS: usize = 64 << SUB_BUCKET_BITS;

/// Counts of latencies in milliseconds.
#[derive(Debug, Clone)]
struct LatencySketch {
    counts: Vec<u64>,
    total: u64,
}

impl LatencySketch {
    fn new() -> Self {
        Self { counts: vec![0; BUCKETS], total: 0 }
    }

    /// An event from the future counts as one without latency.
    fn add(&mut self, latency_ms: i64) {
        self.counts[bucket(latency_ms.max(0) as u64)] += 1;
        self.total += 1;
    }

    fn merge(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.total += other.total;
    }

    fn percentile(&self, percent: u64) -> i64 {
        let wanted = (self.total * percent).div_ceil(100).max(1);
        let mut seen = 0;
        for (at, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return middle(at);
            }
        }
        0
    }
}

/// Small values have a bucket of their own; from there on, eight buckets for each power of two.
fn bucket(value: u64) -> usize {
    let bits = u64::BITS - value.leading_zeros();
    if bits <= SUB_BUCKET_BITS {
        return value as usize;
    }
    let shift = bits - SUB_BUCKET_BITS - 1;
    let within = (value >> shift) as usize & ((1 << SUB_BUCKET_BITS) - 1);
    (((shift + 1) as usize) << SUB_BUCKET_BITS) + within
}

fn middle(bucket: usize) -> i64 {
    let (power, within) = (bucket >> SUB_BUCKET_BITS, (bucket & ((1 << SUB_BUCKET_BITS) - 1)) as u64);
    if power == 0 {
        return within as i64;
    }
    let (shift, least) = (power as u32 - 1, (1 << SUB_BUCKET_BITS) + within);
    ((least << shift) + ((1u64 << shift) >> 1)) as i64
}

/// The event times that one partition, or all of a batch, has seen.
#[derive(Debug, Clone)]
pub(crate) struct EventTimeStats {
    max_micros: i64,
    min_micros: i64,
    sum_ms: i128,
    rows: u64,
    latency: LatencySketch,
}

impl Default for EventTimeStats {
    fn default() -> Self {
        Self { max_micros: i64::MIN, min_micros: i64::MAX, sum_ms: 0, rows: 0, latency: LatencySketch::new() }
    }
}

impl EventTimeStats {
    /// Takes in the event times of some rows, processed at `now_ms`; NULLs do not count.
    pub(crate) fn add(&mut self, micros: &Int64Array, now_ms: i64) {
        for row in 0..micros.len() {
            if micros.is_null(row) {
                continue;
            }
            let time = micros.value(row);
            let time_ms = time.div_euclid(MICROS_PER_MS);
            self.max_micros = self.max_micros.max(time);
            self.min_micros = self.min_micros.min(time);
            self.sum_ms += i128::from(time_ms);
            self.rows += 1;
            self.latency.add(now_ms.saturating_sub(time_ms));
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.max_micros = self.max_micros.max(other.max_micros);
        self.min_micros = self.min_micros.min(other.min_micros);
        self.sum_ms += other.sum_ms;
        self.rows += other.rows;
        self.latency.merge(&other.latency);
    }

    /// The newest event time, if there were rows.
    pub(crate) fn max_ms(&self) -> Option<i64> {
        (self.rows > 0).then(|| self.max_micros.div_euclid(MICROS_PER_MS))
    }

    pub(crate) fn progress(&self) -> Option<EventTimeProgress> {
        let max_ms = self.max_ms()?;
        Some(EventTimeProgress {
            max_ms,
            min_ms: self.min_micros.div_euclid(MICROS_PER_MS),
            avg_ms: (self.sum_ms / i128::from(self.rows)) as i64,
            rows: self.rows,
            latency_p50_ms: self.latency.percentile(50),
            latency_p95_ms: self.latency.percentile(95),
            latency_p99_ms: self.latency.percentile(99),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn buckets_are_in_order_and_their_middle_is_within_six_percent() {
        let mut last = 0;
        for value in (0..5_000u64).chain((13..63).map(|power| (1u64 << power) + 7)) {
            let at = bucket(value);
            assert!((last..BUCKETS).contains(&at), "{value}");
            last = at;
            let off = (middle(at) - value as i64).abs() as f64;
            assert!(off <= 0.0625 * value as f64 + 0.5, "{value} is in the bucket of {}", middle(at));
        }
    }

    #[test]
    fn nulls_do_not_count() {
        let mut stats = EventTimeStats::default();
        stats.add(&Int64Array::from(vec![Some(1_000_000), None, Some(3_000_000)]), 5_000);
        let progress = stats.progress().unwrap();
        assert_eq!((progress.min_ms, progress.max_ms, progress.avg_ms, progress.rows), (1_000, 3_000, 2_000, 2));
        assert!((progress.latency_p50_ms - 2_000).abs() <= 125, "{}", progress.latency_p50_ms);
        assert!((progress.latency_p99_ms - 4_000).abs() <= 250, "{}", progress.latency_p99_ms);
    }

    #[test]
    fn no_rows_have_no_event_time() {
        assert_eq!(EventTimeStats::default().progress(), None);
    }
}
