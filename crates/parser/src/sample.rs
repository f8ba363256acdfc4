//! `TABLESAMPLE (10 PERCENT | 5 ROWS | BUCKET 1 OUT OF 4) [REPEATABLE (seed)]`.

use firesteel_error::{Exception, Result, SparkError};
use spark_connect_proto as proto;
use spark_connect_proto::Relation;
use spark_connect_proto::relation::RelType;
use sqlparser::ast::{Expr, TableSample, TableSampleUnit, Value};

use crate::planner::{Planner, input, relation};

/// Takes a sample of a plan.
pub(crate) fn apply(planner: &mut Planner<'_, '_>, plan: Relation, sample: &TableSample) -> Result<Relation> {
    let seed = match &sample.seed {
        Some(seed) => Some(number(&seed.value.value).ok_or_else(invalid)? as i64),
        None => None,
    };
    let fraction = match (&sample.bucket, &sample.quantity) {
        (Some(bucket), _) if bucket.on.is_none() => {
            let part = number(&bucket.bucket.value).ok_or_else(invalid)?;
            part / number(&bucket.total.value).filter(|total| *total > 0.0).ok_or_else(invalid)?
        }
        (Some(_), _) => return Err(SparkError::unsupported("TABLESAMPLE (BUCKET .. ON ..)")),
        (None, Some(quantity)) => match (&quantity.unit, &quantity.value) {
            (Some(TableSampleUnit::Percent), Expr::Value(value)) => number(&value.value).ok_or_else(invalid)? / 100.0,
            (Some(TableSampleUnit::Rows), rows) => {
                let limit = planner.row_count(rows, "limit")?;
                return Ok(relation(RelType::Limit(Box::new(proto::Limit { input: input(plan), limit }))));
            }
            _ => return Err(invalid()),
        },
        _ => return Err(invalid()),
    };
    if !(0.0..=1.0).contains(&fraction) {
        return Err(SparkError::new("_LEGACY_ERROR_TEMP_0064")
            .param("msg", format!("Sampling fraction ({fraction:?}) must be on interval [0, 1]"))
            .with_exception(Exception::Parse));
    }
    Ok(relation(RelType::Sample(Box::new(proto::Sample {
        input: input(plan),
        lower_bound: 0.0,
        upper_bound: fraction,
        with_replacement: Some(false),
        seed,
        deterministic_order: false,
    }))))
}

fn invalid() -> SparkError {
    SparkError::unsupported("TABLESAMPLE other than PERCENT, ROWS and BUCKET")
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(text, _) => text.parse().ok(),
        _ => None,
    }
}
