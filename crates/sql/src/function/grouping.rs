//! `grouping` and `grouping_id`: which expressions a row of `ROLLUP`, `CUBE` or `GROUPING SETS` is grouped by.
//!
//! The calls stand for themselves until the aggregate puts bits of the set's number in their place.

use arrow::datatypes::DataType;
use firesteel_error::{Result, SparkError};

use super::{Family, GROUPING, GROUPING_ID};
use crate::analyzer::Call;
use crate::expression::{Kernel, Typed};

/// The family's functions.
pub const FUNCTIONS: Family = &[
    (GROUPING, |c| {
        c.expect(1..=1)?;
        placeholder(c, GROUPING, DataType::Int8)
    }),
    (GROUPING_ID, |c| placeholder(c, GROUPING_ID, DataType::Int64)),
];

fn placeholder(call: Call<'_>, name: &str, data_type: DataType) -> Result<Typed> {
    let exprs = call.values()?.into_iter().map(|typed| typed.expr).collect();
    let kernel =
        Kernel::new(name, (), data_type.clone(), false, |_| Err(SparkError::new("UNSUPPORTED_GROUPING_EXPRESSION")));
    // Not immutable: a call without columns must not be computed before the aggregate sees it.
    Ok(Typed::new(kernel.volatile().call(exprs), data_type, false, call.title()))
}
