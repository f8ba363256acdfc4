//! HyperLogLog: about how many different values there are, in a few kilobytes.
//!
//! A value's hash chooses a register by its first bits; the register keeps the longest run of zeros that the other bits
//! began with. Few values are counted by the registers that are still empty.

use std::hash::Hash;

use firesteel_error::{Exception, Result, SparkError};

use crate::hasher::hash_of;

/// The registers.
#[derive(Debug, Clone)]
pub(super) struct HyperLogLog {
    bits: u32,
    registers: Vec<u8>,
}

impl HyperLogLog {
    /// With so many registers that the relative error is about `relative_sd`.
    pub(super) fn with_relative_sd(relative_sd: f64) -> Result<Self> {
        if relative_sd.is_nan() || relative_sd <= 0.000_017 {
            let text = format!("accuracy ({relative_sd}) must be greater than 0.000017");
            return Err(SparkError::plain(Exception::IllegalArgument, text));
        }
        let bits = (2.0 * (1.054 / relative_sd).log2()).ceil().clamp(4.0, 32.0) as u32;
        Ok(Self { bits, registers: vec![0; 1 << bits] })
    }

    pub(super) fn add(&mut self, value: &impl Hash) {
        let hash = hash_of(value);
        let register = (hash >> (64 - self.bits)) as usize;
        let rest = hash << self.bits | 1 << (self.bits - 1);
        let rank = rest.leading_zeros() as u8 + 1;
        self.registers[register] = self.registers[register].max(rank);
    }

    pub(super) fn merge(mut self, other: Self) -> Self {
        for (mine, others) in self.registers.iter_mut().zip(other.registers) {
            *mine = (*mine).max(others);
        }
        self
    }

    pub(super) fn estimate(&self) -> u64 {
        let m = self.registers.len() as f64;
        let empty = self.registers.iter().filter(|rank| **rank == 0).count();
        let sum: f64 = self.registers.iter().map(|rank| (-f64::from(*rank)).exp2()).sum();
        let raw = 0.7213 / (1.0 + 1.079 / m) * m * m / sum;
        let estimate = if raw <= 2.5 * m && empty > 0 { m * (m / empty as f64).ln() } else { raw };
        estimate.round() as u64
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_error_is_about_what_was_asked_for() {
        for count in [0_u64, 10, 1_000, 100_000, 1_000_000] {
            let mut sketch = HyperLogLog::with_relative_sd(0.02).unwrap();
            (0..count).for_each(|value| sketch.add(&value));
            let error = (sketch.estimate() as f64 - count as f64).abs() / (count as f64).max(1.0);
            assert!(error < 0.06, "{count}: {}", sketch.estimate());
        }
    }
}
