//! Queries: common table expressions, set operations, `ORDER BY`, `LIMIT`, `OFFSET`.

use firesteel_error::{Exception, Result, SparkError};
use spark_connect_proto as proto;
use spark_connect_proto::Relation;
use spark_connect_proto::relation::RelType;
use spark_connect_proto::set_operation::SetOpType;
use sqlparser::ast::{
    Cte, Expr, LimitClause, OrderByKind, Query, SetExpr, SetOperator, SetQuantifier, Spanned, TableAlias,
};

use crate::expression::attribute;
use crate::function::constant_integer;
use crate::planner::{Planner, input, relation};
use crate::{encoding, error, literal, window};

impl Planner<'_, '_> {
    /// The relation of a query.
    pub(crate) fn query(&mut self, query: &Query) -> Result<Relation> {
        self.deeper(|planner| {
            let (ctes, windows) = (planner.ctes.len(), planner.windows.len());
            let plan = planner.query_here(query);
            planner.ctes.truncate(ctes);
            planner.windows.truncate(windows);
            plan
        })
    }

    fn query_here(&mut self, query: &Query) -> Result<Relation> {
        if let Some(with) = &query.with {
            let name = |cte: &Cte| cte.alias.name.value.to_lowercase();
            let again = |(index, cte): &(usize, &Cte)| with.cte_tables[..*index].iter().any(|c| name(c) == name(cte));
            if let Some((_, cte)) = with.cte_tables.iter().enumerate().find(again) {
                return Err(SparkError::new("DUPLICATED_CTE_NAMES")
                    .param("duplicateNames", format!("`{}`", name(cte)))
                    .with_exception(Exception::Parse));
            }
            for cte in &with.cte_tables {
                if with.recursive { self.define_recursive(cte)? } else { self.define_cte(cte)? }
            }
        }
        if !query.locks.is_empty() || query.fetch.is_some() || query.for_clause.is_some() {
            return Err(error::at_node(self.source, query));
        }
        let mut plan = self.set_expression(&query.body)?;
        if let Some(order_by) = &query.order_by {
            plan = self.operator(|planner| planner.order_by(plan, &order_by.kind))?;
        }
        plan = self.limit(plan, query.limit_clause.as_ref())?;
        for operator in &query.pipe_operators {
            plan = self.piped(plan, operator)?;
        }
        Ok(plan)
    }

    /// Puts a common table expression into scope.
    pub(crate) fn define_cte(&mut self, cte: &Cte) -> Result<()> {
        let name = cte.alias.name.value.clone();
        let plan = self.query(&cte.query)?;
        let plan = aliased(plan, &TableAlias { explicit: true, ..cte.alias.clone() });
        self.ctes.push((name, plan));
        Ok(())
    }

    /// Puts a common table expression into scope that may refer to itself, as `start UNION [ALL] step`.
    fn define_recursive(&mut self, cte: &Cte) -> Result<()> {
        let name = cte.alias.name.value.clone();
        let SetExpr::SetOperation { op: SetOperator::Union, set_quantifier, left, right } = cte.query.body.as_ref()
        else {
            return self.define_cte(cte);
        };
        let alias = TableAlias { explicit: true, ..cte.alias.clone() };
        let outer = self.ctes.len();
        if let Some(with) = &cte.query.with {
            with.cte_tables.iter().try_for_each(|inner| self.define_cte(inner))?;
        }
        let start = self.set_expression(left)?;
        let id = format!("{name}_{}", self.next_id());
        let before = crate::from::read_table(&[encoding::RECURSIVE.to_string(), id.clone()], false);
        self.ctes.push((name.clone(), aliased(before, &alias)));
        let step = self.set_expression(right);
        self.ctes.truncate(outer);
        let step = step?;
        let unique = !matches!(set_quantifier, SetQuantifier::All);
        let plan = self.operator(|planner| {
            let (start, step) = (planner.subquery(start), planner.subquery(step));
            let arguments =
                vec![literal::string(id), literal::long(start), literal::long(step), literal::boolean(unique)];
            Ok(relation(RelType::UnresolvedTableValuedFunction(proto::UnresolvedTableValuedFunction {
                function_name: encoding::RECURSIVE.to_string(),
                arguments,
            })))
        })?;
        self.ctes.push((name, aliased(plan, &alias)));
        Ok(())
    }

    fn order_by(&mut self, plan: Relation, kind: &OrderByKind) -> Result<Relation> {
        let order = match kind {
            OrderByKind::All(options) => vec![window::sort_order(attribute(["ALL"]), options)],
            OrderByKind::Expressions(items) => {
                items.iter().map(|item| self.sort_order(item)).collect::<Result<Vec<_>>>()?
            }
        };
        Ok(sort(plan, order, true))
    }

    fn limit(&mut self, plan: Relation, clause: Option<&LimitClause>) -> Result<Relation> {
        let (limit, offset) = match clause {
            None => return Ok(plan),
            Some(LimitClause::LimitOffset { limit, offset, .. }) => {
                (limit.as_ref(), offset.as_ref().map(|offset| &offset.value))
            }
            Some(LimitClause::OffsetCommaLimit { offset, .. }) => return Err(error::at_node(self.source, offset)),
        };
        let mut plan = plan;
        if let Some(offset) = offset {
            let offset = self.row_count(offset, "offset")?;
            plan = relation(RelType::Offset(Box::new(proto::Offset { input: input(plan), offset })));
        }
        if let Some(limit) =
            limit.filter(|limit| !matches!(limit, Expr::Identifier(i) if i.value.eq_ignore_ascii_case("all")))
        {
            let limit = self.row_count(limit, "limit")?;
            plan = relation(RelType::Limit(Box::new(proto::Limit { input: input(plan), limit })));
        }
        Ok(plan)
    }

    /// A number of rows: a constant, or a parameter that is one.
    pub(crate) fn row_count(&mut self, expr: &Expr, clause: &str) -> Result<i32> {
        use spark_connect_proto::expression::{ExprType, Literal, literal::LiteralType};
        let value = match constant_integer(expr) {
            Some(value) => Some(value),
            None => match self.expression(expr)?.expr_type {
                Some(ExprType::Literal(Literal { literal_type: Some(LiteralType::Integer(v)), .. })) => Some(v.into()),
                Some(ExprType::Literal(Literal { literal_type: Some(LiteralType::Long(v)), .. })) => Some(v),
                _ => None,
            },
        };
        let no_number = match &expr {
            Expr::Value(value) => match &value.value {
                sqlparser::ast::Value::SingleQuotedString(text) => Some((text.as_str(), "\"STRING\"")),
                sqlparser::ast::Value::Null => Some(("NULL", "\"VOID\"")),
                _ => None,
            },
            _ => None,
        };
        if let Some((shown, data_type)) = no_number {
            return Err(SparkError::new("INVALID_LIMIT_LIKE_EXPRESSION.DATA_TYPE")
                .param("name", clause)
                .param("expr", format!("\"{shown}\""))
                .param("dataType", data_type)
                .with_exception(Exception::Analysis));
        }
        let value = value.ok_or_else(|| {
            let text = self.source.slice(expr.span());
            SparkError::new("INVALID_LIMIT_LIKE_EXPRESSION.IS_UNFOLDABLE")
                .param("name", clause)
                .param("expr", format!("\"{text}\""))
                .with_exception(Exception::Analysis)
        })?;
        match i32::try_from(value) {
            Ok(count) if count >= 0 => Ok(count),
            _ => Err(SparkError::new("INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE")
                .param("name", clause)
                .param("expr", format!("\"{value}\""))
                .param("v", value.to_string())
                .with_exception(Exception::Analysis)),
        }
    }

    /// Set operations group to the left; a long chain is read without recursion.
    fn set_expression(&mut self, body: &SetExpr) -> Result<Relation> {
        let mut operations = Vec::new();
        let mut first = body;
        while let SetExpr::SetOperation { left, op, set_quantifier, right } = first {
            operations.push((*op, *set_quantifier, &**right));
            first = left;
        }
        if operations.len() > crate::stack::DEPTH_MAX {
            return Err(crate::stack::too_complex());
        }
        let mut plan = match first {
            SetExpr::Select(select) => self.select(select)?,
            SetExpr::Query(query) => self.query(query)?,
            SetExpr::Values(values) => self.operator(|planner| planner.values(values))?,
            SetExpr::Table(table) => {
                let parts = [table.schema_name.as_deref(), table.table_name.as_deref()];
                self.table(&parts.into_iter().flatten().map(str::to_string).collect::<Vec<_>>())
            }
            other => return Err(error::at_node(self.source, other)),
        };
        for (op, quantifier, right) in operations.into_iter().rev() {
            let right = self.deeper(|planner| planner.set_expression(right))?;
            plan = set_operation(plan, right, op, quantifier);
        }
        Ok(plan)
    }
}

pub(crate) fn set_operation(left: Relation, right: Relation, op: SetOperator, quantifier: SetQuantifier) -> Relation {
    let kind = match op {
        SetOperator::Union => SetOpType::Union,
        SetOperator::Intersect => SetOpType::Intersect,
        SetOperator::Except | SetOperator::Minus => SetOpType::Except,
    };
    let all = matches!(quantifier, SetQuantifier::All | SetQuantifier::AllByName);
    let by_name =
        matches!(quantifier, SetQuantifier::ByName | SetQuantifier::AllByName | SetQuantifier::DistinctByName);
    // As clients do, a distinct union is a union of all rows, deduplicated.
    let is_union = kind == SetOpType::Union;
    let plan = relation(RelType::SetOp(Box::new(proto::SetOperation {
        left_input: input(left),
        right_input: input(right),
        set_op_type: kind.into(),
        is_all: Some(all || is_union),
        by_name: Some(by_name),
        allow_missing_columns: Some(false),
    })));
    if is_union && !all { distinct(plan) } else { plan }
}

/// `SELECT DISTINCT`
pub(crate) fn distinct(plan: Relation) -> Relation {
    relation(RelType::Deduplicate(Box::new(proto::Deduplicate {
        input: input(plan),
        column_names: vec![],
        all_columns_as_keys: Some(true),
        within_watermark: Some(false),
    })))
}

/// `ORDER BY`, or within partitions `SORT BY`.
pub(crate) fn sort(plan: Relation, order: Vec<proto::expression::SortOrder>, is_global: bool) -> Relation {
    relation(RelType::Sort(Box::new(proto::Sort { input: input(plan), order, is_global: Some(is_global) })))
}

/// `plan AS name(columns)`
pub(crate) fn aliased(plan: Relation, alias: &TableAlias) -> Relation {
    let column_names: Vec<String> = alias.columns.iter().map(|column| column.name.value.clone()).collect();
    let plan = if column_names.is_empty() {
        plan
    } else {
        relation(RelType::ToDf(Box::new(proto::ToDf { input: input(plan), column_names })))
    };
    relation(RelType::SubqueryAlias(Box::new(proto::SubqueryAlias {
        input: input(plan),
        alias: alias.name.value.clone(),
        qualifier: vec![],
    })))
}
