//! Spark's random numbers: Marsaglia's XORShift from a hashed seed, so that a seed gives the numbers it gives in Spark.

/// The generator of one partition.
#[derive(Debug, Clone)]
pub(crate) struct XorShift {
    state: u64,
    next_gaussian: Option<f64>,
}

impl XorShift {
    /// The generator for a seed; a partition adds its number to the user's.
    pub(crate) fn new(seed: i64) -> Self {
        const ARRAY_SEED: u32 = 0x3c07_4a61;
        let bytes = seed.to_be_bytes();
        let low = murmur3(&bytes, ARRAY_SEED);
        let high = murmur3(&bytes, low);
        Self { state: (u64::from(high) << 32) | u64::from(low), next_gaussian: None }
    }

    fn bits(&mut self, count: u32) -> u64 {
        let mut next = self.state ^ (self.state << 21);
        next ^= next >> 35;
        next ^= next << 4;
        self.state = next;
        next & ((1 << count) - 1)
    }

    /// A whole number of 32 bits.
    pub(crate) fn int(&mut self) -> i32 {
        self.bits(32) as u32 as i32
    }

    /// A number from 0 up to 1.
    pub(crate) fn uniform(&mut self) -> f64 {
        let high = self.bits(26) << 27;
        (high + self.bits(27)) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// A number from the standard normal distribution (the polar method, which makes two at a time).
    pub(crate) fn gaussian(&mut self) -> f64 {
        if let Some(next) = self.next_gaussian.take() {
            return next;
        }
        loop {
            let (a, b) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = a * a + b * b;
            if square < 1.0 && square != 0.0 {
                let scale = (-2.0 * square.ln() / square).sqrt();
                self.next_gaussian = Some(b * scale);
                return a * scale;
            }
        }
    }

    /// A number of the Poisson distribution (Knuth's product of uniform numbers; a large mean is taken in parts).
    pub(crate) fn poisson(&mut self, mean: f64) -> u64 {
        const PART: f64 = 500.0;
        let mut left = mean;
        let mut count = 0;
        while left > 0.0 {
            let part = left.min(PART);
            left -= part;
            let limit = (-part).exp();
            let mut product = self.uniform();
            while product > limit {
                count += 1;
                product *= self.uniform();
            }
        }
        count
    }
}

/// MurmurHash3 for x86, 32 bits.
fn murmur3(bytes: &[u8], seed: u32) -> u32 {
    let mix = |k: u32| k.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
    let (words, tail) = bytes.as_chunks::<4>();
    let mut hash = seed;
    for word in words {
        hash = (hash ^ mix(u32::from_le_bytes(*word))).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    if !tail.is_empty() {
        let rest = tail.iter().rev().fold(0_u32, |rest, byte| (rest << 8) | u32::from(*byte));
        hash ^= mix(rest);
    }
    hash ^= bytes.len() as u32;
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_sparks_numbers() {
        // SELECT rand(0), rand(42), randn(0) in Spark 4.2
        assert_eq!(XorShift::new(0).uniform(), 0.760_495_375_828_591_5);
        assert_eq!(XorShift::new(42).uniform(), 0.619_189_370_225_301);
        assert_eq!(XorShift::new(0).gaussian(), 1.603_499_160_927_843_3);
    }
}
