//! Hashes: `hash` (Murmur3) and `xxhash64` as Spark's, which shuffles and buckets by them, and digests of bytes.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, Int32Array, Int64Array};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, DurationMicrosecondType, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, IntervalUnit, IntervalYearMonthType, TimestampMicrosecondType,
};
use datafusion::logical_expr::{Cast, Expr, ScalarUDF};
use firesteel_error::{Result, SparkError};

use super::Family;
use super::rows::finish;
use crate::analyzer::Call;
use crate::expression::Typed;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("hash", |c| hash(c, false)),
    ("xxhash64", |c| hash(c, true)),
    ("md5", |c| digest(c, datafusion::functions::crypto::md5(), DataType::Utf8)),
    ("sha", |c| digest(c, datafusion_spark::function::hash::sha1(), DataType::Utf8)),
    ("sha1", |c| digest(c, datafusion_spark::function::hash::sha1(), DataType::Utf8)),
    ("crc32", |c| digest(c, datafusion_spark::function::hash::crc32(), DataType::Int64)),
    ("sha2", sha2),
];

/// DataFusion's function over bytes, its result as Spark's type.
fn digest(call: Call<'_>, function: Arc<ScalarUDF>, to: DataType) -> Result<Typed> {
    call.expect(1..=1)?;
    let arg = call.cast(0, &DataType::Binary)?;
    let nullable = arg.nullable();
    let expr = Expr::Cast(Cast::new(Box::new(function.call(vec![arg.expr])), to.clone()));
    Ok(Typed::new(expr, to, nullable, call.title()))
}

fn sha2(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=2)?;
    let (bytes, bits) = (call.cast(0, &DataType::Binary)?, call.cast(1, &DataType::Int32)?);
    let call_expr = datafusion_spark::function::hash::sha2().call(vec![bytes.expr, bits.expr]);
    let expr = Expr::Cast(Cast::new(Box::new(call_expr), DataType::Utf8));
    Ok(Typed::new(expr, DataType::Utf8, true, call.title()))
}

/// Values mixed into a running hash; NULL leaves it as it is.
trait Hasher: Copy {
    fn int(self, value: i32) -> Self;
    fn long(self, value: i64) -> Self;
    fn bytes(self, value: &[u8]) -> Self;
}

#[derive(Clone, Copy)]
struct Murmur3(u32);

impl Murmur3 {
    fn mix(self, word: u32) -> Self {
        let word = word.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
        Self((self.0 ^ word).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64))
    }

    fn end(self, length: usize) -> Self {
        let mut h = self.0 ^ length as u32;
        h = (h ^ (h >> 16)).wrapping_mul(0x85eb_ca6b);
        h = (h ^ (h >> 13)).wrapping_mul(0xc2b2_ae35);
        Self(h ^ (h >> 16))
    }
}

impl Hasher for Murmur3 {
    fn int(self, value: i32) -> Self {
        self.mix(value as u32).end(4)
    }

    fn long(self, value: i64) -> Self {
        self.mix(value as u32).mix((value >> 32) as u32).end(8)
    }

    fn bytes(self, value: &[u8]) -> Self {
        let mut words = value.chunks_exact(4);
        let mut state = self;
        for word in &mut words {
            state = state.mix(u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
        }
        // Spark mixes each byte that is left over as a word of its own.
        for byte in words.remainder() {
            state = state.mix(i32::from(*byte as i8) as u32);
        }
        state.end(value.len())
    }
}

const P1: u64 = 0x9E37_79B1_85EB_CA87;
const P2: u64 = 0xC2B2_AE3D_27D4_EB4F;
const P3: u64 = 0x1656_67B1_9E37_79F9;
const P4: u64 = 0x85EB_CA77_C2B2_AE63;
const P5: u64 = 0x27D4_EB2F_1656_67C5;

#[derive(Clone, Copy)]
struct XxHash64(u64);

impl XxHash64 {
    fn round(acc: u64, input: u64) -> u64 {
        acc.wrapping_add(input.wrapping_mul(P2)).rotate_left(31).wrapping_mul(P1)
    }
}

impl Hasher for XxHash64 {
    fn int(self, value: i32) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    fn long(self, value: i64) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    fn bytes(self, value: &[u8]) -> Self {
        let word = |chunk: &[u8]| chunk.iter().rev().fold(0_u64, |acc, b| acc << 8 | u64::from(*b));
        let mut rest = value;
        let mut h = if value.len() >= 32 {
            let seed = self.0;
            let mut v = [seed.wrapping_add(P1).wrapping_add(P2), seed.wrapping_add(P2), seed, seed.wrapping_sub(P1)];
            while rest.len() >= 32 {
                for (lane, chunk) in v.iter_mut().zip(rest[..32].chunks(8)) {
                    *lane = Self::round(*lane, word(chunk));
                }
                rest = &rest[32..];
            }
            let start = v[0].rotate_left(1).wrapping_add(v[1].rotate_left(7));
            let start = start.wrapping_add(v[2].rotate_left(12)).wrapping_add(v[3].rotate_left(18));
            v.iter().fold(start, |h, lane| (h ^ Self::round(0, *lane)).wrapping_mul(P1).wrapping_add(P4))
        } else {
            self.0.wrapping_add(P5)
        };
        h = h.wrapping_add(value.len() as u64);
        while rest.len() >= 8 {
            h = (h ^ Self::round(0, word(&rest[..8]))).rotate_left(27).wrapping_mul(P1).wrapping_add(P4);
            rest = &rest[8..];
        }
        if rest.len() >= 4 {
            h = (h ^ word(&rest[..4]).wrapping_mul(P1)).rotate_left(23).wrapping_mul(P2).wrapping_add(P3);
            rest = &rest[4..];
        }
        for byte in rest {
            h = (h ^ u64::from(*byte).wrapping_mul(P5)).rotate_left(11).wrapping_mul(P1);
        }
        h = (h ^ (h >> 33)).wrapping_mul(P2);
        h = (h ^ (h >> 29)).wrapping_mul(P3);
        Self(h ^ (h >> 32))
    }
}

fn hash_value<H: Hasher>(array: &ArrayRef, row: usize, state: H) -> H {
    if array.is_null(row) {
        return state;
    }
    match array.data_type() {
        DataType::Boolean => state.int(i32::from(array.as_boolean().value(row))),
        DataType::Int8 => state.int(array.as_primitive::<Int8Type>().value(row).into()),
        DataType::Int16 => state.int(array.as_primitive::<Int16Type>().value(row).into()),
        DataType::Int32 => state.int(array.as_primitive::<Int32Type>().value(row)),
        DataType::Int64 => state.long(array.as_primitive::<Int64Type>().value(row)),
        DataType::Float32 => {
            let value = array.as_primitive::<Float32Type>().value(row);
            state.int(if value == 0.0 {
                0
            } else if value.is_nan() {
                0x7fc0_0000
            } else {
                value.to_bits() as i32
            })
        }
        DataType::Float64 => {
            let value = array.as_primitive::<Float64Type>().value(row);
            let nan = 0x7ff8_0000_0000_0000;
            state.long(if value == 0.0 {
                0
            } else if value.is_nan() {
                nan
            } else {
                value.to_bits() as i64
            })
        }
        DataType::Decimal128(precision, _) => {
            let value = array.as_primitive::<Decimal128Type>().value(row);
            if *precision <= 18 { state.long(value as i64) } else { state.bytes(shortest(&value.to_be_bytes())) }
        }
        DataType::Utf8 => state.bytes(array.as_string::<i32>().value(row).as_bytes()),
        DataType::Binary => state.bytes(array.as_binary::<i32>().value(row)),
        DataType::Date32 => state.int(array.as_primitive::<Date32Type>().value(row)),
        DataType::Timestamp(..) => state.long(array.as_primitive::<TimestampMicrosecondType>().value(row)),
        DataType::Duration(_) => state.long(array.as_primitive::<DurationMicrosecondType>().value(row)),
        DataType::Interval(IntervalUnit::YearMonth) => {
            state.int(array.as_primitive::<IntervalYearMonthType>().value(row))
        }
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            (0..items.len()).fold(state, |state, i| hash_value(&items, i, state))
        }
        DataType::Struct(_) => {
            array.as_struct().columns().iter().fold(state, |state, column| hash_value(column, row, state))
        }
        _ => state,
    }
}

/// A big-endian number without the bytes in front that say nothing.
fn shortest(bytes: &[u8; 16]) -> &[u8] {
    let fill = if bytes[0] & 0x80 == 0 { 0x00 } else { 0xff };
    let mut from = 0;
    while from < 15 && bytes[from] == fill && (bytes[from + 1] ^ fill) & 0x80 == 0 {
        from += 1;
    }
    &bytes[from..]
}

fn has_map(data_type: &DataType) -> bool {
    match data_type {
        DataType::Map(..) => true,
        DataType::List(element) => has_map(element.data_type()),
        DataType::Struct(fields) => fields.iter().any(|f| has_map(f.data_type())),
        _ => false,
    }
}

fn hash(call: Call<'_>, wide: bool) -> Result<Typed> {
    call.expect(1..)?;
    let args = call.values()?;
    if args.iter().any(|a| has_map(a.data_type())) {
        return Err(SparkError::new("DATATYPE_MISMATCH.HASH_MAP_TYPE")
            .param("functionName", format!("`{}`", call.lower_name()))
            .param("sqlExpr", format!("\"{}\"", call.title())));
    }
    let data_type = if wide { DataType::Int64 } else { DataType::Int32 };
    let mut typed = finish(&call, args, data_type, false, move |columns| {
        let arrays = (0..columns.len()).map(|i| columns.array(i)).collect::<Result<Vec<_>>>()?;
        let rows = 0..columns.rows();
        Ok(if wide {
            let hashes = rows.map(|row| arrays.iter().fold(XxHash64(42), |h, a| hash_value(a, row, h)).0 as i64);
            Arc::new(hashes.collect::<Int64Array>()) as ArrayRef
        } else {
            let hashes = rows.map(|row| arrays.iter().fold(Murmur3(42), |h, a| hash_value(a, row, h)).0 as i32);
            Arc::new(hashes.collect::<Int32Array>())
        })
    });
    typed.field = Arc::new(typed.field.as_ref().clone().with_nullable(false));
    Ok(typed)
}
