//! `SELECT`: from its `FROM` outwards to its hints.

use firesteel_error::{Result, SparkError};
use spark_connect_proto as proto;
use spark_connect_proto::relation::RelType;
use spark_connect_proto::{Expression, Relation};
use sqlparser::ast::{
    Distinct, Expr, GroupByExpr, Ident, Select, SelectFlavor, SelectItem, SelectItemQualifiedWildcardKind,
    WildcardAdditionalOptions,
};

use crate::expression::{alias, attribute, call, star};
use crate::planner::{Planner, input, relation};
use crate::query::{distinct, sort};
use crate::{encoding, error, hint, identifier};

impl Planner<'_, '_> {
    /// The relation of a `SELECT`.
    pub(crate) fn select(&mut self, select: &Select) -> Result<Relation> {
        let refused = select.top.is_some()
            || select.into.is_some()
            || select.exclude.is_some()
            || select.prewhere.is_some()
            || !select.connect_by.is_empty()
            || !select.lateral_views.is_empty()
            || matches!(select.distinct, Some(Distinct::On(_)));
        if refused {
            return Err(error::at_node(self.source, select));
        }
        let mut plan = self.joined_tables(&select.from)?;
        if let Some(condition) = &select.selection {
            plan = Some(self.filter(plan, condition)?);
        }
        if matches!(select.flavor, SelectFlavor::FromFirstNoSelect) {
            return plan.ok_or_else(|| error::at_end(""));
        }
        let windows = self.windows.len();
        let outer_windows = self.define_windows(&select.named_window);
        let plan = outer_windows.and_then(|()| self.select_list(select, plan));
        self.windows.truncate(windows);
        let mut plan = plan?;
        if matches!(select.distinct, Some(Distinct::Distinct)) {
            plan = distinct(plan);
        }
        for hints in select.optimizer_hints.iter().rev() {
            plan = hint::apply(plan, &hints.text)?;
        }
        self.distribution(select, plan)
    }

    /// `WHERE`, `HAVING`
    pub(crate) fn filter(&mut self, plan: Option<Relation>, condition: &Expr) -> Result<Relation> {
        self.operator(|planner| {
            let condition = Some(planner.expression(condition)?);
            Ok(relation(RelType::Filter(Box::new(proto::Filter { input: plan.map(Box::new), condition }))))
        })
    }

    fn select_list(&mut self, select: &Select, plan: Option<Relation>) -> Result<Relation> {
        let is_aggregate = match &select.group_by {
            GroupByExpr::All(_) => true,
            GroupByExpr::Expressions(keys, _) => !keys.is_empty() || select.having.is_some(),
        };
        let mut plan = self.operator(|planner| {
            let items = select.projection.iter().map(|item| planner.select_item(item)).collect::<Result<Vec<_>>>()?;
            if is_aggregate {
                return planner.aggregate(plan, &select.group_by, items);
            }
            Ok(relation(RelType::Project(Box::new(proto::Project { input: plan.map(Box::new), expressions: items }))))
        })?;
        if let Some(condition) = &select.having {
            plan = self.filter(Some(plan), condition)?;
        }
        match &select.qualify {
            Some(condition) => self.operator(|planner| {
                let condition = Some(call(encoding::QUALIFY, vec![planner.expression(condition)?]));
                Ok(relation(RelType::Filter(Box::new(proto::Filter { input: input(plan), condition }))))
            }),
            None => Ok(plan),
        }
    }

    /// `DISTRIBUTE BY`, `SORT BY`, `CLUSTER BY`
    fn distribution(&mut self, select: &Select, plan: Relation) -> Result<Relation> {
        let mut plan = plan;
        let keys = if select.cluster_by.is_empty() { &select.distribute_by } else { &select.cluster_by };
        if !keys.is_empty() {
            plan = self.operator(|planner| {
                let partition_exprs = planner.expressions(keys)?;
                Ok(relation(RelType::RepartitionByExpression(Box::new(proto::RepartitionByExpression {
                    input: input(plan),
                    partition_exprs,
                    num_partitions: None,
                }))))
            })?;
        }
        let by_cluster = select.cluster_by.iter().map(|expr| (expr, Default::default()));
        let by_sort = select.sort_by.iter().map(|order| (&order.expr, order.options));
        let order: Vec<_> = by_cluster.chain(by_sort).collect();
        if order.is_empty() {
            return Ok(plan);
        }
        self.operator(|planner| {
            let order = order
                .iter()
                .map(|(expr, options)| Ok(crate::window::sort_order(planner.expression(expr)?, options)))
                .collect::<Result<Vec<_>>>()?;
            Ok(sort(plan, order, false))
        })
    }

    /// One item of a select list.
    pub(crate) fn select_item(&mut self, item: &SelectItem) -> Result<Expression> {
        match item {
            SelectItem::UnnamedExpr(expr) => self.expression(expr),
            SelectItem::ExprWithAlias { expr, alias: name } => {
                Ok(alias(self.expression(expr)?, vec![self.alias_name(name)?]))
            }
            SelectItem::ExprWithAliases { expr, aliases } => {
                let names = aliases.iter().map(|name| self.alias_name(name)).collect::<Result<_>>()?;
                Ok(alias(self.expression(expr)?, names))
            }
            SelectItem::Wildcard(options) => self.star_with_options(None, options),
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), options) => {
                let target = identifier::join(identifier::parts(name)?.iter().map(String::as_str));
                self.star_with_options(Some(target), options)
            }
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(expr), options) => match expr {
                Expr::Identifier(ident) => {
                    self.star_with_options(Some(identifier::join([ident.value.as_str()])), options)
                }
                Expr::CompoundIdentifier(idents) => {
                    let target = identifier::join(idents.iter().map(|ident| ident.value.as_str()));
                    self.star_with_options(Some(target), options)
                }
                _ => Err(SparkError::unsupported("the fields (.*) of an expression that is no column")),
            },
        }
    }

    /// A name, which must not be a string.
    fn alias_name(&self, name: &Ident) -> Result<String> {
        match name.quote_style {
            None | Some('`') => Ok(name.value.clone()),
            Some(_) => Err(error::at_span(self.source, name.span)),
        }
    }

    /// `*` and what may follow it.
    pub(crate) fn star_with_options(
        &mut self,
        target: Option<String>,
        options: &WildcardAdditionalOptions,
    ) -> Result<Expression> {
        let star = star(target);
        match &options.opt_except {
            None => Ok(star),
            Some(except) => {
                let names = std::iter::once(&except.first_element).chain(&except.additional_elements);
                let mut arguments = vec![star];
                arguments.extend(names.map(|name| attribute([name.value.as_str()])));
                Ok(call(encoding::STAR_EXCEPT, arguments))
            }
        }
    }

    /// The expression of a text given to `expr()`: it may have an alias.
    pub(crate) fn top_expression(&mut self, item: &SelectItem) -> Result<Expression> {
        let mut expression = None;
        self.operator(|planner| {
            expression = Some(planner.select_item(item)?);
            Ok(Relation::default())
        })
        .and_then(|plan| match plan.rel_type {
            None => expression.ok_or_else(|| error::at_end("")),
            Some(_) => Err(SparkError::unsupported("a subquery in an expression outside of a query")),
        })
    }
}
