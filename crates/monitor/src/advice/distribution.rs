//! A distribution of measured values.

/// Values in order.
#[derive(Debug, Clone)]
pub(super) struct Distribution {
    sorted: Vec<i64>,
}

impl Distribution {
    /// Of these values; `None` if there are fewer than `least`.
    pub(super) fn of(values: impl IntoIterator<Item = i64>, least: usize) -> Option<Self> {
        let mut sorted: Vec<i64> = values.into_iter().collect();
        sorted.sort_unstable();
        (sorted.len() >= least.max(1)).then_some(Self { sorted })
    }

    pub(super) fn count(&self) -> usize {
        self.sorted.len()
    }

    /// The smallest value that at least this share of all values does not exceed.
    pub(super) fn quantile(&self, share: f64) -> i64 {
        let rank = (share * self.sorted.len() as f64).ceil() as usize;
        self.sorted[rank.clamp(1, self.sorted.len()) - 1]
    }

    pub(super) fn median(&self) -> i64 {
        self.quantile(0.5)
    }

    pub(super) fn max(&self) -> i64 {
        self.quantile(1.0)
    }

    pub(super) fn mean(&self) -> f64 {
        self.sorted.iter().sum::<i64>() as f64 / self.sorted.len() as f64
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn quantiles_are_values_that_were_measured() {
        let distribution = Distribution::of(1..=20, 20).unwrap();
        assert_eq!([0.5, 0.95, 1.0].map(|share| distribution.quantile(share)), [10, 19, 20]);
        assert!(Distribution::of(1..=19, 20).is_none());
    }
}
