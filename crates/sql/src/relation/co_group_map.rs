//! `cogroup(..).applyInPandas` and `.applyInArrow`: a Python function that is called with the groups of two relations.

use std::sync::Arc;

use firesteel_error::{Result, SparkError};
use spark_connect_proto as pb;

use super::group_map::Side;
use super::map_partitions::{function, output, relation};
use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, Scope};
use crate::coerce;
use crate::expression::Typed;
use crate::python::PythonOp;

/// Pyspark's numbers of the functions that this relation runs.
const KINDS: &[i32] = &[206, 210];

pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::CoGroupMap) -> Result<Analyzed> {
    let left = analyzer.input(&message.input)?;
    let right = analyzer.input(&message.other)?;
    let function = function(message.func.as_ref())?;
    if !KINDS.contains(&function.eval_type) {
        return Err(SparkError::unsupported(format!("The function {} over two groupings", function.name)));
    }
    let output = output(&function)?;
    let left_keys = analyzer.expressions(&message.input_grouping_expressions, &Scope::of(&left))?;
    let right_keys = analyzer.expressions(&message.other_grouping_expressions, &Scope::of(&right))?;
    let count = left_keys.len();
    let (left_keys, right_keys) = comparable(analyzer, left_keys, right_keys)?;
    let (left, right) = (Side::new(left, left_keys)?, Side::new(right, right_keys)?);
    let split = left.exprs.len();
    let names = left.names.into_iter().chain(right.names).collect();
    let op = PythonOp::CoGroupMap { function: Arc::new(function), keys: count, left: split, names };
    relation(op, vec![left.plan, right.plan], left.exprs.into_iter().chain(right.exprs).collect(), output)
}

/// Both sides' keys in common types.
fn comparable(analyzer: &Analyzer, left: Vec<Typed>, right: Vec<Typed>) -> Result<(Vec<Typed>, Vec<Typed>)> {
    if left.len() != right.len() {
        return Err(SparkError::plain(
            firesteel_error::Exception::IllegalArgument,
            "Cogroup keys must have same size".to_string(),
        ));
    }
    let mut pairs = Vec::with_capacity(left.len());
    for (l, r) in left.iter().zip(&right) {
        let pair = coerce::comparable(l, r, analyzer.conf())?;
        let (a, b) = pair.ok_or_else(|| crate::function::operator::mismatch("=", l, r))?;
        pairs.push((a.named(&l.name), b.named(&r.name)));
    }
    Ok(pairs.into_iter().unzip())
}
