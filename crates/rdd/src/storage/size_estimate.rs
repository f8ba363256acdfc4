//! How much memory values take, estimated from a few of them.

use serde::Serialize;

use crate::codec::encoded_size;

/// How many values are looked at.
const SAMPLE: usize = 32;

/// The bytes that `count` values take: each its own size, and on the heap about what a few of them become as bytes.
pub(crate) fn estimate<'a, T: Serialize + 'a>(values: impl Iterator<Item = &'a T>, count: usize) -> usize {
    let (mut sampled, mut heap) = (0, 0);
    for value in values.take(SAMPLE) {
        sampled += 1;
        // What fits in the value itself takes no heap.
        heap += encoded_size(value).saturating_sub(size_of::<T>() / 2);
    }
    count * size_of::<T>() + (heap * count).checked_div(sampled).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_numbers_take_their_size() {
        let values = vec![(1_u64, 2_u64); 100];
        assert_eq!(estimate(values.iter(), 100), 1600);
    }

    #[test]
    fn long_texts_take_their_bytes() {
        let values = vec!["x".repeat(1000); 10];
        assert!((10_000..12_000).contains(&estimate(values.iter(), 10)));
    }
}
