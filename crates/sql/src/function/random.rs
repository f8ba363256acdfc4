//! Random and unique values: `rand`, `randn`, `uniform`, `randstr`, `uuid`, `shuffle`'s kin, partition and row numbers.

use std::sync::Arc;

use arrow::array::StringArray;
use arrow::datatypes::DataType;
use firesteel_error::{Exception, Result, SparkError};
use rand::Rng;

use super::{Family, resolve_named};
use crate::analyzer::Call;
use crate::cast::{self, Mode};
use crate::coerce;
use crate::expression::{Kernel, Typed};
use crate::per_partition::Source;
use crate::types::{is_integral, is_numeric};

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("uuid", uuid),
    ("rand", |c| seeded(c, "rand", Source::Uniform)),
    ("random", |c| seeded(c, "rand", Source::Uniform)),
    ("randn", |c| seeded(c, "randn", Source::Gaussian)),
    ("uniform", uniform),
    ("randstr", randstr),
    ("monotonically_increasing_id", |c| {
        c.expect(0..=0)?;
        Ok(typed(Source::RowId, "monotonically_increasing_id()"))
    }),
    ("spark_partition_id", |c| {
        c.expect(0..=0)?;
        Ok(typed(Source::PartitionId, "SPARK_PARTITION_ID()"))
    }),
];

fn typed(source: Source, title: &str) -> Typed {
    Typed::new(source.call(), source.data_type(), false, title)
}

fn seed_of(call: &Call<'_>, index: usize) -> Result<i64> {
    let given = if call.len() > index { call.constant_int(index)? } else { None };
    Ok(given.unwrap_or_else(|| rand::rng().random()))
}

fn seeded(call: Call<'_>, name: &str, source: fn(i64) -> Source) -> Result<Typed> {
    call.expect(0..=1)?;
    let shown = if call.is_empty() { String::new() } else { call.arg(0)?.name };
    Ok(typed(source(seed_of(&call, 0)?), &format!("{name}({shown})")))
}

/// A number between two bounds, in their common type.
fn uniform(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=3)?;
    let (low, high) = (call.arg(0)?, call.arg(1)?);
    for (index, bound) in [&low, &high].into_iter().enumerate() {
        if !is_numeric(bound.data_type()) && bound.data_type() != &DataType::Null {
            return Err(call.unexpected_input(index, bound, "\"INTEGER\" or \"FLOATING-POINT\""));
        }
        call.constant(index)?;
    }
    let title = if call.len() == 3 { call.title() } else { format!("uniform({}, {})", low.name, high.name) };
    let data_type = match (low.data_type(), high.data_type()) {
        (a, b) if is_integral(a) && is_integral(b) => coerce::common_type(a, b, call.conf()),
        (a @ DataType::Decimal128(..), b) if is_integral(b) => Some(a.clone()),
        (a, b @ DataType::Decimal128(..)) if is_integral(a) => Some(b.clone()),
        (a, b) => coerce::common_type(a, b, call.conf()),
    }
    .unwrap_or(DataType::Float64);
    let drawn = typed(Source::Uniform(seed_of(&call, 2)?), "");
    let session = call.session();
    let double = |bound: Typed| cast::cast(bound, &DataType::Float64, Mode::Ansi, call.conf());
    let (low, high) = (double(low)?, double(high)?);
    let width = resolve_named(session, "-", &[high, low.clone()])?;
    let distance = resolve_named(session, "*", &[width, drawn])?;
    let value = resolve_named(session, "+", &[low, distance])?;
    Ok(cast::cast(value, &data_type, Mode::Legacy, call.conf())?.named(title))
}

fn randstr(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=2)?;
    let length = call.constant_int(0)?.unwrap_or(0);
    let title = call.title();
    let seed = seed_of(&call, 1)?;
    let length = usize::try_from(length).map_err(|_| {
        SparkError::new("INVALID_PARAMETER_VALUE.LENGTH")
            .param("parameter", "`length`")
            .param("length", length.to_string())
            .param("functionName", "`randstr`")
            .with_exception(Exception::SparkRuntime)
    })?;
    Ok(typed(Source::Letters { length, seed }, &title))
}

fn uuid(call: Call<'_>) -> Result<Typed> {
    call.expect(0..=1)?;
    let kernel = Kernel::new("uuid", uuid::Uuid::new_v4(), DataType::Utf8, false, |columns| {
        let texts = (0..columns.rows()).map(|_| Some(uuid::Uuid::new_v4().to_string()));
        Ok(Arc::new(texts.collect::<StringArray>()))
    });
    Ok(Typed::new(kernel.volatile().call(vec![]), DataType::Utf8, false, "uuid()"))
}
