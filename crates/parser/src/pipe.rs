//! Pipe operators: `FROM t |> WHERE a > 1 |> SELECT b`. Each takes the rows so far and gives other rows.

use firesteel_error::{Result, SparkError};
use spark_connect_proto as proto;
use spark_connect_proto::aggregate::GroupType;
use spark_connect_proto::relation::RelType;
use spark_connect_proto::{Expression, Relation};
use sqlparser::ast::{
    AssignmentTarget, ExprWithAliasAndOrderBy, PipeOperator, Query, SelectItem, SetOperator, SetQuantifier,
};

use crate::expression::{alias, attribute, star};
use crate::planner::{Planner, input, relation};
use crate::query::{set_operation, sort};
use crate::{error, identifier};

impl Planner<'_, '_> {
    /// The rows that `operator` makes of `plan`.
    pub(crate) fn piped(&mut self, plan: Relation, operator: &PipeOperator) -> Result<Relation> {
        match operator {
            PipeOperator::Where { expr } => self.filter(Some(plan), expr),
            PipeOperator::Select { exprs } => self.listed(plan, exprs, Vec::new()),
            PipeOperator::Extend { exprs } => self.listed(plan, exprs, vec![star(None)]),
            PipeOperator::OrderBy { exprs } => self.operator(|planner| {
                let order = exprs.iter().map(|item| planner.sort_order(item)).collect::<Result<Vec<_>>>()?;
                Ok(sort(plan, order, true))
            }),
            PipeOperator::Limit { expr, offset } => {
                let mut plan = plan;
                if let Some(offset) = offset {
                    let offset = self.row_count(offset, "offset")?;
                    plan = relation(RelType::Offset(Box::new(proto::Offset { input: input(plan), offset })));
                }
                let limit = self.row_count(expr, "limit")?;
                Ok(relation(RelType::Limit(Box::new(proto::Limit { input: input(plan), limit }))))
            }
            PipeOperator::As { alias } => Ok(relation(RelType::SubqueryAlias(Box::new(proto::SubqueryAlias {
                input: input(plan),
                alias: alias.value.clone(),
                qualifier: vec![],
            })))),
            PipeOperator::Drop { columns } => Ok(relation(RelType::Drop(Box::new(proto::Drop {
                input: input(plan),
                columns: columns.iter().map(|name| attribute([name.value.as_str()])).collect(),
                column_names: vec![],
            })))),
            PipeOperator::Set { assignments } => {
                let set = |plan: Result<Relation>, assignment| self.assigned(plan?, assignment);
                assignments.iter().fold(Ok(plan), set)
            }
            PipeOperator::Aggregate { full_table_exprs, group_by_expr } => {
                self.aggregated(plan, full_table_exprs, group_by_expr)
            }
            PipeOperator::Union { set_quantifier, queries } => {
                self.combined(plan, SetOperator::Union, *set_quantifier, queries)
            }
            PipeOperator::Intersect { set_quantifier, queries } => {
                self.combined(plan, SetOperator::Intersect, *set_quantifier, queries)
            }
            PipeOperator::Except { set_quantifier, queries } => {
                self.combined(plan, SetOperator::Except, *set_quantifier, queries)
            }
            PipeOperator::Join(join) => self.join(plan, join),
            PipeOperator::TableSample { sample } => crate::sample::apply(self, plan, sample),
            PipeOperator::Rename { .. }
            | PipeOperator::Call { .. }
            | PipeOperator::Pivot { .. }
            | PipeOperator::Unpivot { .. } => {
                let text = operator.to_string();
                let name = text.split([' ', '(']).next().unwrap_or_default();
                Err(SparkError::unsupported(format!("the pipe operator |> {name}")))
            }
        }
    }

    fn listed(&mut self, plan: Relation, items: &[SelectItem], before: Vec<Expression>) -> Result<Relation> {
        self.operator(|planner| {
            let mut expressions = before;
            for item in items {
                expressions.push(planner.select_item(item)?);
            }
            Ok(relation(RelType::Project(Box::new(proto::Project { input: input(plan), expressions }))))
        })
    }

    /// `SET a = expression`
    fn assigned(&mut self, plan: Relation, assignment: &sqlparser::ast::Assignment) -> Result<Relation> {
        let AssignmentTarget::ColumnName(name) = &assignment.target else {
            return Err(error::at_node(self.source, &assignment.value));
        };
        let name = identifier::parts(name)?.pop().unwrap_or_default();
        self.operator(|planner| {
            let value = planner.expression(&assignment.value)?;
            let named = proto::expression::Alias { expr: Some(Box::new(value)), name: vec![name], metadata: None };
            Ok(relation(RelType::WithColumns(Box::new(proto::WithColumns {
                input: input(plan),
                aliases: vec![named],
            }))))
        })
    }

    /// `AGGREGATE items [GROUP BY keys]`: the keys, then the items.
    fn aggregated(
        &mut self,
        plan: Relation,
        items: &[ExprWithAliasAndOrderBy],
        keys: &[ExprWithAliasAndOrderBy],
    ) -> Result<Relation> {
        self.operator(|planner| {
            let mut named = |items: &[ExprWithAliasAndOrderBy]| {
                let one = |item: &ExprWithAliasAndOrderBy| {
                    let value = planner.expression(&item.expr.expr)?;
                    Ok(match &item.expr.alias {
                        Some(name) => alias(value, vec![name.value.clone()]),
                        None => value,
                    })
                };
                items.iter().map(one).collect::<Result<Vec<_>>>()
            };
            let aggregate = proto::Aggregate {
                input: input(plan),
                group_type: GroupType::Groupby.into(),
                aggregate_expressions: named(items)?,
                grouping_expressions: named(keys)?,
                ..Default::default()
            };
            Ok(relation(RelType::Aggregate(Box::new(aggregate))))
        })
    }

    fn combined(
        &mut self,
        plan: Relation,
        operator: SetOperator,
        quantifier: SetQuantifier,
        queries: &[Query],
    ) -> Result<Relation> {
        let mut plan = plan;
        for query in queries {
            plan = set_operation(plan, self.query(query)?, operator, quantifier);
        }
        Ok(plan)
    }
}
