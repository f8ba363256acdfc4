//! Spark's own generator of random numbers (`XORShiftRandom`): where `repartition` starts to deal out elements. With the same
//! generator, the elements come into the same partitions as in Spark.

/// The seed of Spark's hash of a seed.
const ARRAY_SEED: u32 = 0x3c07_4a61;

pub(crate) struct XorShift(u64);

impl XorShift {
    pub(crate) fn new(seed: u64) -> Self {
        let low = murmur3(seed.to_be_bytes(), ARRAY_SEED);
        let high = murmur3(seed.to_be_bytes(), low);
        Self((u64::from(high) << 32) | u64::from(low))
    }

    /// The lower `bits` of the next state, of at most 32.
    fn next(&mut self, bits: u32) -> u32 {
        let mut state = self.0;
        state ^= state << 21;
        state ^= state >> 35;
        state ^= state << 4;
        self.0 = state;
        (state & ((1 << bits) - 1)) as u32
    }

    /// A number under `bound` (Java's `nextInt(bound)`). The bounds are numbers of partitions, which Java counts in 31 bits.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u32::try_from(bound).unwrap_or(u32::MAX).clamp(1, i32::MAX as u32);
        let mut bits = self.next(31);
        if bound.is_power_of_two() {
            return ((u64::from(bound) * u64::from(bits)) >> 31) as usize;
        }
        loop {
            let value = bits % bound;
            // In the last, incomplete round of values some would be more likely than others.
            if bits - value <= i32::MAX as u32 - (bound - 1) {
                return value as usize;
            }
            bits = self.next(31);
        }
    }
}

/// Murmur3 (32 bits) of eight bytes.
fn murmur3(bytes: [u8; 8], seed: u32) -> u32 {
    let [a, b, c, d, e, f, g, h] = bytes;
    let mut hash = seed;
    for word in [u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h])] {
        let word = word.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
        hash = (hash ^ word).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    hash ^= 8;
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_gives_the_numbers_of_spark() {
        let starts = |bound| (0..12).map(|seed| XorShift::new(seed).below(bound)).collect::<Vec<_>>();
        // Where Apache Spark 4.2 puts the first element of each of twelve partitions, less one.
        assert_eq!(starts(3), [2, 0, 1, 2, 1, 1, 2, 1, 2, 2, 2, 2]);
        assert_eq!(starts(4), [0, 0, 3, 2, 2, 3, 3, 1, 2, 2, 0, 2]);
        assert_eq!(starts(7), [2, 5, 1, 6, 1, 1, 3, 1, 1, 4, 4, 2]);
        assert_eq!(starts(16), [3, 3, 15, 11, 9, 14, 12, 6, 9, 11, 3, 11]);
    }
}
