//! Joins whose right side looks at each row of the left: `LATERAL (SELECT ..)`, and subqueries that DataFusion cannot take
//! apart by itself.
//!
//! The distinct values of the left columns that the right side looks at are its *domain*. The right side is rewritten to
//! give its rows for each value of the domain, with the value beside them: the domain is joined in where the plan does not
//! look outside any more, and above that every operator works for each value by itself (it is grouped by, partitioned by,
//! joined on). What remains is a plain join on the domain. This is the unnesting of Neumann and Kemper, "Unnesting
//! Arbitrary Queries" (2015).

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, JoinType, ScalarValue};
use datafusion::functions_window::row_number::row_number_udwf;
use datafusion::logical_expr::expr::{WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::{
    Aggregate, Distinct, Expr, FetchType, Join, Limit, LogicalPlan, SkipType, SortExpr, Union, WindowFrame,
    WindowFrameBound, WindowFrameUnits, WindowFunctionDefinition,
};
use firesteel_error::{Result, SparkError};

use super::{build, join};
use crate::analyzed::Analyzed;
use crate::attribute::{Attribute, fresh_column};
use crate::error::from_datafusion;

/// The join of `left` with `right`, which refers to columns of `left` as outer columns.
pub(super) fn join(left: Analyzed, right: Analyzed, kind: JoinType, condition: Option<Expr>) -> Result<Analyzed> {
    let domain = Domain::of(&left.plan, &right.plan)?;
    if domain.columns.is_empty() {
        return join::on_condition(left, right, kind, condition);
    }
    let (plan, names) = domain.depend(&right.plan)?;
    let matched = domain.columns.iter().zip(&names).map(|(outer, name)| same(column(outer), column(name)));
    let all = matched.chain(condition).reduce(Expr::and);
    join::on_condition(left, Analyzed { plan, ..right }, kind, all)
}

/// The left columns that a plan looks at.
struct Domain<'a> {
    left: &'a LogicalPlan,
    columns: Vec<String>,
}

/// A plan with the names of the domain's columns in it.
type Dependent = (LogicalPlan, Vec<String>);

fn column(name: &str) -> Expr {
    Expr::Column(Column::new_unqualified(name))
}

/// Equality in which NULL equals NULL.
fn same(a: Expr, b: Expr) -> Expr {
    datafusion::logical_expr::binary_expr(a, datafusion::logical_expr::Operator::IsNotDistinctFrom, b)
}

fn is_outer(expr: &Expr, columns: &[String]) -> bool {
    expr.exists(|node| Ok(matches!(node, Expr::OuterReferenceColumn(_, c) if columns.contains(&c.name))))
        .unwrap_or(false)
}

impl<'a> Domain<'a> {
    fn of(left: &'a LogicalPlan, right: &LogicalPlan) -> Result<Self> {
        let own: Vec<String> = left.schema().fields().iter().map(|field| field.name().clone()).collect();
        let mut columns = Vec::new();
        right
            .apply(|node| {
                node.apply_expressions(|expr| {
                    expr.apply(|part| {
                        if let Expr::OuterReferenceColumn(_, c) = part
                            && own.contains(&c.name)
                            && !columns.contains(&c.name)
                        {
                            columns.push(c.name.clone());
                        }
                        Ok(TreeNodeRecursion::Continue)
                    })
                })
            })
            .map_err(from_datafusion)?;
        Ok(Self { left, columns })
    }

    /// The domain as a relation, under names of its own.
    fn relation(&self) -> Result<Dependent> {
        let names: Vec<String> = self.columns.iter().map(|name| fresh_column(name)).collect();
        let exprs: Vec<Expr> = self.columns.iter().zip(&names).map(|(old, new)| column(old).alias(new)).collect();
        Ok((build(self.left.clone(), |b| b.project(exprs)?.distinct())?, names))
    }

    fn looks_outside(&self, plan: &LogicalPlan) -> bool {
        plan.exists(|node| {
            let mut found = false;
            node.apply_expressions(|expr| {
                found |= is_outer(expr, &self.columns);
                Ok(TreeNodeRecursion::Continue)
            })?;
            Ok(found)
        })
        .unwrap_or(true)
    }

    /// The expression over the domain's columns of an input.
    fn inside(&self, expr: Expr, names: &[String]) -> Result<Expr> {
        expr.transform_down(|node| {
            let Expr::OuterReferenceColumn(_, outer) = &node else { return Ok(Transformed::no(node)) };
            Ok(match self.columns.iter().position(|name| name == &outer.name) {
                Some(at) => Transformed::yes(column(&names[at])),
                None => Transformed::no(node),
            })
        })
        .map(|t| t.data)
        .map_err(from_datafusion)
    }

    /// The plan for each value of the domain.
    fn depend(&self, plan: &LogicalPlan) -> Result<Dependent> {
        if !self.looks_outside(plan) {
            let (domain, names) = self.relation()?;
            return Ok((build(domain, |b| b.cross_join(plan.clone()))?, names));
        }
        match plan {
            LogicalPlan::Projection(node) => {
                let (input, names) = self.depend(&node.input)?;
                let mut exprs = Vec::with_capacity(node.expr.len() + names.len());
                for (expr, field) in node.expr.iter().zip(node.schema.fields()) {
                    let inner = self.inside(expr.clone().unalias(), &names)?;
                    let kept = matches!(&inner, Expr::Column(c) if &c.name == field.name());
                    exprs.push(if kept { inner } else { inner.alias(field.name()) });
                }
                exprs.extend(names.iter().map(|name| column(name)));
                Ok((build(input, |b| b.project(exprs))?, names))
            }
            LogicalPlan::Filter(node) => {
                let (input, names) = self.depend(&node.input)?;
                let predicate = self.inside(node.predicate.clone(), &names)?;
                Ok((build(input, |b| b.filter(predicate))?, names))
            }
            LogicalPlan::Aggregate(node) => self.aggregate(node),
            LogicalPlan::Distinct(Distinct::All(input)) => {
                let (input, names) = self.depend(input)?;
                Ok((build(input, |b| b.distinct())?, names))
            }
            // The order is lost in the join above; a limit looks at it before.
            LogicalPlan::Sort(node) if node.fetch.is_none() => self.depend(&node.input),
            LogicalPlan::Limit(node) => self.limit(node),
            LogicalPlan::Join(node) => self.join(node),
            LogicalPlan::Union(node) => self.union(node),
            LogicalPlan::Unnest(node) => {
                let (input, names) = self.depend(&node.input)?;
                let columns = node.exec_columns.clone();
                let options = node.options.clone();
                Ok((build(input, |b| b.unnest_columns_with_options(columns, options))?, names))
            }
            LogicalPlan::Window(node) => {
                let (input, names) = self.depend(&node.input)?;
                let calls =
                    node.window_expr.iter().map(|expr| self.windowed(expr, &names)).collect::<Result<Vec<_>>>()?;
                Ok((build(input, |b| b.window(calls))?, names))
            }
            LogicalPlan::Extension(node) if node.node.inputs().len() == 1 => {
                let (input, names) = self.depend(node.node.inputs()[0])?;
                let exprs = node.node.expressions().into_iter().map(|expr| self.inside(expr, &names));
                let exprs = exprs.collect::<Result<Vec<_>>>()?;
                Ok((plan.with_new_exprs(exprs, vec![input]).map_err(from_datafusion)?, names))
            }
            other => Err(SparkError::unsupported(format!(
                "A subquery that looks at the query around it from within a {}",
                other.display()
            ))),
        }
    }

    /// Groups within each value of the domain. Without grouping expressions a value without rows has a group too.
    fn aggregate(&self, node: &Aggregate) -> Result<Dependent> {
        let (input, names) = self.depend(&node.input)?;
        let mut groups = Vec::with_capacity(node.group_expr.len() + names.len());
        for (expr, field) in node.group_expr.iter().zip(node.schema.fields()) {
            let inner = self.inside(expr.clone().unalias(), &names)?;
            let kept = matches!(&inner, Expr::Column(c) if &c.name == field.name());
            groups.push(if kept { inner } else { inner.alias(field.name()) });
        }
        groups.extend(names.iter().map(|name| column(name)));
        let fields = &node.schema.fields()[node.group_expr.len()..];
        let mut calls = Vec::with_capacity(node.aggr_expr.len());
        for (expr, field) in node.aggr_expr.iter().zip(fields) {
            calls.push(self.inside(expr.clone().unalias(), &names)?.alias(field.name()));
        }
        let grouped = build(input, |b| b.aggregate(groups, calls))?;
        if !node.group_expr.is_empty() {
            return Ok((grouped, names));
        }
        let (domain, all) = self.relation()?;
        let matched = all.iter().zip(&names).map(|(a, b)| same(column(a), column(b))).reduce(Expr::and);
        let joined = build(domain, |b| b.join_on(grouped, JoinType::Left, matched))?;
        let mut exprs: Vec<Expr> = all.iter().map(|name| column(name)).collect();
        for (expr, field) in node.aggr_expr.iter().zip(fields) {
            let value = column(field.name());
            exprs.push(if counts(expr) {
                let zero = Expr::Literal(ScalarValue::Int64(Some(0)), None);
                datafusion::functions::core::expr_fn::coalesce(vec![value, zero]).alias(field.name())
            } else {
                value
            });
        }
        Ok((build(joined, |b| b.project(exprs))?, all))
    }

    /// The first rows of each value of the domain, by their number.
    fn limit(&self, node: &Limit) -> Result<Dependent> {
        let (Ok(SkipType::Literal(skip)), Ok(FetchType::Literal(fetch))) =
            (node.get_skip_type(), node.get_fetch_type())
        else {
            return Err(SparkError::unsupported("A LIMIT in a subquery that is no constant"));
        };
        let (input, order) = match node.input.as_ref() {
            LogicalPlan::Sort(sort) => (sort.input.as_ref(), sort.expr.clone()),
            other => (other, Vec::new()),
        };
        let (input, names) = self.depend(input)?;
        let order = order
            .into_iter()
            .map(|sort| Ok(SortExpr { expr: self.inside(sort.expr, &names)?, ..sort }))
            .collect::<Result<Vec<_>>>()?;
        let number = fresh_column("number");
        let call = Expr::WindowFunction(Box::new(WindowFunction {
            fun: WindowFunctionDefinition::WindowUDF(row_number_udwf()),
            params: WindowFunctionParams {
                args: Vec::new(),
                partition_by: names.iter().map(|name| column(name)).collect(),
                window_frame: WindowFrame::new_bounds(
                    WindowFrameUnits::Rows,
                    WindowFrameBound::Preceding(ScalarValue::UInt64(None)),
                    WindowFrameBound::CurrentRow,
                ),
                order_by: order,
                filter: None,
                null_treatment: None,
                distinct: false,
            },
        }));
        let kept: Vec<Expr> = input.schema().fields().iter().map(|field| column(field.name())).collect();
        let bound = |n: usize| Expr::Literal(ScalarValue::UInt64(Some(n as u64)), None);
        let mut test = column(&number).gt(bound(skip));
        if let Some(fetch) = fetch {
            test = test.and(column(&number).lt_eq(bound(skip.saturating_add(fetch))));
        }
        Ok((build(input, |b| b.window(vec![call.alias(&number)])?.filter(test)?.project(kept))?, names))
    }

    fn windowed(&self, expr: &Expr, names: &[String]) -> Result<Expr> {
        let inner = self.inside(expr.clone(), names)?;
        inner
            .transform_down(|node| match node {
                Expr::WindowFunction(mut window) => {
                    window.params.partition_by.extend(names.iter().map(|name| column(name)));
                    Ok(Transformed::new(Expr::WindowFunction(window), true, TreeNodeRecursion::Jump))
                }
                other => Ok(Transformed::no(other)),
            })
            .map(|t| t.data)
            .map_err(from_datafusion)
    }

    /// A join: a side that looks outside works for each value, and the other one too where rows must stay apart.
    fn join(&self, node: &Join) -> Result<Dependent> {
        let (left_looks, right_looks) = (self.looks_outside(&node.left), self.looks_outside(&node.right));
        let keeps_left =
            matches!(node.join_type, JoinType::Inner | JoinType::Left | JoinType::LeftSemi | JoinType::LeftAnti);
        let keeps_right = matches!(node.join_type, JoinType::Inner | JoinType::Right);
        let mut conditions: Vec<Expr> = node.on.iter().map(|(a, b)| a.clone().eq(b.clone())).collect();
        conditions.extend(node.filter.clone());
        let plain = |plan: &LogicalPlan| (plan.clone(), Vec::new());
        let (left, right) = match (left_looks, right_looks) {
            (true, false) if keeps_left => (self.depend(&node.left)?, plain(&node.right)),
            (false, true) if keeps_right => (plain(&node.left), self.depend(&node.right)?),
            (false, false) if keeps_left => {
                let (domain, names) = self.relation()?;
                ((build(domain, |b| b.cross_join(node.left.as_ref().clone()))?, names), plain(&node.right))
            }
            _ => (self.depend(&node.left)?, self.depend(&node.right)?),
        };
        let names = if left.1.is_empty() { right.1.clone() } else { left.1.clone() };
        if !left.1.is_empty() && !right.1.is_empty() {
            conditions.extend(left.1.iter().zip(&right.1).map(|(a, b)| same(column(a), column(b))));
        }
        let conditions = conditions.into_iter().map(|c| self.inside(c, &names)).collect::<Result<Vec<_>>>()?;
        let plan = build(left.0, |b| {
            if conditions.is_empty() && node.join_type == JoinType::Inner {
                b.cross_join(right.0)
            } else {
                b.join_on(right.0, node.join_type, conditions)
            }
        })?;
        if matches!(node.join_type, JoinType::Full) {
            return Err(SparkError::unsupported("A full join in a subquery that looks at the query around it"));
        }
        let names = if matches!(node.join_type, JoinType::Right) && !right.1.is_empty() { right.1 } else { names };
        Ok((plan, names))
    }

    fn union(&self, node: &Union) -> Result<Dependent> {
        let names: Vec<String> = self.columns.iter().map(|name| fresh_column(name)).collect();
        let mut whole: Option<LogicalPlan> = None;
        for input in &node.inputs {
            let columns: Vec<String> = input.schema().fields().iter().map(|field| field.name().clone()).collect();
            let (branch, own) = self.depend(input)?;
            let mut exprs: Vec<Expr> = columns
                .iter()
                .zip(node.schema.fields())
                .map(|(name, field)| column(name).alias(field.name()))
                .collect();
            exprs.extend(own.iter().zip(&names).map(|(old, new)| column(old).alias(new)));
            let branch = build(branch, |b| b.project(exprs))?;
            whole = Some(match whole {
                Some(whole) => build(whole, |b| b.union(branch))?,
                None => branch,
            });
        }
        whole.map(|plan| (plan, names)).ok_or_else(|| SparkError::internal("a union without inputs"))
    }
}

/// Whether an aggregate gives 0 for no rows.
fn counts(expr: &Expr) -> bool {
    matches!(expr.clone().unalias(), Expr::AggregateFunction(call) if ["count", "approx_distinct", "regr_count"].contains(&call.func.name()))
}

/// The one value of `query`, a relation of one column, for each row of `input`: the input with a column added, and the
/// column. A row for which there are more values is an error, one for which there are none has NULL.
pub(super) fn scalar(input: LogicalPlan, query: &LogicalPlan) -> Result<(LogicalPlan, Expr)> {
    let [field] = query.schema().fields().as_ref() else { return Err(SparkError::internal("a scalar subquery")) };
    let (value, single) = (field.name().clone(), fresh_column("single"));
    let domain = Domain::of(&input, query)?;
    let (plan, names) = domain.depend(query)?;
    let first = |name: &str| {
        let call = datafusion::functions_aggregate::first_last::first_value_udaf();
        crate::function::aggregate_call(call, vec![column(name)])
    };
    let count = crate::function::aggregate_call(
        datafusion::functions_aggregate::count::count_udaf(),
        vec![Expr::Literal(ScalarValue::Int64(Some(1)), None)],
    );
    let rows = fresh_column("rows");
    let groups: Vec<Expr> = names.iter().map(|name| column(name)).collect();
    let gathered = build(plan, |b| b.aggregate(groups, vec![first(&value).alias(&single), count.alias(&rows)]))?;
    let data_type = field.data_type().clone();
    let guard = crate::expression::Kernel::new("single_row", (), data_type, true, |columns| {
        let counts = columns.array(1)?;
        let counts = arrow::array::cast::AsArray::as_primitive::<arrow::datatypes::Int64Type>(counts.as_ref());
        match counts.iter().flatten().any(|count| count > 1) {
            true => Err(too_many_rows().with_exception(firesteel_error::Exception::SparkRuntime)),
            false => columns.array(0),
        }
    });
    let checked = fresh_column("scalarsubquery");
    let mut exprs: Vec<Expr> = names.iter().map(|name| column(name)).collect();
    exprs.push(guard.volatile().call(vec![column(&single), column(&rows)]).alias(&checked));
    let gathered = build(gathered, |b| b.project(exprs))?;
    let matched = domain.columns.iter().zip(&names).map(|(outer, name)| same(column(outer), column(name)));
    let left = Analyzed::new(input.clone(), Vec::<Attribute>::new());
    let right = Analyzed::new(gathered, Vec::new());
    let joined = join::on_condition(left, right, JoinType::Left, matched.reduce(Expr::and))?;
    Ok((joined.plan, column(&checked)))
}

/// Whether `query` has a row, for each row of `input`: the input with a column added, and the test.
pub(super) fn exists(input: LogicalPlan, query: &LogicalPlan) -> Result<(LogicalPlan, Expr)> {
    let mark = fresh_column("exists");
    let domain = Domain::of(&input, query)?;
    if domain.columns.is_empty() {
        let one = Expr::Literal(ScalarValue::Int64(Some(1)), None);
        let count = datafusion::functions_aggregate::count::count_udaf();
        let count = crate::function::aggregate_call(count, vec![one.clone()]).alias(&mark);
        let first = build(query.clone(), |b| b.limit(0, Some(1))?.aggregate(Vec::<Expr>::new(), vec![count]))?;
        return Ok((build(input, |b| b.cross_join(first))?, column(&mark).eq(one)));
    }
    let (plan, names) = domain.depend(query)?;
    let groups: Vec<Expr> = names.iter().map(|name| column(name)).collect();
    let one = Expr::Literal(ScalarValue::Int64(Some(1)), None);
    let count = datafusion::functions_aggregate::count::count_udaf();
    let count = crate::function::aggregate_call(count, vec![one]).alias(&mark);
    let right = build(plan, |b| b.aggregate(groups, vec![count]))?;
    let matched = domain.columns.iter().zip(&names).map(|(outer, name)| same(column(outer), column(name)));
    let (left, right) = (Analyzed::new(input.clone(), Vec::new()), Analyzed::new(right, Vec::new()));
    let joined = join::on_condition(left, right, JoinType::Left, matched.reduce(Expr::and))?;
    Ok((joined.plan, column(&mark).is_not_null()))
}

/// Spark's error for a scalar subquery with more than one row.
pub(crate) fn too_many_rows() -> SparkError {
    SparkError::new("SCALAR_SUBQUERY_TOO_MANY_ROWS").with_exception(firesteel_error::Exception::Spark)
}

/// Whether DataFusion takes a correlated scalar subquery apart by itself: an aggregate without groups over rows that
/// equalities choose.
pub(super) fn is_simple(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Projection(node) => !node.expr.iter().any(Expr::contains_outer) && is_simple(&node.input),
        LogicalPlan::Aggregate(node) => {
            node.group_expr.is_empty() && !node.aggr_expr.iter().any(Expr::contains_outer) && is_chosen(&node.input)
        }
        _ => false,
    }
}

fn is_chosen(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Projection(node) => !node.expr.iter().any(Expr::contains_outer) && is_chosen(&node.input),
        LogicalPlan::Filter(node) => {
            let equal = |part: &&Expr| {
                !part.contains_outer()
                    || matches!(part, Expr::BinaryExpr(b) if b.op == datafusion::logical_expr::Operator::Eq
                        && b.left.contains_outer() != b.right.contains_outer())
            };
            datafusion::logical_expr::utils::split_conjunction(&node.predicate).iter().all(equal)
                && is_chosen(&node.input)
        }
        other => other.all_out_ref_exprs().is_empty(),
    }
}
