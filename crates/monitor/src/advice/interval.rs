//! The smallest batch interval that is stable: one that nearly all batches stay within, with room to catch up.
//!
//! It is taken from the 95th percentile of the processing times, since a mean hides the batches that make a queue grow.
//! A shorter interval gives smaller batches, which take no longer, so the answer is on the safe side.

use serde_json::json;

use super::Advice;
use super::batches::{self, Batches};
use super::distribution::Distribution;
use crate::store::Store;

/// How many batches with data are needed.
const BATCHES_MIN: usize = 20;

/// How much longer than the 95th percentile an interval has to be.
const HEADROOM: f64 = 1.2;

pub(super) fn of(store: &Store) -> Vec<Advice> {
    batches::of(store).iter().filter_map(advise).collect()
}

fn advise(stream: &Batches) -> Option<Advice> {
    let took = Distribution::of(stream.all.iter().map(|(_, took, _)| *took), BATCHES_MIN)?;
    let records = Distribution::of(stream.all.iter().map(|(.., records)| *records), BATCHES_MIN)?;
    let p95 = took.quantile(0.95);
    let stable_ms = rounded_up((p95 as f64 * HEADROOM).ceil() as i64);
    let (finding, change) = compare(stream, &took, stable_ms);
    let mut numbers = vec![
        ("batches", json!(took.count())),
        ("processing time p50 (ms)", json!(took.median())),
        ("processing time p95 (ms)", json!(p95)),
        ("processing time max (ms)", json!(took.max())),
        ("processing time mean (ms)", json!(took.mean().round())),
        ("records per batch p50", json!(records.median())),
        ("smallest stable interval (ms)", json!(stable_ms)),
    ];
    numbers.extend(stream.interval_ms.map(|interval| ("interval now (ms)", json!(interval))));
    Some(Advice { topic: "batch interval", about: stream.name.clone(), finding, change, numbers })
}

fn compare(stream: &Batches, took: &Distribution, stable_ms: i64) -> (String, Option<String>) {
    let set = |why: &str| Some(format!("Set {} to {stable_ms} ms{why}.", stream.setting));
    let p95 = took.quantile(0.95);
    match stream.interval_ms {
        None => (
            format!(
                "Batches follow each other without waiting; 95 % of them took at most {p95} ms. {stable_ms} ms is the smallest interval that would be stable."
            ),
            None,
        ),
        Some(now) if took.median() > now => (
            format!("It does not keep up: half of the batches took longer than the interval of {now} ms."),
            set(" or longer, or give it more cores or less work"),
        ),
        Some(now) if stable_ms > now => (
            format!(
                "It keeps up, with little room: 95 % of the batches took at most {p95} ms, and the interval is {now} ms."
            ),
            set(", so that it can catch up after a slow batch"),
        ),
        // Less than a quarter is not worth a change.
        Some(now) if stable_ms * 4 > now * 3 => {
            (format!("The interval of {now} ms fits: 95 % of the batches took at most {p95} ms."), None)
        }
        Some(now) => (
            format!("It waits most of the time: 95 % of the batches took at most {p95} ms of an interval of {now} ms."),
            set(" for fresher results; keep it if fewer, larger batches are what you want"),
        ),
    }
}

/// A number that a person would choose, not smaller: 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten.
fn rounded_up(ms: i64) -> i64 {
    let mut unit = 10;
    loop {
        for tenths in [10, 12, 15, 20, 25, 30, 40, 50, 60, 80] {
            if tenths * unit / 10 >= ms {
                return tenths * unit / 10;
            }
        }
        unit *= 10;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::advice::tests::store;

    /// A query whose batches start every `interval` ms and take these times.
    fn query(interval: i64, took: impl Iterator<Item = i64>) -> Vec<Advice> {
        let mut events = vec![json!({
            "Event": "org.apache.spark.sql.streaming.StreamingQueryListener$QueryStartedEvent",
            "id": "i", "runId": "r", "name": "clicks", "timestamp": "2024-01-01T00:00:00.000Z",
        })];
        events.extend(took.enumerate().map(|(n, took)| {
            let time = crate::time::parse(&json!("2024-01-01T00:00:00.000Z")).unwrap_or_default() + n as i64 * interval;
            let time = chrono::DateTime::from_timestamp_millis(time).unwrap_or_default();
            let progress: Value = json!({
                "id": "i", "runId": "r", "batchId": n, "numInputRows": 100, "batchDuration": took,
                "durationMs": {"triggerExecution": took},
                "timestamp": time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            });
            json!({"Event": "org.apache.spark.sql.streaming.StreamingQueryListener$QueryProgressEvent", "progress": progress})
        }));
        of(&store(&events))
    }

    #[test]
    fn the_tail_counts_and_not_the_mean() {
        // Nine of ten batches are fast; the mean is far below what the slow ones need.
        let advice = query(1000, (0..40).map(|n| if n % 10 == 0 { 900 } else { 50 }));
        assert_eq!(advice.len(), 1);
        assert!(advice[0].finding.contains("little room"), "{:?}", advice[0]);
        assert_eq!(
            advice[0].numbers.iter().find(|(name, _)| name.starts_with("smallest")).map(|(_, v)| v.clone()),
            Some(json!(1200))
        );
    }

    #[test]
    fn an_interval_that_is_too_long_or_too_short_is_told() {
        assert!(
            query(5000, (0..40).map(|_| 200)).iter().any(|a| a.change.as_deref().is_some_and(|c| c.contains("250 ms")))
        );
        assert!(query(1000, (0..40).map(|_| 700)).iter().all(|advice| advice.change.is_none()));
    }

    #[test]
    fn nothing_is_said_from_too_few_batches() {
        assert!(query(1000, (0..21).map(|_| 200)).is_empty(), "the first two do not count");
        assert_eq!(query(1000, (0..22).map(|_| 200)).len(), 1);
    }

    proptest! {
        #[test]
        fn the_rounded_interval_is_never_shorter(ms in 1_i64..10_000_000) {
            let rounded = rounded_up(ms);
            prop_assert!(rounded >= ms && rounded <= (ms * 3 / 2).max(10), "{ms} {rounded}");
        }
    }
}
