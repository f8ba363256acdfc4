//! `union`, `unionByName`, `intersect` and `except`.

use datafusion::functions_window::row_number::row_number_udwf;
use datafusion::logical_expr::expr::{WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, WindowFrame, WindowFunctionDefinition};
use firesteel_error::{Result, SparkError};
use spark_connect_proto::{self as pb, set_operation::SetOpType};

use super::{build, project};
use crate::analyzed::Analyzed;
use crate::analyzer::Analyzer;
use crate::attribute::Attribute;
use crate::cast::{self, Mode};
use crate::coerce;
use crate::error::from_datafusion;
use crate::expression::Typed;
use crate::float_key;
use crate::types;

pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::SetOperation) -> Result<Analyzed> {
    let left = analyzer.input(&message.left_input)?;
    let right = analyzer.input(&message.right_input)?;
    let kind = message.set_op_type();
    let word = match kind {
        SetOpType::Union => "UNION",
        SetOpType::Intersect => "INTERSECT",
        SetOpType::Except => "EXCEPT",
        SetOpType::Unspecified => return Err(SparkError::internal("a set operation without a kind was sent")),
    };
    let (left, right) =
        if message.by_name() { aligned(left, right, message.allow_missing_columns())? } else { (left, right) };
    let (left, right, output) = matched(analyzer, left, right, word)?;
    let all = message.is_all();
    let map = output.iter().find(|column| matches!(column.data_type(), arrow::datatypes::DataType::Map(..)));
    if let Some(column) = map.filter(|_| kind != SetOpType::Union || !all) {
        return Err(SparkError::new("UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE")
            .param("colName", format!("`{}`", column.name))
            .param("dataType", types::quoted_sql_name(column.data_type())));
    }
    let plan = match kind {
        SetOpType::Union => {
            let union = build(left, |b| b.union(right))?;
            if all { union } else { float_key::distinct(union, &output)? }
        }
        _ => {
            let keys = |plan| match output.iter().any(|a| float_key::has_floats(a.data_type())) {
                true => build(plan, |b| b.project(output.iter().map(float_key::key))),
                false => Ok(plan),
            };
            let (left, right) = (keys(left)?, keys(right)?);
            // With ALL, the n-th of several equal rows meets the n-th of the other side.
            let (left, right) = if all { (numbered(left, &output)?, numbered(right, &output)?) } else { (left, right) };
            let met = if kind == SetOpType::Intersect {
                LogicalPlanBuilder::intersect(left, right, all)
            } else {
                LogicalPlanBuilder::except(left, right, all)
            };
            let columns: Vec<Expr> = output.iter().map(|a| Typed::attribute(a).expr).collect();
            build(met.map_err(from_datafusion)?, |b| b.project(columns))?
        }
    };
    Ok(Analyzed::new(plan, output))
}

/// The rows with their number among equal rows.
fn numbered(plan: LogicalPlan, columns: &[Attribute]) -> Result<LogicalPlan> {
    let params = WindowFunctionParams {
        args: Vec::new(),
        partition_by: columns.iter().map(|a| Typed::attribute(a).expr).collect(),
        order_by: Vec::new(),
        window_frame: WindowFrame::new(None),
        filter: None,
        null_treatment: None,
        distinct: false,
    };
    let fun = WindowFunctionDefinition::WindowUDF(row_number_udwf());
    let number = Expr::WindowFunction(Box::new(WindowFunction { fun, params })).alias("spark_row_number");
    build(plan, |b| b.window(vec![number]))
}

/// Both sides with the columns of the left, found by name; columns that one side lacks are NULL if that is allowed.
fn aligned(left: Analyzed, right: Analyzed, allow_missing: bool) -> Result<(Analyzed, Analyzed)> {
    let find = |side: &Analyzed, name: &str| side.output.iter().find(|a| a.name.eq_ignore_ascii_case(name)).cloned();
    let missing = |name: &str, side: &Analyzed| {
        let names: Vec<&str> = side.output.iter().map(|a| a.name.as_str()).collect();
        SparkError::new("UNRESOLVED_COLUMN_AMONG_FIELD_NAMES")
            .param("colName", name)
            .param("fieldNames", names.join(", "))
    };
    let null = |attribute: &Attribute| -> Result<Typed> {
        let value = datafusion::common::ScalarValue::try_from(attribute.data_type()).map_err(from_datafusion)?;
        Ok(Typed::literal(value, attribute.name.clone()))
    };
    let mut left_columns: Vec<Typed> = left.output.iter().map(Typed::attribute).collect();
    let mut right_columns = Vec::new();
    for attribute in &left.output {
        match find(&right, &attribute.name) {
            Some(found) => right_columns.push(Typed::attribute(&found)),
            None if allow_missing => right_columns.push(null(attribute)?),
            None => return Err(missing(&attribute.name, &right)),
        }
    }
    for attribute in right.output.iter().filter(|a| find(&left, &a.name).is_none()) {
        if !allow_missing {
            return Err(missing(&attribute.name, &left));
        }
        left_columns.push(null(attribute)?);
        right_columns.push(Typed::attribute(attribute));
    }
    Ok((project::select(left.plan, left_columns)?, project::select(right.plan, right_columns)?))
}

/// Both sides with columns of the same types and, inside the plan, the same names.
fn matched(
    analyzer: &Analyzer,
    left: Analyzed,
    right: Analyzed,
    word: &str,
) -> Result<(LogicalPlan, LogicalPlan, Vec<Attribute>)> {
    if left.output.len() != right.output.len() {
        return Err(SparkError::new("NUM_COLUMNS_MISMATCH")
            .param("operator", word)
            .param("firstNumColumns", left.output.len().to_string())
            .param("invalidOrdinalNum", "second")
            .param("invalidNumColumns", right.output.len().to_string()));
    }
    let mode = Mode::implicit(analyzer.conf());
    let (mut left_exprs, mut right_exprs, mut output) = (Vec::new(), Vec::new(), Vec::new());
    for (index, (l, r)) in left.output.iter().zip(&right.output).enumerate() {
        let Some(common) = coerce::common_type(l.data_type(), r.data_type(), analyzer.conf()) else {
            let ordinals = ["first", "second", "third", "fourth", "fifth"];
            let ordinal = ordinals.get(index).map_or_else(|| format!("{}th", index + 1), |t| (*t).to_string());
            return Err(SparkError::new("INCOMPATIBLE_COLUMN_TYPE")
                .param("operator", word)
                .param("columnOrdinalNumber", ordinal)
                .param("tableOrdinalNumber", "second")
                .param("dataType1", types::quoted_sql_name(r.data_type()))
                .param("dataType2", types::quoted_sql_name(l.data_type()))
                .param("hint", ""));
        };
        let nullable = l.field.is_nullable() || r.field.is_nullable();
        let field = l.field.as_ref().clone().with_data_type(common.clone()).with_nullable(nullable);
        let field = match (types::IntervalFields::of(&l.field), types::IntervalFields::of(&r.field)) {
            (Some(a), Some(b)) if l.data_type() == r.data_type() => a.joined(b).on(&field),
            _ => field,
        };
        // As in Spark, columns of the left side can be referred to by it (`left["a"]`).
        let mut attribute = Attribute { qualifier: Vec::new(), ..Attribute::of_field(&field) };
        if !output.iter().any(|other: &Attribute| other.column == l.column) {
            attribute.column.clone_from(&l.column);
        }
        let cast_to = |a: &Attribute| -> Result<Expr> {
            let typed = cast::cast(Typed::attribute(a), &common, mode, analyzer.conf())?;
            let typed = Typed { field: attribute.field.clone(), ..typed };
            Ok(typed.aliased(&attribute.column))
        };
        left_exprs.push(cast_to(l)?);
        right_exprs.push(cast_to(r)?);
        output.push(attribute);
    }
    Ok((build(left.plan, |b| b.project(left_exprs))?, build(right.plan, |b| b.project(right_exprs))?, output))
}
