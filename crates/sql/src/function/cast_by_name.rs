//! Casts called by the name of the type: `int(x)`, `string(x)`, `date(x)`.

use arrow::datatypes::DataType;
use firesteel_error::Result;

use super::Family;
use crate::analyzer::Call;
use crate::cast::{self, Mode};
use crate::expression::Typed;
use crate::types;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("boolean", |c| to(c, DataType::Boolean)),
    ("tinyint", |c| to(c, DataType::Int8)),
    ("smallint", |c| to(c, DataType::Int16)),
    ("int", |c| to(c, DataType::Int32)),
    ("bigint", |c| to(c, DataType::Int64)),
    ("float", |c| to(c, DataType::Float32)),
    ("double", |c| to(c, DataType::Float64)),
    ("decimal", |c| to(c, DataType::Decimal128(10, 0))),
    ("date", |c| to(c, DataType::Date32)),
    ("timestamp", |c| to(c, types::timestamp())),
    ("binary", |c| to(c, DataType::Binary)),
    ("string", |c| to(c, DataType::Utf8)),
];

fn to(call: Call<'_>, data_type: DataType) -> Result<Typed> {
    call.expect(1..=1)?;
    cast::cast(call.arg(0)?, &data_type, Mode::implicit(call.conf()), call.conf())
}
