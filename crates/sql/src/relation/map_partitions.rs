//! `mapInPandas` and `mapInArrow`: a Python function from all rows of a partition to rows with other columns.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field};
use datafusion::logical_expr::{Expr, Extension, LogicalPlan};
use firesteel_error::{Result, SparkError};
use spark_connect_proto as pb;

use crate::analyzed::Analyzed;
use crate::analyzer::Analyzer;
use crate::attribute::Attribute;
use crate::error::from_datafusion;
use crate::python::{self, PythonFunction, PythonNode, PythonOp};

pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::MapPartitions) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let function = function(message.func.as_ref())?;
    let output = output(&function)?;
    let plan = input.trimmed()?;
    let exprs = plan.schema().columns().into_iter().map(Expr::Column).collect();
    let names = input.output.iter().map(|attribute| attribute.name.clone()).collect();
    let op = PythonOp::Map { function: Arc::new(function), names };
    relation(op, vec![plan], exprs, output)
}

/// The function of a relation that maps rows or groups.
pub(super) fn function(message: Option<&pb::CommonInlineUserDefinedFunction>) -> Result<PythonFunction> {
    match message {
        Some(message) => python::from_proto(message),
        None => Err(SparkError::internal("a relation without its function was sent")),
    }
}

/// The columns that such a function declares.
pub(super) fn output(function: &PythonFunction) -> Result<Vec<Attribute>> {
    match &function.return_type {
        DataType::Struct(fields) => Ok(fields.iter().map(|field| Attribute::of_field(field)).collect()),
        other => Err(SparkError::new("INVALID_UDF_RETURN_TYPE")
            .text(format!("The Python function {} should declare columns, not {other}", function.name))),
    }
}

/// The relation of a node with columns of its own.
pub(super) fn relation(
    op: PythonOp,
    inputs: Vec<LogicalPlan>,
    exprs: Vec<Expr>,
    output: Vec<Attribute>,
) -> Result<Analyzed> {
    let fields: Vec<Field> = output.iter().map(|a| a.field.as_ref().clone().with_name(&a.column)).collect();
    let schema = python::schema_of(fields).map_err(from_datafusion)?;
    let node = PythonNode::instead(op, inputs, exprs, schema);
    Ok(Analyzed::new(LogicalPlan::Extension(Extension { node: Arc::new(node) }), output))
}
