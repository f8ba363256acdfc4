//! Bitmaps of 32768 places: which place of which bitmap a number has, and bitmaps out of places and of bitmaps.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, BinaryBuilder};
use arrow::datatypes::{DataType, Int64Type};
use firesteel_error::{Exception, Result, SparkError};

use super::Family;
use super::rows::{Bytes, Long, one};
use super::statistics::collected;
use crate::analyzer::Call;
use crate::expression::{Kernel, Typed};

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("bitmap_bit_position", |c| one::<Long, _>(c, |n| if n > 0 { (n - 1) % BITS } else { (-n) % BITS })),
    ("bitmap_bucket_number", |c| one::<Long, _>(c, |n| if n > 0 { 1 + (n - 1) / BITS } else { n / BITS })),
    ("bitmap_count", |c| one::<Bytes, _>(c, |b| b.iter().map(|b| i64::from(b.count_ones())).sum::<i64>())),
    ("bitmap_construct_agg", construct),
    ("bitmap_or_agg", |c| combined(c, 0, |a, b| a | b)),
    ("bitmap_and_agg", |c| combined(c, 0xFF, |a, b| a & b)),
];

const BYTES: usize = 4096;
const BITS: i64 = BYTES as i64 * 8;

/// The bitmap with these places set.
fn construct(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    let position = call.cast(0, &DataType::Int64)?;
    aggregated(&call, position, 0, |bitmap, places, range| {
        let places = places.as_primitive::<Int64Type>();
        for place in range.filter(|i| places.is_valid(*i)).map(|i| places.value(i)) {
            if !(0..BITS).contains(&place) {
                return Err(SparkError::new("INVALID_BITMAP_POSITION")
                    .param("bitPosition", place.to_string())
                    .param("bitmapNumBytes", BYTES.to_string())
                    .param("bitmapNumBits", BITS.to_string())
                    .with_exception(Exception::ArrayIndexOutOfBounds));
            }
            bitmap[(place / 8) as usize] |= 1 << (place % 8);
        }
        Ok(())
    })
}

/// The bitmaps of a group put together; bytes that a bitmap lacks are 0.
fn combined(call: Call<'_>, start: u8, join: fn(u8, u8) -> u8) -> Result<Typed> {
    call.expect(1..=1)?;
    let arg = call.arg(0)?;
    if arg.data_type() != &DataType::Binary {
        return Err(call.unexpected_input(0, &arg, "\"BINARY\""));
    }
    aggregated(&call, arg, start, move |bitmap, maps, range| {
        let maps = maps.as_binary::<i32>();
        for bytes in range.filter(|i| maps.is_valid(*i)).map(|i| maps.value(i)) {
            for (at, byte) in bitmap.iter_mut().enumerate() {
                *byte = join(*byte, bytes.get(at).copied().unwrap_or(0));
            }
        }
        Ok(())
    })
}

/// A bitmap for each group: all bytes are `start` at first, then `add` takes in the group's values.
fn aggregated(
    call: &Call<'_>,
    value: Typed,
    start: u8,
    add: impl Fn(&mut [u8], &ArrayRef, std::ops::Range<usize>) -> Result<()> + Send + Sync + 'static,
) -> Result<Typed> {
    let kernel = Kernel::new(&call.lower_name(), (), DataType::Binary, false, move |columns| {
        let lists = columns.array(0)?;
        let lists = lists.as_list::<i32>();
        let mut out = BinaryBuilder::new();
        for row in 0..lists.len() {
            let mut bitmap = vec![start; BYTES];
            if lists.is_valid(row) {
                add(&mut bitmap, lists.values(), super::lists::bounds(lists, row))?;
            }
            out.append_value(bitmap);
        }
        Ok(Arc::new(out.finish()))
    });
    Ok(Typed::new(kernel.call(vec![collected(value, false)]), DataType::Binary, false, call.title()))
}
