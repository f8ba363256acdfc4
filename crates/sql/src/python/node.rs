//! The logical node in which Python functions run, whatever their kind.
//!
//! Its expressions are columns of its inputs: keys and arguments are computed by projections below.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::sync::Arc;

use arrow::compute::SortOptions;
use arrow::datatypes::{Field, FieldRef};
use bytes::Bytes;
use datafusion::common::{Column, DFSchema, DFSchemaRef, Result, plan_err};
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNodeCore, WindowFrame};

use super::function::{PythonFunction, PythonTableFunction};
use super::runtime::Argument;
use crate::nodes::columns_of;

/// A call in a node; its arguments are positions among the node's expressions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct NodeCall {
    pub(crate) chain: Vec<Arc<PythonFunction>>,
    pub(crate) arguments: Vec<Argument>,
}

/// What a node does.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum PythonOp {
    /// Scalar functions of one kind: a column for each beside the input's.
    Eval { calls: Vec<NodeCall> },
    /// All rows to rows with other columns; the names are those that the function sees.
    Map { function: Arc<PythonFunction>, names: Vec<String> },
    /// Each group to rows: the expressions are keys and values, with the names that the function sees.
    GroupMap { function: Arc<PythonFunction>, keys: usize, names: Vec<String> },
    /// Each pair of groups to rows: the expressions are keys and values of the left, then of the right side.
    CoGroupMap { function: Arc<PythonFunction>, keys: usize, left: usize, names: Vec<String> },
    /// Each group to one row: the expressions are keys and arguments.
    Aggregate { calls: Vec<NodeCall>, keys: usize },
    /// A column for each call beside the input's: the expressions are partition keys, order keys and arguments.
    Window { calls: Vec<(NodeCall, WindowFrame)>, keys: usize, order: Vec<SortOptions> },
    /// Rows from each row.
    Table(TableOp),
}

/// A table function's node: the expressions are partition keys, order keys, arguments, and kept columns.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct TableOp {
    pub(crate) function: Arc<PythonTableFunction>,
    /// Its own columns.
    pub(crate) fields: Vec<FieldRef>,
    pub(crate) keys: usize,
    pub(crate) order: Vec<SortOptions>,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) partition_fields: Vec<usize>,
    /// Which arguments are TABLE arguments.
    pub(crate) tables: Vec<usize>,
    pub(crate) single_partition: bool,
    /// What the class answered when it was asked for its columns, if it was.
    pub(crate) analyze_result: Option<Bytes>,
    /// How many columns of the input are kept.
    pub(crate) keep: usize,
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PythonNode {
    pub(crate) op: Arc<PythonOp>,
    inputs: Vec<LogicalPlan>,
    pub(crate) exprs: Vec<Expr>,
    /// The columns that the functions make.
    made: Vec<FieldRef>,
    schema: DFSchemaRef,
}

impl PythonNode {
    /// A node of one input whose columns stay.
    pub(crate) fn beside(op: PythonOp, input: LogicalPlan, exprs: Vec<Expr>, made: Vec<FieldRef>) -> Result<Self> {
        let schema = appended(input.schema(), &made)?;
        Ok(Self { op: Arc::new(op), inputs: vec![input], exprs, made, schema })
    }

    /// A node with columns of its own.
    pub(crate) fn instead(op: PythonOp, inputs: Vec<LogicalPlan>, exprs: Vec<Expr>, schema: DFSchemaRef) -> Self {
        Self { op: Arc::new(op), inputs, exprs, made: Vec::new(), schema }
    }

    fn keeps_input(&self) -> bool {
        matches!(self.op.as_ref(), PythonOp::Eval { .. } | PythonOp::Window { .. })
    }

    fn functions(&self) -> Vec<&str> {
        match self.op.as_ref() {
            PythonOp::Eval { calls } | PythonOp::Aggregate { calls, .. } => calls.iter().flat_map(names).collect(),
            PythonOp::Window { calls, .. } => calls.iter().flat_map(|(call, _)| names(call)).collect(),
            PythonOp::Map { function, .. }
            | PythonOp::GroupMap { function, .. }
            | PythonOp::CoGroupMap { function, .. } => {
                vec![&function.name]
            }
            PythonOp::Table(table) => vec![&table.function.name],
        }
    }

    fn volatile(&self) -> bool {
        match self.op.as_ref() {
            PythonOp::Eval { calls } => calls.iter().flat_map(|call| &call.chain).any(|f| !f.deterministic),
            _ => false,
        }
    }
}

fn names(call: &NodeCall) -> impl Iterator<Item = &str> {
    call.chain.iter().map(|function| function.name.as_str())
}

fn appended(input: &DFSchema, made: &[FieldRef]) -> Result<DFSchemaRef> {
    let mut fields: Vec<_> = input.iter().map(|(qualifier, field)| (qualifier.cloned(), field.clone())).collect();
    fields.extend(made.iter().map(|field| (None, field.clone())));
    Ok(Arc::new(DFSchema::new_with_metadata(fields, input.metadata().clone())?))
}

/// The columns of `fields`, under the names inside the plan.
pub(crate) fn schema_of(fields: impl IntoIterator<Item = Field>) -> Result<DFSchemaRef> {
    let fields = fields.into_iter().map(|field| (None, Arc::new(field))).collect();
    Ok(Arc::new(DFSchema::new_with_metadata(fields, std::collections::HashMap::new())?))
}

impl PartialOrd for PythonNode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self == other).then_some(Ordering::Equal)
    }
}

impl UserDefinedLogicalNodeCore for PythonNode {
    fn name(&self) -> &str {
        match self.op.as_ref() {
            PythonOp::Eval { .. } => "PythonEval",
            PythonOp::Map { .. } => "MapPartitionsInPython",
            PythonOp::GroupMap { .. } => "FlatMapGroupsInPython",
            PythonOp::CoGroupMap { .. } => "FlatMapCoGroupsInPython",
            PythonOp::Aggregate { .. } => "AggregateInPython",
            PythonOp::Window { .. } => "WindowInPython",
            PythonOp::Table(_) => "EvalPythonUDTF",
        }
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        self.inputs.iter().collect()
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        self.exprs.clone()
    }

    /// A filter on the input's columns gives the same rows below a scalar function as above it, unless the function is not
    /// deterministic. A window's filter may go below on its partition keys only, which is not worth the trouble.
    fn prevent_predicate_push_down_columns(&self) -> HashSet<String> {
        if matches!(self.op.as_ref(), PythonOp::Eval { .. }) && !self.volatile() {
            return self.made.iter().map(|field| field.name().clone()).collect();
        }
        self.schema.fields().iter().map(|field| field.name().clone()).collect()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<String> = self.exprs.iter().map(ToString::to_string).collect();
        write!(
            f,
            "{}: [{}] over [{}]",
            UserDefinedLogicalNodeCore::name(self),
            self.functions().join(", "),
            columns.join(", ")
        )
    }

    fn with_exprs_and_inputs(&self, exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        if inputs.len() != self.inputs.len() || exprs.len() != self.exprs.len() {
            return plan_err!("{} with other inputs", UserDefinedLogicalNodeCore::name(self));
        }
        let exprs: Vec<Expr> = columns_of(exprs)?.into_iter().map(Expr::Column).collect();
        let schema = if self.keeps_input() { appended(inputs[0].schema(), &self.made)? } else { self.schema.clone() };
        Ok(Self { op: self.op.clone(), inputs, exprs, made: self.made.clone(), schema })
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        let columns = columns_of(self.exprs.clone()).ok()?;
        let split = match self.op.as_ref() {
            PythonOp::CoGroupMap { left, .. } => *left,
            _ => columns.len(),
        };
        let width = self.inputs[0].schema().fields().len();
        let kept = output_columns.iter().copied().filter(|index| self.keeps_input() && *index < width);
        let mut needed = Vec::with_capacity(self.inputs.len());
        let sides: [(&[Column], BTreeSet<usize>); 2] =
            [(&columns[..split], kept.collect()), (&columns[split..], BTreeSet::new())];
        for (input, (columns, mut wanted)) in self.inputs.iter().zip(sides) {
            for column in columns {
                wanted.insert(input.schema().index_of_column(column).ok()?);
            }
            needed.push(wanted.into_iter().collect());
        }
        Some(needed)
    }

    /// A row for each row: what is cut off above need not be computed.
    fn supports_limit_pushdown(&self) -> bool {
        matches!(self.op.as_ref(), PythonOp::Eval { .. })
    }
}
