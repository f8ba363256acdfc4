//! Spark's Murmur3 row hash (`hash(...)`, seed 42) over Arrow columns.
//!
//! The hash decides the key group of a state row and is therefore on disk: it must never change. It is the 32-bit
//! Murmur3 of Spark's `Murmur3Hash` expression: columns are folded from left to right, the hash of one being the seed
//! of the next; NULL leaves the seed as it is. Types narrower than 32 bits hash as an int, 64-bit ones as two words
//! (low first), and the tail bytes of a text one by one, each as a sign-extended int.

use arrow::array::{Array, ArrayRef, AsArray, OffsetSizeTrait};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, DurationMicrosecondType, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, IntervalMonthDayNanoType, IntervalUnit, IntervalYearMonthType, TimeUnit,
    TimestampMicrosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use firesteel_error::{Result, SparkError};

/// The seed of Spark's `hash`.
pub const SEED: i32 = 42;

/// The largest precision of a decimal that Spark keeps in a long, and hashes as one.
const LONG_DECIMAL_PRECISION_MAX: u8 = 18;

/// The hash of each row of `columns`; `rows` is their length (it counts when there are no columns).
pub fn hash_rows(columns: &[ArrayRef], rows: usize) -> Result<Vec<i32>> {
    let mut hashes = vec![SEED; rows];
    for column in columns {
        assert_eq!(column.len(), rows, "columns of one row set have one length");
        fold_column(column.as_ref(), &mut hashes)?;
    }
    Ok(hashes)
}

/// Folds every value of `column` into the hash at its position.
fn fold_column(column: &dyn Array, hashes: &mut [i32]) -> Result<()> {
    match column.data_type() {
        DataType::Null => {}
        DataType::Boolean => {
            let values = column.as_boolean();
            fold_valid(column, hashes, |i, seed| hash_int(i32::from(values.value(i)), seed));
        }
        DataType::Int8 => fold_primitive::<Int8Type>(column, hashes, |v, seed| hash_int(i32::from(v), seed)),
        DataType::Int16 => fold_primitive::<Int16Type>(column, hashes, |v, seed| hash_int(i32::from(v), seed)),
        DataType::Int32 => fold_primitive::<Int32Type>(column, hashes, hash_int),
        DataType::Date32 => fold_primitive::<Date32Type>(column, hashes, hash_int),
        DataType::Interval(IntervalUnit::YearMonth) => {
            fold_primitive::<IntervalYearMonthType>(column, hashes, hash_int);
        }
        // Spark has no unsigned types; DataFusion numbers grouping sets with them.
        DataType::UInt8 => fold_primitive::<UInt8Type>(column, hashes, |v, seed| hash_int(i32::from(v), seed)),
        DataType::UInt16 => fold_primitive::<UInt16Type>(column, hashes, |v, seed| hash_int(i32::from(v), seed)),
        DataType::UInt32 => fold_primitive::<UInt32Type>(column, hashes, |v, seed| hash_int(v as i32, seed)),
        DataType::UInt64 => fold_primitive::<UInt64Type>(column, hashes, |v, seed| hash_long(v as i64, seed)),
        DataType::Int64 => fold_primitive::<Int64Type>(column, hashes, hash_long),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            fold_primitive::<TimestampMicrosecondType>(column, hashes, hash_long);
        }
        DataType::Duration(TimeUnit::Microsecond) => {
            fold_primitive::<DurationMicrosecondType>(column, hashes, hash_long);
        }
        DataType::Float32 => fold_primitive::<Float32Type>(column, hashes, |v, seed| hash_int(float_bits(v), seed)),
        DataType::Float64 => fold_primitive::<Float64Type>(column, hashes, |v, seed| hash_long(double_bits(v), seed)),
        DataType::Decimal128(precision, _) if *precision <= LONG_DECIMAL_PRECISION_MAX => {
            fold_primitive::<Decimal128Type>(column, hashes, |v, seed| hash_long(v as i64, seed));
        }
        DataType::Decimal128(..) => {
            fold_primitive::<Decimal128Type>(column, hashes, |v, seed| {
                hash_bytes(shortest_big_endian(v).as_slice(), seed)
            });
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            fold_primitive::<IntervalMonthDayNanoType>(column, hashes, |v, seed| {
                hash_int(v.months, hash_int(v.days, hash_long(v.nanoseconds / 1_000, seed)))
            });
        }
        DataType::Utf8 => {
            let values = column.as_string::<i32>();
            fold_valid(column, hashes, |i, seed| hash_bytes(values.value(i).as_bytes(), seed));
        }
        DataType::Binary => {
            let values = column.as_binary::<i32>();
            fold_valid(column, hashes, |i, seed| hash_bytes(values.value(i), seed));
        }
        DataType::Struct(_) => fold_struct(column, hashes)?,
        DataType::List(_) => fold_list::<i32>(column, hashes)?,
        other => return Err(SparkError::unsupported(format!("A state key of the Arrow type {other}"))),
    }
    Ok(())
}

fn fold_valid(column: &dyn Array, hashes: &mut [i32], hash: impl Fn(usize, i32) -> i32) {
    for (i, seed) in hashes.iter_mut().enumerate() {
        if column.is_valid(i) {
            *seed = hash(i, *seed);
        }
    }
}

fn fold_primitive<T: ArrowPrimitiveType>(column: &dyn Array, hashes: &mut [i32], hash: impl Fn(T::Native, i32) -> i32) {
    let values = column.as_primitive::<T>().values();
    fold_valid(column, hashes, |i, seed| hash(values[i], seed));
}

/// A struct folds its fields from left to right; a NULL struct folds nothing.
fn fold_struct(column: &dyn Array, hashes: &mut [i32]) -> Result<()> {
    let before = hashes.to_vec();
    for field in column.as_struct().columns() {
        fold_column(field.as_ref(), hashes)?;
    }
    restore_where_null(column, hashes, &before);
    Ok(())
}

/// A list folds its elements from first to last.
fn fold_list<O: OffsetSizeTrait>(column: &dyn Array, hashes: &mut [i32]) -> Result<()> {
    let list = column.as_list::<O>();
    for (i, seed) in hashes.iter_mut().enumerate() {
        if !list.is_valid(i) {
            continue;
        }
        let elements = list.value(i);
        for at in 0..elements.len() {
            fold_column(elements.slice(at, 1).as_ref(), std::slice::from_mut(seed))?;
        }
    }
    Ok(())
}

fn restore_where_null(column: &dyn Array, hashes: &mut [i32], before: &[i32]) {
    if column.null_count() == 0 {
        return;
    }
    for (i, hash) in hashes.iter_mut().enumerate() {
        if column.is_null(i) {
            *hash = before[i];
        }
    }
}

/// Java's `floatToIntBits`: one NaN, and Spark's one zero.
fn float_bits(value: f32) -> i32 {
    let value = if value.is_nan() { f32::from_bits(0x7fc0_0000) } else { value };
    if value == 0.0 { 0 } else { value.to_bits() as i32 }
}

/// Java's `doubleToLongBits`: one NaN, and Spark's one zero.
fn double_bits(value: f64) -> i64 {
    let value = if value.is_nan() { f64::from_bits(0x7ff8_0000_0000_0000) } else { value };
    if value == 0.0 { 0 } else { value.to_bits() as i64 }
}

/// The bytes of Java's `BigInteger.toByteArray`: big-endian two's complement, as short as keeps the sign.
fn shortest_big_endian(value: i128) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let mut start = 0;
    while start + 1 < bytes.len() {
        let (first, next_negative) = (bytes[start], bytes[start + 1] & 0x80 != 0);
        let redundant = (first == 0 && !next_negative) || (first == 0xff && next_negative);
        if !redundant {
            break;
        }
        start += 1;
    }
    bytes[start..].to_vec()
}

fn hash_int(value: i32, seed: i32) -> i32 {
    finish(mix_hash(seed as u32, mix_word(value as u32)), 4)
}

fn hash_long(value: i64, seed: i32) -> i32 {
    let (low, high) = (value as u32, (value >> 32) as u32);
    finish(mix_hash(mix_hash(seed as u32, mix_word(low)), mix_word(high)), 8)
}

fn hash_bytes(bytes: &[u8], seed: i32) -> i32 {
    let mut hash = seed as u32;
    let words = bytes.chunks_exact(4);
    let tail = words.remainder();
    for word in words {
        hash = mix_hash(hash, mix_word(u32::from_le_bytes([word[0], word[1], word[2], word[3]])));
    }
    for byte in tail {
        hash = mix_hash(hash, mix_word(i32::from(*byte as i8) as u32));
    }
    finish(hash, bytes.len() as u32)
}

fn mix_word(word: u32) -> u32 {
    word.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593)
}

fn mix_hash(hash: u32, word: u32) -> u32 {
    (hash ^ word).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64)
}

fn finish(hash: u32, length: u32) -> i32 {
    let mut hash = hash ^ length;
    hash ^= hash >> 16;
    hash = hash.wrapping_mul(0x85eb_ca6b);
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(0xc2b2_ae35);
    (hash ^ (hash >> 16)) as i32
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use arrow::array::{
        BinaryArray, BooleanArray, Date32Array, Decimal128Array, DurationMicrosecondArray, Float32Array, Float64Array,
        Int8Array, Int16Array, Int32Array, Int64Array, IntervalYearMonthArray, ListArray, NullArray, StringArray,
        StructArray, TimestampMicrosecondArray,
    };
    use arrow::datatypes::Field;

    use super::*;

    const DAY: i32 = 19_756;
    const MICROS: i64 = (19_756 * 86_400 + 3_723) * 1_000_000 + 456_000;

    fn array(values: impl Array + 'static) -> ArrayRef {
        Arc::new(values)
    }

    fn decimal(value: i128, precision: u8, scale: i8) -> ArrayRef {
        array(Decimal128Array::from(vec![value]).with_precision_and_scale(precision, scale).unwrap())
    }

    fn structure(fields: Vec<(&str, ArrayRef)>) -> ArrayRef {
        let fields = fields
            .into_iter()
            .map(|(name, column)| (Arc::new(Field::new(name, column.data_type().clone(), true)), column));
        array(StructArray::from(fields.collect::<Vec<_>>()))
    }

    /// The right-hand sides are what Spark 4.2 gives for `hash(...)` of the left-hand sides.
    #[test]
    fn hashes_are_those_of_spark() {
        let window = |second: i64| array(TimestampMicrosecondArray::from(vec![(1_704_067_200 + second) * 1_000_000]));
        let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), Some(2), None])]);
        let cases: Vec<(Vec<ArrayRef>, i32)> = vec![
            (vec![array(Int32Array::from(vec![1]))], -559580957),
            (vec![array(Int64Array::from(vec![1]))], -1712319331),
            (vec![array(Int16Array::from(vec![1]))], -559580957),
            (vec![array(Int8Array::from(vec![-1]))], -1604776387),
            (vec![array(BooleanArray::from(vec![true]))], -559580957),
            (vec![array(BooleanArray::from(vec![false]))], 933211791),
            (vec![array(Float64Array::from(vec![1.5]))], 1290763749),
            (vec![array(Float64Array::from(vec![-0.0]))], -1670924195),
            (vec![array(Float64Array::from(vec![0.0]))], -1670924195),
            (vec![array(Float64Array::from(vec![f64::NAN]))], -1281358385),
            (vec![array(Float32Array::from(vec![1.5]))], -221251528),
            (vec![array(Float32Array::from(vec![-0.0]))], 933211791),
            (vec![array(StringArray::from(vec!["a"]))], 1485273170),
            (vec![array(StringArray::from(vec!["ab"]))], -97053317),
            (vec![array(StringArray::from(vec!["abcd"]))], -396302900),
            (vec![array(StringArray::from(vec!["abcdé—x"]))], -1495513486),
            (vec![array(StringArray::from(vec![""]))], 142593372),
            (vec![array(BinaryArray::from(vec![b"abcdefgh12345".as_slice()]))], 1233897237),
            (vec![array(Date32Array::from(vec![DAY]))], 653836535),
            (vec![array(TimestampMicrosecondArray::from(vec![MICROS]).with_timezone("UTC"))], -1825732133),
            (vec![array(TimestampMicrosecondArray::from(vec![MICROS]))], -1825732133),
            (vec![decimal(1234, 10, 2)], -1028144669),
            (vec![decimal(-1234, 30, 2)], -378694793),
            (vec![decimal(0, 38, 0)], -783713497),
            (vec![decimal(128, 20, 0)], -544401882),
            (vec![array(NullArray::new(1))], 42),
            (
                vec![array(Int32Array::from(vec![1])), array(NullArray::new(1)), array(StringArray::from(vec!["x"]))],
                -1305545736,
            ),
            (
                vec![structure(vec![
                    ("a", array(Int32Array::from(vec![1]))),
                    ("b", array(StringArray::from(vec!["z"]))),
                ])],
                1768728021,
            ),
            (vec![array(list)], -222940379),
            (vec![array(IntervalYearMonthArray::from(vec![1]))], -559580957),
            (vec![array(DurationMicrosecondArray::from(vec![1_000_000]))], -1715802514),
            (
                vec![structure(vec![("s", window(0)), ("e", window(10))]), array(StringArray::from(vec!["k"]))],
                -1933221285,
            ),
        ];
        for (columns, expected) in cases {
            assert_eq!(hash_rows(&columns, 1).unwrap(), [expected], "{columns:?}");
        }
    }

    #[test]
    fn a_key_group_is_the_hash_modulo_64() {
        let keys: ArrayRef = array(StringArray::from(vec!["k"]));
        assert_eq!(super::super::key_groups(&[keys], 1).unwrap(), [0]);
    }
}
