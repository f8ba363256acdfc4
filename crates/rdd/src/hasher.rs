//! The hash that places keys in partitions: ours and written down, so that it never changes under a running job's feet.
//!
//! Words of eight bytes, little endian, are folded one by one: `state = (rotate_left(state, 23) ^ word) * M`, and
//! `finish` mixes as SplitMix64 does. The last word of a text is its last eight bytes (they may overlap the one before), or
//! all of it, put together from overlapping pieces; its length is mixed into the upper byte. A partition takes the bits from 16 up of the hash ([`partition_of`]), a hash table
//! the lowest and the highest ones, so that the keys of one partition still spread over the whole table.

use std::hash::{BuildHasher, Hash, Hasher};

/// An odd constant with well-spread bits (the golden ratio's fraction).
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// A hasher with the same result in every process.
#[derive(Debug, Clone, Copy, Default)]
pub struct StableHasher {
    state: u64,
}

impl StableHasher {
    #[inline]
    fn fold(&mut self, word: u64) {
        self.state = (self.state.rotate_left(23) ^ word).wrapping_mul(MULTIPLIER);
    }
}

/// The first four bytes.
#[inline]
fn word32(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// The first eight bytes.
#[inline]
fn word64(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

impl Hasher for StableHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let length = bytes.len();
        let last = match length {
            0 => return,
            1..4 => u64::from(bytes[0]) | u64::from(bytes[length / 2]) << 8 | u64::from(bytes[length - 1]) << 16,
            4..=8 => u64::from(word32(bytes)) | u64::from(word32(&bytes[length - 4..])) << 32,
            _ => {
                for chunk in bytes[..length - 1].chunks_exact(8) {
                    self.fold(word64(chunk));
                }
                word64(&bytes[length - 8..])
            }
        };
        self.fold(last ^ (length as u64) << 56);
    }

    #[inline]
    fn write_u8(&mut self, value: u8) {
        self.fold(u64::from(value));
    }

    #[inline]
    fn write_u16(&mut self, value: u16) {
        self.fold(u64::from(value));
    }

    #[inline]
    fn write_u32(&mut self, value: u32) {
        self.fold(u64::from(value));
    }

    #[inline]
    fn write_u64(&mut self, value: u64) {
        self.fold(value);
    }

    #[inline]
    fn write_usize(&mut self, value: usize) {
        self.fold(value as u64);
    }

    #[inline]
    fn finish(&self) -> u64 {
        let mut hash = self.state;
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        hash ^ (hash >> 31)
    }
}

/// Makes [`StableHasher`]s.
#[derive(Debug, Clone, Copy, Default)]
pub struct StableState;

impl BuildHasher for StableState {
    type Hasher = StableHasher;

    fn build_hasher(&self) -> StableHasher {
        StableHasher::default()
    }
}

/// The hash of `key`.
#[inline]
pub fn hash_of<K: Hash + ?Sized>(key: &K) -> u64 {
    StableState.hash_one(key)
}

/// Which of `partitions` a hash belongs to.
#[inline]
pub(crate) fn partition_of(hash: u64, partitions: usize) -> usize {
    ((((hash >> 16) & 0xffff_ffff) * partitions as u64) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_one_written_down() {
        assert_eq!(hash_of(&1_u64), hash_of(&1_u64));
        assert_ne!(hash_of("ab"), hash_of("ba"));
        assert_ne!(hash_of(&[0_u8; 3][..]), hash_of(&[0_u8; 4][..]));
        let texts: std::collections::HashSet<u64> =
            (0..40).map(|length| hash_of(&"abcdefghij".repeat(4)[..length])).collect();
        assert_eq!(texts.len(), 40);
        // Changing the hash moves keys between partitions: that has to be meant.
        assert_eq!(hash_of(&42_u64), 0x134f_7096_9181_75ce);
        assert_eq!(hash_of("firesteel"), 0xc53f_bc60_8b3d_a71c);
    }

    #[test]
    fn numbers_in_a_row_spread_evenly() {
        let mut counts = [0_usize; 7];
        for key in 0..70_000_u64 {
            counts[partition_of(hash_of(&key), 7)] += 1;
        }
        assert!(counts.iter().all(|count| (9_500..10_500).contains(count)), "{counts:?}");
    }
}
