//! The optimizer's rule that takes the calls of Python functions out of expressions.
//!
//! It runs last, on the plan that is left after columns are pruned and filters pushed down. The calls of a node are
//! evaluated in nodes below it, the innermost first; a call whose only argument is a call of the same kind runs with it
//! in one go (`g(f(x))`). Arguments that are not columns are computed by a projection below.

use std::sync::Arc;

use arrow::datatypes::Field;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, JoinType, Result};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::{conjunction, split_conjunction_owned};
use datafusion::logical_expr::{Expr, Extension, Filter, Join, LogicalPlan, LogicalPlanBuilder};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};
use firesteel_error::SparkError;

use super::aggregate;
use super::function::{PythonFunction, as_scalar};
use super::node::{NodeCall, PythonNode, PythonOp};
use super::runtime::Argument;
use super::to_datafusion;
use crate::attribute::fresh_column;

/// See the module.
#[derive(Debug, Default)]
pub struct ExtractPythonCalls;

impl OptimizerRule for ExtractPythonCalls {
    fn name(&self) -> &str {
        "extract_python_calls"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        match plan {
            LogicalPlan::Aggregate(aggregate) if aggregate::has_python(&aggregate.aggr_expr) => {
                aggregate::evaluate(&aggregate).map(Transformed::yes)
            }
            LogicalPlan::Window(window) if aggregate::has_python_window(&window.window_expr) => {
                aggregate::over_windows(&window).map(Transformed::yes)
            }
            plan if !calls_python(&plan) => Ok(Transformed::no(plan)),
            LogicalPlan::Filter(filter) => filtered(filter).map(Transformed::yes),
            LogicalPlan::Join(join) => joined(join).map(Transformed::yes),
            plan => evaluated(plan).map(Transformed::yes),
        }
    }
}

/// Whether an expression calls a scalar Python function.
fn has_call(expr: &Expr) -> bool {
    expr.exists(|node| Ok(as_scalar(node).is_some())).unwrap_or(false)
}

fn calls_python(plan: &LogicalPlan) -> bool {
    let mut found = false;
    let _ = plan.apply_expressions(|expr| {
        found |= has_call(expr);
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    found
}

/// A node of one input with its calls evaluated below.
fn evaluated(plan: LogicalPlan) -> Result<LogicalPlan> {
    let preserver = NamePreserver::new(&plan);
    let exprs = plan.expressions();
    let saved: Vec<_> = exprs.iter().map(|expr| preserver.save(expr)).collect();
    let inputs = plan.inputs();
    let [input] = inputs.as_slice() else {
        return Err(to_datafusion(SparkError::unsupported(format!("A Python function in {}", plan.display()))));
    };
    let (input, exprs) = evaluate((*input).clone(), exprs)?;
    let exprs = exprs.into_iter().zip(saved).map(|(expr, name)| name.restore(expr)).collect();
    let wanted = plan.schema().clone();
    trimmed(plan.with_new_exprs(exprs, vec![input])?, &wanted)
}

/// The plan with the columns of `wanted` and no others.
pub(super) fn trimmed(plan: LogicalPlan, wanted: &DFSchema) -> Result<LogicalPlan> {
    if plan.schema().fields().len() == wanted.fields().len() {
        return Ok(plan);
    }
    let columns: Vec<Expr> = wanted.columns().into_iter().map(Expr::Column).collect();
    LogicalPlanBuilder::from(plan).project(columns)?.build()
}

/// The parts of the condition that call nothing are tested before the others are evaluated.
fn filtered(filter: Filter) -> Result<LogicalPlan> {
    let wanted = filter.input.schema().clone();
    let (calling, plain): (Vec<Expr>, Vec<Expr>) =
        split_conjunction_owned(filter.predicate).into_iter().partition(has_call);
    let mut input = Arc::unwrap_or_clone(filter.input);
    if let Some(plain) = conjunction(plain) {
        input = LogicalPlan::Filter(Filter::try_new(plain, Arc::new(input))?);
    }
    let (mut input, calling) = evaluate(input, calling)?;
    if let Some(calling) = conjunction(calling) {
        input = LogicalPlan::Filter(Filter::try_new(calling, Arc::new(input))?);
    }
    trimmed(input, &wanted)
}

/// Calls over one side's columns are evaluated on that side, calls over both after an inner join.
fn joined(mut join: Join) -> Result<LogicalPlan> {
    let wanted = join.schema.clone();
    let (mut left, mut right) = (Arc::unwrap_or_clone(join.left.clone()), Arc::unwrap_or_clone(join.right.clone()));
    let (left_keys, right_keys): (Vec<Expr>, Vec<Expr>) = join.on.into_iter().unzip();
    let left_keys = on_side(&mut left, left_keys)?;
    let right_keys = on_side(&mut right, right_keys)?;
    let mut kept = Vec::new();
    let mut after = Vec::new();
    for condition in join.filter.map(split_conjunction_owned).unwrap_or_default() {
        let (condition, left_over) = one_sided(condition, &mut left, &mut right)?;
        if !left_over {
            kept.push(condition);
        } else if join.join_type == JoinType::Inner {
            after.push(condition);
        } else {
            let error = SparkError::new("UNSUPPORTED_FEATURE.PYTHON_UDF_IN_ON_CLAUSE")
                .param("joinType", join_name(join.join_type));
            return Err(to_datafusion(error));
        }
    }
    join.on = left_keys.into_iter().zip(right_keys).collect();
    let mut plan = LogicalPlan::Join(Join::try_new(
        Arc::new(left),
        Arc::new(right),
        join.on,
        conjunction(kept),
        join.join_type,
        join.join_constraint,
        join.null_equality,
        join.null_aware,
    )?);
    if let Some(condition) = conjunction(after) {
        let (input, mut conditions) = evaluate(plan, vec![condition])?;
        plan = input;
        if let Some(condition) = conditions.pop() {
            plan = LogicalPlan::Filter(Filter::try_new(condition, Arc::new(plan))?);
        }
    }
    let columns: Vec<Expr> = wanted.columns().into_iter().map(Expr::Column).collect();
    LogicalPlanBuilder::from(plan).project(columns)?.build()
}

fn join_name(kind: JoinType) -> &'static str {
    match kind {
        JoinType::Left => "LEFT OUTER",
        JoinType::Right => "RIGHT OUTER",
        JoinType::Full => "FULL OUTER",
        JoinType::LeftSemi | JoinType::RightSemi => "LEFT SEMI",
        JoinType::LeftAnti | JoinType::RightAnti => "LEFT ANTI",
        _ => "INNER",
    }
}

fn on_side(side: &mut LogicalPlan, exprs: Vec<Expr>) -> Result<Vec<Expr>> {
    if !exprs.iter().any(has_call) {
        return Ok(exprs);
    }
    let (input, exprs) = evaluate(side.clone(), exprs)?;
    *side = input;
    Ok(exprs)
}

/// Whether a Python function in `condition` takes columns of both sides, so that it is called after the join.
pub(crate) fn is_over_both(condition: &Expr, left: &DFSchema, right: &DFSchema) -> bool {
    let takes = |call: &Expr, side: &DFSchema| call.column_refs().iter().any(|column| side.has_column(column));
    condition.exists(|node| Ok(as_scalar(node).is_some() && takes(node, left) && takes(node, right))).unwrap_or(false)
}

/// The condition with its calls over one side's columns replaced, and whether calls over both are left.
fn one_sided(condition: Expr, left: &mut LogicalPlan, right: &mut LogicalPlan) -> Result<(Expr, bool)> {
    let mut calls: Vec<Expr> = Vec::new();
    condition.apply(|node| {
        if as_scalar(node).is_none() {
            return Ok(TreeNodeRecursion::Continue);
        }
        calls.push(node.clone());
        Ok(TreeNodeRecursion::Jump)
    })?;
    let mut condition = condition;
    let mut left_over = false;
    for call in calls {
        let columns = call.column_refs();
        let side = if columns.iter().all(|column| left.schema().has_column(column)) {
            &mut *left
        } else if columns.iter().all(|column| right.schema().has_column(column)) {
            &mut *right
        } else {
            left_over = true;
            continue;
        };
        let (input, mut replaced) = evaluate(side.clone(), vec![call.clone()])?;
        *side = input;
        if let Some(by) = replaced.pop() {
            condition = replace(condition, &[(call, by)])?;
        }
    }
    Ok((condition, left_over))
}

/// Evaluates the calls in `exprs` over `input`: the plan with a column for each, and the expressions that use them.
pub(super) fn evaluate(input: LogicalPlan, exprs: Vec<Expr>) -> Result<(LogicalPlan, Vec<Expr>)> {
    let (mut plan, mut exprs) = (input, exprs);
    loop {
        let mut ready: Vec<Ready> = Vec::new();
        for expr in &exprs {
            find_ready(expr, &mut ready)?;
        }
        let Some(first) = ready.first() else { return Ok((plan, exprs)) };
        let kind = first.chain.last().map(|function| function.eval_type);
        let alone = first.chain.iter().any(|function| function.is_iterator());
        ready.retain(|call| call.chain.last().map(|function| function.eval_type) == kind);
        if alone {
            ready.truncate(1);
        }
        let mut arguments = Arguments::new(&plan);
        let mut calls = Vec::with_capacity(ready.len());
        let mut made = Vec::with_capacity(ready.len());
        let mut replacements = Vec::with_capacity(ready.len());
        for call in ready {
            let column = fresh_column(&call.title());
            let Some(outermost) = call.chain.last() else { continue };
            made.push(Arc::new(Field::new(&column, outermost.return_type.clone(), true)));
            let passed = call
                .args
                .into_iter()
                .zip(call.names)
                .map(|(arg, keyword)| Argument { column: arguments.position(arg), keyword })
                .collect();
            calls.push(NodeCall { chain: call.chain, arguments: passed });
            replacements.push((call.whole, Expr::Column(Column::new_unqualified(column))));
        }
        let (input, columns) = arguments.project(plan)?;
        let node = PythonNode::beside(PythonOp::Eval { calls }, input, columns, made)?;
        plan = LogicalPlan::Extension(Extension { node: Arc::new(node) });
        exprs = exprs.into_iter().map(|expr| replace(expr, &replacements)).collect::<Result<_>>()?;
    }
}

/// A call whose arguments call nothing.
struct Ready {
    whole: Expr,
    chain: Vec<Arc<PythonFunction>>,
    args: Vec<Expr>,
    names: Vec<Option<String>>,
}

impl Ready {
    fn title(&self) -> String {
        self.chain.last().map(|function| function.name.clone()).unwrap_or_default()
    }
}

fn find_ready(expr: &Expr, ready: &mut Vec<Ready>) -> Result<()> {
    expr.apply(|node| {
        if as_scalar(node).is_none() {
            return Ok(TreeNodeRecursion::Continue);
        }
        if ready.iter().any(|known| &known.whole == node) {
            return Ok(TreeNodeRecursion::Jump);
        }
        let Some(call) = flattened(node) else { return Ok(TreeNodeRecursion::Continue) };
        if call.args.iter().any(has_call) {
            return Ok(TreeNodeRecursion::Continue);
        }
        ready.push(call);
        Ok(TreeNodeRecursion::Jump)
    })?;
    Ok(())
}

/// `h(g(f(x)))` as a chain of three functions over `x`, as far as they are of one kind.
fn flattened(whole: &Expr) -> Option<Ready> {
    let (marker, mut args) = as_scalar(whole)?;
    let mut chain = vec![marker.function.clone()];
    let mut names = &marker.names;
    while let ([arg], [None]) = (args, names.as_slice())
        && let Some((inner, inner_args)) = as_scalar(bare(arg))
        && inner.function.eval_type == marker.function.eval_type
        && inner.function.deterministic == marker.function.deterministic
        && !inner.function.is_iterator()
    {
        chain.insert(0, inner.function.clone());
        names = &inner.names;
        args = inner_args;
    }
    Some(Ready { whole: whole.clone(), chain, args: args.to_vec(), names: names.clone() })
}

fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Alias(alias) => bare(&alias.expr),
        other => other,
    }
}

fn replace(expr: Expr, replacements: &[(Expr, Expr)]) -> Result<Expr> {
    expr.transform_down(|node| {
        Ok(match replacements.iter().find(|(part, _)| part == &node) {
            Some((_, by)) => Transformed::new(by.clone(), true, TreeNodeRecursion::Jump),
            None => Transformed::no(node),
        })
    })
    .map(|done| done.data)
}

/// The plan with a column for each of these expressions, and the columns.
pub(crate) fn with_columns(plan: LogicalPlan, exprs: Vec<Expr>) -> Result<(LogicalPlan, Vec<Expr>)> {
    let mut arguments = Arguments::new(&plan);
    for expr in exprs {
        arguments.push(expr);
    }
    arguments.project(plan)
}

/// The arguments of a node's calls, each once; those that are not columns are computed below.
pub(super) struct Arguments {
    input: Vec<Column>,
    exprs: Vec<Expr>,
    columns: Vec<Expr>,
    computed: Vec<Expr>,
}

impl Arguments {
    pub(super) fn new(input: &LogicalPlan) -> Self {
        Self { input: input.schema().columns(), exprs: Vec::new(), columns: Vec::new(), computed: Vec::new() }
    }

    /// The position of an argument among the node's expressions.
    pub(super) fn position(&mut self, arg: Expr) -> usize {
        let arg = bare(&arg).clone();
        if let Some(known) = self.exprs.iter().position(|expr| expr == &arg && !expr.is_volatile()) {
            return known;
        }
        self.push(arg)
    }

    /// As [`Arguments::position`], always at the end.
    pub(super) fn push(&mut self, arg: Expr) -> usize {
        let arg = bare(&arg).clone();
        let column = match &arg {
            Expr::Column(_) => arg.clone(),
            _ => {
                let name = fresh_column("argument");
                self.computed.push(arg.clone().alias(&name));
                Expr::Column(Column::new_unqualified(name))
            }
        };
        self.exprs.push(arg);
        self.columns.push(column);
        self.exprs.len() - 1
    }

    /// The plan that has them as columns, and the columns.
    pub(super) fn project(self, plan: LogicalPlan) -> Result<(LogicalPlan, Vec<Expr>)> {
        if self.computed.is_empty() {
            return Ok((plan, self.columns));
        }
        let all: Vec<Expr> = self.input.into_iter().map(Expr::Column).chain(self.computed).collect();
        Ok((LogicalPlanBuilder::from(plan).project(all)?.build()?, self.columns))
    }
}
