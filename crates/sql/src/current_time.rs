//! The time of a query: `current_timestamp()`, `current_date()` and `localtimestamp()` are the same wherever a query asks.
//!
//! In a batch query that is the time of its analysis. A streaming query is analyzed once and run many times: [`at`] gives
//! its plan the time of each batch, which is in the offset log, so that a batch that is run again sees the same time.

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Expr, LogicalPlan, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use firesteel_formats::ZoneId;

const DAY_US: i64 = 86_400_000_000;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Asked {
    /// `current_timestamp()`.
    Timestamp,
    /// `current_date()`, in the session's time zone.
    Date,
    /// `localtimestamp()`.
    LocalTimestamp,
}

/// One call.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct CurrentTime {
    asked: Asked,
    zone: ZoneId,
    now_us: i64,
    signature: Signature,
}

impl CurrentTime {
    /// A call at `now_us`.
    pub(crate) fn call(asked: Asked, zone: ZoneId, now_us: i64) -> Expr {
        let signature = Signature::nullary(Volatility::Stable);
        ScalarUDF::new_from_impl(Self { asked, zone, now_us, signature }).call(Vec::new())
    }

    /// What the call gives.
    fn value(&self) -> ScalarValue {
        match self.asked {
            Asked::Timestamp => ScalarValue::TimestampMicrosecond(Some(self.now_us), Some("UTC".into())),
            Asked::LocalTimestamp => ScalarValue::TimestampMicrosecond(Some(self.local_us()), None),
            Asked::Date => {
                let days = i32::try_from(self.local_us().div_euclid(DAY_US));
                // Beyond the calendar of dates there is none.
                ScalarValue::Date32(days.ok())
            }
        }
    }

    fn local_us(&self) -> i64 {
        self.zone.utc_to_local_micros(self.now_us)
    }
}

impl ScalarUDFImpl for CurrentTime {
    fn name(&self) -> &str {
        match self.asked {
            Asked::Timestamp => "current_timestamp",
            Asked::Date => "current_date",
            Asked::LocalTimestamp => "localtimestamp",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.asked {
            Asked::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Asked::Date => DataType::Date32,
            Asked::LocalTimestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
        })
    }

    fn return_field_from_args(
        &self,
        _: datafusion::logical_expr::ReturnFieldArgs,
    ) -> Result<datafusion::arrow::datatypes::FieldRef> {
        let data_type = self.return_type(&[])?;
        Ok(std::sync::Arc::new(datafusion::arrow::datatypes::Field::new(self.name(), data_type, false)))
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(ColumnarValue::Scalar(self.value()))
    }
}

fn call_of(expr: &Expr) -> Option<&CurrentTime> {
    let Expr::ScalarFunction(call) = expr else { return None };
    let function: &dyn std::any::Any = call.func.inner().as_ref();
    function.downcast_ref::<CurrentTime>()
}

/// Whether `plan` asks for the time.
pub fn is_asked(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.apply_with_subqueries(|node| {
        found |= asks(node)?;
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(found)
}

fn asks(node: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    node.apply_expressions(|expr| {
        found |= expr.exists(|part| Ok(call_of(part).is_some()))?;
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(found)
}

/// `plan` at another time.
pub fn at(plan: LogicalPlan, now_us: i64) -> Result<LogicalPlan> {
    let change = |expr: Expr| match call_of(&expr) {
        Some(call) => Ok(Transformed::yes(CurrentTime::call(call.asked, call.zone, now_us))),
        None => Ok(Transformed::no(expr)),
    };
    let change_node = |node: LogicalPlan| {
        if asks(&node)? { node.map_expressions(|expr| expr.transform(change)) } else { Ok(Transformed::no(node)) }
    };
    plan.transform_down_with_subqueries(change_node).map(|done| done.data)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use datafusion::logical_expr::LogicalPlanBuilder;

    use super::*;

    #[test]
    fn a_plan_is_given_another_time_and_keeps_its_columns() {
        let now = |us| CurrentTime::call(Asked::Timestamp, ZoneId::UTC, us);
        let today = |us| CurrentTime::call(Asked::Date, "Asia/Tokyo".parse().unwrap(), us);
        let plan = |us| {
            let start = LogicalPlanBuilder::empty(true);
            start.project(vec![now(us), today(us).alias("day")]).unwrap().build().unwrap()
        };
        let (before, after) = (plan(5), plan(DAY_US - 1));
        assert!(is_asked(&before).unwrap());
        assert_eq!(before.schema(), after.schema());
        assert_eq!(at(before, DAY_US - 1).unwrap(), after);
        let value = |expr: Expr| call_of(&expr).unwrap().value();
        assert_eq!(value(now(7)), ScalarValue::TimestampMicrosecond(Some(7), Some("UTC".into())));
        // In Tokyo it is the next day already.
        assert_eq!(value(today(DAY_US - 1)), ScalarValue::Date32(Some(1)));
    }
}
