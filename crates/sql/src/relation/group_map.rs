//! `groupBy(..).applyInPandas` and `.applyInArrow`: a Python function that is called with each group.

use std::sync::Arc;

use datafusion::logical_expr::{Expr, LogicalPlan};
use firesteel_error::{Result, SparkError};
use spark_connect_proto as pb;

use super::map_partitions::{function, output, relation};
use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, Scope};
use crate::error::from_datafusion;
use crate::expression::Typed;
use crate::python::{self, PythonOp};

/// Pyspark's numbers of the functions that this relation runs.
const KINDS: &[i32] = &[201, 209, 215, 216];

pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::GroupMap) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let function = function(message.func.as_ref())?;
    if !KINDS.contains(&function.eval_type) {
        return Err(SparkError::unsupported(format!("The stateful function {} over groups", function.name)));
    }
    let output = output(&function)?;
    let keys = analyzer.expressions(&message.grouping_expressions, &Scope::of(&input))?;
    let count = keys.len();
    let side = Side::new(input, keys)?;
    let op = PythonOp::GroupMap { function: Arc::new(function), keys: count, names: side.names };
    relation(op, vec![side.plan], side.exprs, output)
}

/// A grouped input: the columns of its keys and then those of its data, with their names.
pub(super) struct Side {
    pub(super) plan: LogicalPlan,
    pub(super) exprs: Vec<Expr>,
    pub(super) names: Vec<String>,
}

impl Side {
    pub(super) fn new(input: Analyzed, keys: Vec<Typed>) -> Result<Self> {
        let mut names: Vec<String> = keys.iter().map(|key| key.name.clone()).collect();
        names.extend(input.output.iter().map(|attribute| attribute.name.clone()));
        let mut exprs: Vec<Expr> = keys.into_iter().map(|key| key.expr).collect();
        exprs.extend(input.output.iter().map(|attribute| Typed::attribute(attribute).expr));
        let (plan, exprs) = python::with_columns(input.plan, exprs).map_err(from_datafusion)?;
        Ok(Self { plan, exprs, names })
    }
}
