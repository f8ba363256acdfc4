//! An interval between batches that follows the load, if `spark.streaming.interval.auto` asks for it.
//!
//! It is the rule that advice is given by: what 95 of 100 batches stay within, and a fifth on top. A mean would hide the slow
//! batches, and these are what makes a queue grow. Three bounds keep it steady: the last [`WINDOW`] batches count, nothing
//! changes before [`BATCHES_MIN`] of them, and the interval moves only if it would by a tenth at least. When half of the last few
//! batches take longer than the interval, it grows at once.

use std::collections::VecDeque;

use crate::{MILLISECOND, micros};

/// The switch.
pub const AUTO: &str = "spark.streaming.interval.auto";
/// The shortest interval.
pub const AUTO_MIN: &str = "spark.streaming.interval.auto.min";
/// The longest.
pub const AUTO_MAX: &str = "spark.streaming.interval.auto.max";

/// How many batches count.
const WINDOW: usize = 50;
/// How many are needed.
const BATCHES_MIN: usize = 20;
/// How many say that the load has jumped.
const RECENT: usize = 3;
/// How far the interval may go from the one that was set, unless told otherwise.
const FACTOR: i64 = 10;
/// The shortest interval of all.
const FLOOR_MS: i64 = 10;

/// See the module.
///
/// ```
/// use firesteel_settings::AutoInterval;
///
/// let get = |name: &str| (name == "spark.streaming.interval.auto").then(|| "true".to_string());
/// let mut interval = AutoInterval::read(get, 1_000).unwrap().unwrap();
/// for _ in 0..20 {
///     interval.observe(200);
/// }
/// assert_eq!(interval.ms(), 240);
/// ```
#[derive(Debug, Clone)]
pub struct AutoInterval {
    now_ms: i64,
    min_ms: i64,
    max_ms: i64,
    took: VecDeque<i64>,
}

impl AutoInterval {
    /// What the settings ask for, with the interval that the program set; `None` if it is to stay.
    ///
    /// # Errors
    /// The name and the value of a setting that cannot be read, and what it should be.
    pub fn read(get: impl Fn(&str) -> Option<String>, set_ms: i64) -> Result<Option<Self>, String> {
        match get(AUTO).map(|text| text.trim().to_ascii_lowercase()).as_deref() {
            None | Some("" | "false") => return Ok(None),
            Some("true") => {}
            Some(other) => return Err(format!("The setting {AUTO} is {other:?}; it must be true or false.")),
        }
        let bound = |name: &str, otherwise: i64| match get(name) {
            None => Ok(otherwise),
            Some(text) => {
                let ms = micros(&text, MILLISECOND).map(|us| us / MILLISECOND).filter(|ms| *ms > 0);
                ms.ok_or_else(|| format!("The setting {name} is {text:?}; it must be a time such as 200ms or 5s."))
            }
        };
        let min_ms = bound(AUTO_MIN, (set_ms / FACTOR).max(FLOOR_MS).min(set_ms))?;
        let max_ms = bound(AUTO_MAX, set_ms.saturating_mul(FACTOR).max(min_ms))?;
        if max_ms < min_ms {
            return Err(format!("The setting {AUTO_MAX} ({max_ms} ms) is below {AUTO_MIN} ({min_ms} ms)."));
        }
        Ok(Some(Self { now_ms: set_ms.clamp(min_ms, max_ms), min_ms, max_ms, took: VecDeque::new() }))
    }

    /// The interval as it is now.
    pub fn ms(&self) -> i64 {
        self.now_ms
    }

    /// Takes note of how long a batch with data took; gives the new interval if that changes it.
    pub fn observe(&mut self, took_ms: i64) -> Option<i64> {
        self.took.push_back(took_ms.max(0));
        if self.took.len() > WINDOW {
            self.took.pop_front();
        }
        let recent: Vec<i64> = self.took.iter().rev().take(RECENT).copied().collect();
        let jumped = recent.len() == RECENT && median(recent.clone()) > self.now_ms;
        if self.took.len() < BATCHES_MIN && !jumped {
            return None;
        }
        let all: Vec<i64> = self.took.iter().copied().collect();
        // What was measured before the load jumped says nothing of it.
        let needed = if jumped { recent.into_iter().max().unwrap_or_default() } else { quantile_95(all) };
        let wanted = (needed.saturating_mul(6) / 5).clamp(self.min_ms, self.max_ms);
        let is_news = (wanted - self.now_ms).abs() * 10 >= self.now_ms;
        if !is_news || (jumped && wanted <= self.now_ms) {
            return None;
        }
        self.now_ms = wanted;
        Some(wanted)
    }
}

fn median(mut values: Vec<i64>) -> i64 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn quantile_95(mut values: Vec<i64>) -> i64 {
    values.sort_unstable();
    let rank = (values.len() * 95).div_ceil(100).max(1);
    values.get(rank - 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)], set_ms: i64) -> Result<Option<AutoInterval>, String> {
        AutoInterval::read(|name| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_string()), set_ms)
    }

    fn after(pairs: &[(&str, &str)], set_ms: i64, took: impl IntoIterator<Item = i64>) -> Vec<i64> {
        let all: Vec<_> = pairs.iter().copied().chain([(AUTO, "true")]).collect();
        let Ok(Some(mut interval)) = read(&all, set_ms) else { return Vec::new() };
        took.into_iter()
            .map(|took| {
                interval.observe(took);
                interval.ms()
            })
            .collect()
    }

    #[test]
    fn it_is_off_unless_asked_for_and_its_settings_are_named_when_they_are_wrong() {
        assert!(matches!(read(&[], 1000), Ok(None)));
        assert!(read(&[(AUTO, "perhaps")], 1000).is_err_and(|error| error.contains(AUTO)));
        for wrong in [(AUTO_MIN, "soon"), (AUTO_MAX, "0"), (AUTO_MAX, "5ms")] {
            assert!(read(&[(AUTO, "true"), wrong], 1000).is_err_and(|error| error.contains(wrong.0)), "{wrong:?}");
        }
    }

    #[test]
    fn it_waits_for_enough_batches_and_follows_the_slow_ones() {
        let seen = after(&[], 1000, (0..40).map(|n| if n % 10 == 0 { 500 } else { 50 }));
        assert_eq!((seen[18], seen[19], seen[39]), (1000, 600, 600));
    }

    #[test]
    fn it_stays_within_its_bounds() {
        assert_eq!(after(&[], 1000, [1; 30]).last(), Some(&100), "a tenth of what was set");
        assert_eq!(after(&[(AUTO_MIN, "400ms")], 1000, [1; 30]).last(), Some(&400));
        assert_eq!(after(&[(AUTO_MAX, "3s")], 1000, [60_000; 30]).last(), Some(&3000));
    }

    #[test]
    fn it_grows_at_once_when_the_load_jumps_and_shrinks_when_that_is_over() {
        let took = std::iter::repeat_n(200, 30).chain([900; 4]).chain([200; 60]);
        let seen = after(&[], 1000, took);
        assert_eq!((seen[29], seen[30], seen[31]), (240, 240, 1080), "two of the last three took longer");
        assert_eq!(seen.last(), Some(&240));
    }
}
