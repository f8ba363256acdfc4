//! `sample`, `random_split`, `sample_by_key`, `take_sample`: some of the elements, by chance.
//!
//! The same seed gives the same sample of the same partitions.

use std::hash::Hash;
use std::panic::Location;

use firesteel_error::{Exception, Result, SparkError};
use hashbrown::HashMap;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

use crate::data::Data;
use crate::hasher::{StableState, hash_of};
use crate::rdd::Rdd;

/// A Poisson number is drawn in steps of this mean, so that the product below stays a number.
const POISSON_STEP: f64 = 30.0;

impl<T: Data> Rdd<T> {
    /// Each element with probability `fraction`; with replacement, each about `fraction` times (Spark's `sample`).
    #[track_caller]
    pub fn sample(&self, with_replacement: bool, fraction: f64, seed: u64) -> Result<Rdd<T>> {
        check_fraction(with_replacement, fraction)?;
        Ok(self.sample_if(with_replacement, seed, move |_| fraction))
    }

    /// Several RDDs, to one of which each element goes, by chance as `weights` say (Spark's `randomSplit`).
    #[track_caller]
    pub fn random_split(&self, weights: &[f64], seed: u64) -> Result<Vec<Rdd<T>>> {
        let total: f64 = weights.iter().sum();
        if weights.iter().any(|weight| *weight < 0.0) || total.is_nan() || total <= 0.0 {
            let text = format!("Weights must be nonnegative with a positive sum, but got {weights:?}");
            return Err(SparkError::plain(Exception::IllegalArgument, text));
        }
        let mut low = 0.0;
        let mut split = Vec::new();
        for weight in weights {
            let high = low + weight / total;
            // All of them draw the same numbers, and each takes those in its range.
            split.push(self.step("randomSplit", true, move |partition, records, _| {
                let mut random = random_of(seed, partition);
                Ok(Box::new(
                    records.filter(move |record| record.is_err() || (low..high).contains(&random.random::<f64>())),
                ))
            }));
            low = high;
        }
        Ok(split)
    }

    /// `count` elements by chance (Spark's `takeSample`).
    #[track_caller]
    pub fn take_sample(&self, with_replacement: bool, count: usize, seed: u64) -> Result<Vec<T>> {
        let caller = Location::caller();
        if count == 0 {
            return Ok(Vec::new());
        }
        let total = self.count_at("takeSample", caller)?;
        let mut random = StdRng::seed_from_u64(seed);
        if total == 0 {
            return Ok(Vec::new());
        }
        if !with_replacement && count as u64 >= total {
            let mut all = self.collect_at("takeSample", caller)?;
            all.shuffle(&mut random);
            return Ok(all);
        }
        let fraction = fraction_for(count as f64, total as f64, with_replacement);
        loop {
            let sample = self.sample_if(with_replacement, random.random(), move |_| fraction);
            let mut taken = sample.collect_at("takeSample", caller)?;
            if taken.len() >= count {
                taken.shuffle(&mut random);
                taken.truncate(count);
                return Ok(taken);
            }
        }
    }

    /// Each element as often as chance and `rate` say.
    #[track_caller]
    fn sample_if(
        &self,
        with_replacement: bool,
        seed: u64,
        rate: impl Fn(&T) -> f64 + Send + Sync + Clone + 'static,
    ) -> Rdd<T> {
        self.step("sample", true, move |partition, records, _| {
            let (mut random, rate) = (random_of(seed, partition), rate.clone());
            let times = move |value: &T| {
                let rate = rate(value);
                if with_replacement { poisson(rate, &mut random) } else { usize::from(random.random::<f64>() < rate) }
            };
            Ok(Box::new(Repeated { records, times, current: None }))
        })
    }
}

impl<K: Data + Hash + Eq, V: Data> Rdd<(K, V)> {
    /// Each pair with the probability of its key (Spark's `sampleByKey`); a key that has none is an error.
    #[track_caller]
    pub fn sample_by_key(
        &self,
        with_replacement: bool,
        fractions: impl IntoIterator<Item = (K, f64)>,
        seed: u64,
    ) -> Result<Rdd<(K, V)>> {
        let fractions: HashMap<K, f64, StableState> = fractions.into_iter().collect();
        fractions.values().try_for_each(|fraction| check_fraction(with_replacement, *fraction))?;
        let fractions = std::sync::Arc::new(fractions);
        let known = fractions.clone();
        let checked = self.step("sampleByKey", true, move |_, records, _| {
            let known = known.clone();
            Ok(Box::new(records.map(move |record| match record {
                Ok((key, _)) if !known.contains_key(&key) => {
                    let text = "sample_by_key was given no fraction for a key of the RDD";
                    Err(SparkError::plain(Exception::NoSuchElement, text))
                }
                record => record,
            })))
        });
        Ok(checked.sample_if(with_replacement, seed, move |(key, _)| fractions.get(key).copied().unwrap_or(0.0)))
    }
}

/// Records, each as often as `times` says.
struct Repeated<T, F> {
    records: crate::data::Records<T>,
    times: F,
    current: Option<(T, usize)>,
}

impl<T: Clone, F: FnMut(&T) -> usize> Iterator for Repeated<T, F> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        loop {
            if let Some((value, left)) = self.current.take() {
                if left > 1 {
                    self.current = Some((value.clone(), left - 1));
                }
                return Some(Ok(value));
            }
            match self.records.next()? {
                Ok(value) => match (self.times)(&value) {
                    0 => {}
                    times => self.current = Some((value, times)),
                },
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

fn random_of(seed: u64, partition: usize) -> StdRng {
    StdRng::seed_from_u64(hash_of(&(seed, partition)))
}

/// A number of the Poisson distribution (Knuth's method).
fn poisson(mean: f64, random: &mut StdRng) -> usize {
    let (mut left, mut total) = (mean, 0);
    while left > 0.0 {
        let (limit, mut product, mut count) = ((-left.min(POISSON_STEP)).exp(), random.random::<f64>(), 0);
        while product > limit {
            product *= random.random::<f64>();
            count += 1;
        }
        total += count;
        left -= POISSON_STEP;
    }
    total
}

fn check_fraction(with_replacement: bool, fraction: f64) -> Result<()> {
    let allowed = if with_replacement { fraction >= 0.0 } else { (0.0..=1.0).contains(&fraction) };
    if allowed {
        return Ok(());
    }
    let range = if with_replacement { "nonnegative" } else { "in [0, 1]" };
    Err(SparkError::plain(Exception::IllegalArgument, format!("Sampling fraction ({fraction}) must be {range}")))
}

/// A fraction with which a sample has at least `count` of `total` elements in all but one of ten thousand cases.
fn fraction_for(count: f64, total: f64, with_replacement: bool) -> f64 {
    let fraction = count / total;
    if with_replacement {
        let deviations = if count < 12.0 { 9.0 } else { 5.0 };
        fraction.max((count + deviations * count.sqrt()) / total)
    } else {
        let gamma = -(1e-4_f64).ln() / total;
        (fraction + gamma + (gamma * gamma + 2.0 * gamma * fraction).sqrt()).clamp(1e-10, 1.0)
    }
}
