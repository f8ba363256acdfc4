//! A histogram: the distribution of a value, in which the last minutes count most.
//!
//! A sample of 1028 values is kept; newer values are the likelier to be in it, by forward decay (Cormode et al., 2009): a value's
//! weight grows with `exp(0.015 · seconds)`, and the values with the largest `weight / random` are kept. The count and the sum
//! are exact.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rand::Rng;

const SAMPLE_SIZE: usize = 1028;
const DECAY_PER_SECOND: f64 = 0.015;
/// Weights grow without bound; after this long they are scaled down.
const RESCALE_AFTER: Duration = Duration::from_secs(3600);

/// See the module.
#[derive(Debug, Clone)]
pub struct Histogram {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    landmark: Instant,
    sample: Vec<Sampled>,
    count: u64,
    sum: i64,
}

#[derive(Debug, Clone, Copy)]
struct Sampled {
    value: i64,
    weight: f64,
    priority: f64,
}

/// What a histogram shows.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct HistogramReading {
    /// All values that came.
    pub count: u64,
    /// Their sum.
    pub sum: i64,
    /// The largest of the sample.
    pub max: i64,
    /// The sample's weighted mean.
    pub mean: f64,
    /// The smallest of the sample.
    pub min: i64,
    /// The sample's weighted standard deviation.
    pub stddev: f64,
    /// The median.
    pub p50: f64,
    /// The 75th percentile.
    pub p75: f64,
    /// The 95th percentile.
    pub p95: f64,
    /// The 98th percentile.
    pub p98: f64,
    /// The 99th percentile.
    pub p99: f64,
    /// The 99.9th percentile.
    pub p999: f64,
}

impl Histogram {
    /// A histogram that starts at `now`.
    pub fn new(now: Instant) -> Self {
        Self { state: Arc::new(Mutex::new(State { landmark: now, sample: Vec::new(), count: 0, sum: 0 })) }
    }

    /// A value came.
    pub fn update(&self, value: i64, now: Instant) {
        let mut state = self.state.lock();
        state.count += 1;
        state.sum = state.sum.saturating_add(value);
        state.rescale(now);
        let weight = (DECAY_PER_SECOND * now.saturating_duration_since(state.landmark).as_secs_f64()).exp();
        // In (0, 1], so that the division is safe.
        let random = 1.0 - rand::rng().random::<f64>();
        state.keep(Sampled { value, weight, priority: weight / random });
    }

    /// What it shows.
    pub fn reading(&self) -> HistogramReading {
        let state = self.state.lock();
        let mut sample = state.sample.clone();
        sample.sort_by_key(|sampled| sampled.value);
        read(state.count, state.sum, &sample)
    }
}

impl State {
    fn keep(&mut self, new: Sampled) {
        if self.sample.len() < SAMPLE_SIZE {
            self.sample.push(new);
            return;
        }
        let least = self.sample.iter_mut().min_by(|a, b| a.priority.total_cmp(&b.priority));
        if let Some(least) = least.filter(|least| least.priority < new.priority) {
            *least = new;
        }
    }

    fn rescale(&mut self, now: Instant) {
        let age = now.saturating_duration_since(self.landmark);
        if age < RESCALE_AFTER {
            return;
        }
        let factor = (-DECAY_PER_SECOND * age.as_secs_f64()).exp();
        for sampled in &mut self.sample {
            sampled.weight *= factor;
            sampled.priority *= factor;
        }
        self.sample.retain(|sampled| sampled.weight > 0.0);
        self.landmark = now;
    }
}

#[expect(clippy::cast_precision_loss, reason = "statistics")]
fn read(count: u64, sum: i64, sample: &[Sampled]) -> HistogramReading {
    let (Some(first), Some(last)) = (sample.first(), sample.last()) else {
        return HistogramReading { count, sum, ..HistogramReading::default() };
    };
    let total: f64 = sample.iter().map(|sampled| sampled.weight).sum();
    let share = |sampled: &Sampled| sampled.weight / total;
    let mean: f64 = sample.iter().map(|sampled| sampled.value as f64 * share(sampled)).sum();
    let variance: f64 = sample.iter().map(|sampled| share(sampled) * (sampled.value as f64 - mean).powi(2)).sum();
    let quantile = |wanted: f64| {
        let mut below = 0.0;
        for pair in sample.windows(2) {
            below += share(&pair[0]);
            if below > wanted {
                return pair[0].value as f64;
            }
        }
        last.value as f64
    };
    HistogramReading {
        count,
        sum,
        max: last.value,
        mean,
        min: first.value,
        stddev: variance.sqrt(),
        p50: quantile(0.5),
        p75: quantile(0.75),
        p95: quantile(0.95),
        p98: quantile(0.98),
        p99: quantile(0.99),
        p999: quantile(0.999),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_distribution_is_described() {
        let now = Instant::now();
        let histogram = Histogram::new(now);
        for value in 1..=100 {
            histogram.update(value, now);
        }
        let reading = histogram.reading();
        assert_eq!((reading.count, reading.sum, reading.min, reading.max), (100, 5050, 1, 100));
        assert!((reading.mean - 50.5).abs() < 1e-9);
        assert!((reading.p95 - 96.0).abs() <= 1.0 && (reading.p50 - 51.0).abs() <= 1.0, "{reading:?}");
    }

    #[test]
    fn after_a_change_the_new_values_soon_dominate() {
        let start = Instant::now();
        let histogram = Histogram::new(start);
        for second in 0..1200 {
            let value = if second < 900 { 10 } else { 500 };
            histogram.update(value, start + Duration::from_secs(second));
        }
        assert_eq!(histogram.reading().p50 as i64, 500);
    }

    proptest! {
        #[test]
        fn percentiles_are_ordered_and_within_the_sample(values in prop::collection::vec(-1000_i64..1000, 1..2000)) {
            let now = Instant::now();
            let histogram = Histogram::new(now);
            for (at, value) in values.iter().enumerate() {
                histogram.update(*value, now + Duration::from_secs(at as u64 * 7));
            }
            let r = histogram.reading();
            prop_assert_eq!(r.count, values.len() as u64);
            let order = [r.min as f64, r.p50, r.p75, r.p95, r.p98, r.p99, r.p999, r.max as f64];
            prop_assert!(order.windows(2).all(|pair| pair[0] <= pair[1]), "{:?}", order);
        }
    }
}
