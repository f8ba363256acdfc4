//! The batches of a query or of a DStream program, as far as advice needs them.

use crate::store::{Store, StreamRun, Streaming};

/// The first batches are left out: they warm caches and start workers.
const WARM_UP: usize = 2;

/// Some batches of one stream.
#[derive(Debug)]
pub(super) struct Batches {
    /// What people call the stream.
    pub name: String,
    /// What sets the interval.
    pub setting: &'static str,
    /// When each began, how long it took, in milliseconds, and how many records it had, in order.
    pub all: Vec<(i64, i64, i64)>,
    /// The interval between batches, if batches wait for it.
    pub interval_ms: Option<i64>,
}

/// The streams of a store whose batches had data.
pub(super) fn of(store: &Store) -> Vec<Batches> {
    let mut streams: Vec<Batches> = store.runs.iter().map(query).collect();
    streams.extend(store.streaming.as_ref().map(|streaming| dstream(streaming, &store.application.name)));
    streams
}

fn query(run: &StreamRun) -> Batches {
    // Batches without data say little of those with data.
    let with_data = run.progress.iter().filter(|progress| progress.rows() > 0);
    let all: Vec<_> = with_data.map(|progress| (progress.time_ms, progress.duration_ms(), progress.rows())).collect();
    let all: Vec<_> = all.into_iter().skip(WARM_UP).collect();
    // Triggers that found no rows tell of the interval as well.
    let triggers: Vec<_> = run.progress.iter().map(|progress| (progress.time_ms, progress.duration_ms())).collect();
    let interval_ms = waiting_interval(&triggers);
    let name = run.name.clone().unwrap_or_else(|| run.id.clone());
    Batches { name, setting: "the trigger's processingTime", all, interval_ms }
}

fn dstream(streaming: &Streaming, app: &str) -> Batches {
    let ended = streaming.batches.values().filter_map(|batch| {
        let (start, end) = (batch.start_ms?, batch.end_ms?);
        let records: i64 = batch.inputs.values().map(|input| input.records).sum();
        Some((batch.time_ms, end - start, records))
    });
    let all = ended.skip(WARM_UP).collect();
    let interval_ms = streaming.interval_ms();
    Batches { name: app.to_string(), setting: "the StreamingContext's batch interval", all, interval_ms }
}

/// The interval that a query's batches wait for: nearly all gaps between them are multiples of it, and it is longer than they take.
/// A trigger that finds nothing to do leaves no trace, so a gap may be several intervals.
fn waiting_interval(all: &[(i64, i64)]) -> Option<i64> {
    let mut gaps: Vec<i64> = all.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    gaps.sort_unstable();
    let interval = *gaps.get(gaps.len() / 10)?;
    let tolerance = (interval / 20).max(20).min(interval / 5);
    let off = |gap: i64| (gap - (gap + interval / 2) / interval * interval).abs();
    let alike = gaps.iter().filter(|gap| interval > 0 && off(**gap) <= tolerance).count();
    let waited = all.iter().filter(|(_, took)| *took + tolerance < interval).count();
    (alike * 5 > gaps.len() * 4 && waited * 2 > all.len()).then_some(interval)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_what_batches_wait_for() {
        let every_second: Vec<_> = (0..30).map(|n| (n * 1000, 300)).collect();
        assert_eq!(waiting_interval(&every_second), Some(1000));
        let back_to_back: Vec<_> = (0..30).map(|n| (n * 305, 300)).collect();
        assert_eq!(waiting_interval(&back_to_back), None);
        let now_and_then: Vec<_> =
            [0, 3, 4, 9, 10, 11, 15, 17, 18, 25, 26, 27].map(|n| (n * 1000 + n % 4, 300)).to_vec();
        assert_eq!(
            waiting_interval(&now_and_then).map(|ms| (ms + 50) / 100),
            Some(10),
            "data does not come with each trigger"
        );
        let irregular: Vec<_> = [0, 900, 2210, 2700, 4400, 5990, 6330, 8250].map(|time| (time, 100)).to_vec();
        assert_eq!(waiting_interval(&irregular), None);
    }
}
