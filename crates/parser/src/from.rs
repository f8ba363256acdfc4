//! `FROM`: tables, subqueries, joins, table-valued functions, `VALUES`, samples.

use firesteel_error::{Exception, Result, SparkError};
use spark_connect_proto as proto;
use spark_connect_proto::join::JoinType;
use spark_connect_proto::relation::RelType;
use spark_connect_proto::{Expression, Relation, read};
use sqlparser::ast::{
    Expr, FunctionArg, Join, JoinConstraint, JoinOperator, ObjectName, TableAlias, TableFactor, TableSampleKind,
    TableWithJoins, Values,
};

use crate::expression::call;
use crate::planner::{Planner, input, relation};
use crate::query::aliased;
use crate::{encoding, error, identifier, literal, rewrite};

/// How a table joins what stands before it.
struct Joining {
    kind: JoinType,
    condition: Option<Expression>,
    using: Vec<String>,
}

impl Joining {
    fn of(kind: JoinType) -> Self {
        Self { kind, condition: None, using: vec![] }
    }
}

impl Planner<'_, '_> {
    /// The relation of a `FROM`; none if there is no `FROM`.
    pub(crate) fn joined_tables(&mut self, tables: &[TableWithJoins]) -> Result<Option<Relation>> {
        let mut plan: Option<Relation> = None;
        for table in tables {
            plan = Some(match plan {
                None => self.table_with_joins(table)?,
                Some(left) => {
                    let mut left = self.join_factor(left, &table.relation, Joining::of(JoinType::Cross))?;
                    for join in &table.joins {
                        left = self.join(left, join)?;
                    }
                    left
                }
            });
        }
        Ok(plan)
    }

    fn table_with_joins(&mut self, table: &TableWithJoins) -> Result<Relation> {
        let mut plan = self.operator(|planner| planner.table_factor(&table.relation))?;
        if table.joins.len() > crate::stack::DEPTH_MAX {
            return Err(crate::stack::too_complex());
        }
        for join in &table.joins {
            plan = self.join(plan, join)?;
        }
        Ok(plan)
    }

    pub(crate) fn join(&mut self, left: Relation, join: &Join) -> Result<Relation> {
        let (kind, constraint) = match &join.join_operator {
            JoinOperator::Join(c) | JoinOperator::Inner(c) => (JoinType::Inner, c),
            JoinOperator::Left(c) | JoinOperator::LeftOuter(c) => (JoinType::LeftOuter, c),
            JoinOperator::Right(c) | JoinOperator::RightOuter(c) => (JoinType::RightOuter, c),
            JoinOperator::FullOuter(c) => (JoinType::FullOuter, c),
            JoinOperator::CrossJoin(c) => (JoinType::Cross, c),
            JoinOperator::Semi(c) | JoinOperator::LeftSemi(c) => (JoinType::LeftSemi, c),
            JoinOperator::Anti(c) | JoinOperator::LeftAnti(c) => (JoinType::LeftAnti, c),
            _ => return Err(error::at_node(self.source, &join.relation)),
        };
        self.operator(|planner| {
            let mut joining = Joining::of(kind);
            match constraint {
                JoinConstraint::On(condition) => joining.condition = Some(planner.expression(condition)?),
                JoinConstraint::Using(names) => {
                    joining.using = names.iter().map(identifier::single).collect::<Result<_>>()?;
                }
                JoinConstraint::Natural => joining.using = vec![encoding::NATURAL.to_string()],
                JoinConstraint::None => {}
            }
            planner.join_factor(left, &join.relation, joining)
        })
    }

    fn join_factor(&mut self, left: Relation, factor: &TableFactor, joining: Joining) -> Result<Relation> {
        let (lateral, outer) = match factor {
            TableFactor::Derived { lateral, .. } => (*lateral, false),
            TableFactor::Function { lateral, name, .. } => (*lateral, is_outer(name)),
            _ => (false, false),
        };
        let right = input(self.operator(|planner| planner.table_factor(factor))?);
        let kind = if outer { JoinType::LeftOuter } else { joining.kind };
        Ok(relation(if lateral {
            RelType::LateralJoin(Box::new(proto::LateralJoin {
                left: input(left),
                right,
                join_condition: joining.condition,
                join_type: kind.into(),
            }))
        } else {
            RelType::Join(Box::new(proto::Join {
                left: input(left),
                right,
                join_condition: joining.condition,
                join_type: kind.into(),
                using_columns: joining.using,
                join_data_type: None,
            }))
        }))
    }

    fn table_factor(&mut self, factor: &TableFactor) -> Result<Relation> {
        self.deeper(|planner| planner.table_factor_here(factor))
    }

    fn table_factor_here(&mut self, factor: &TableFactor) -> Result<Relation> {
        let (plan, alias, sample) = match factor {
            TableFactor::Table { version: Some(_), .. } => {
                return Err(SparkError::unsupported("reading an earlier version of a table"));
            }
            TableFactor::Table { with_hints, .. } if !with_hints.is_empty() => {
                return Err(SparkError::unsupported("options of a table in FROM"));
            }
            TableFactor::Table { name, alias, args: Some(args), sample, .. } => {
                (self.table_function(name, &args.args)?, alias, sample.as_ref())
            }
            TableFactor::Table { name, alias, sample, .. } => {
                let parts = identifier::parts(name)?;
                let streams = alias.as_ref().is_some_and(|a| !a.explicit)
                    && matches!(parts.as_slice(), [name] if name.eq_ignore_ascii_case("stream"));
                if streams && let Some(alias) = alias {
                    return Ok(read_table(std::slice::from_ref(&alias.name.value), true));
                }
                (self.table(&parts), alias, sample.as_ref())
            }
            TableFactor::Derived { subquery, alias, sample, .. } => (self.query(subquery)?, alias, sample.as_ref()),
            TableFactor::Function { name, args, alias, .. } => (self.table_function(name, args)?, alias, None),
            TableFactor::NestedJoin { table_with_joins, alias } => {
                (self.table_with_joins(table_with_joins)?, alias, None)
            }
            TableFactor::Pivot { .. } => return self.pivot(factor),
            TableFactor::Unpivot { .. } => return self.unpivot(factor),
            other => return Err(error::at_node(self.source, other)),
        };
        let plan = match sample {
            Some(sample) => self.sample(plan, sample)?,
            None => plan,
        };
        Ok(named(plan, alias.as_ref()))
    }

    /// A plan of a table's parts that other clauses build on.
    pub(crate) fn factor(&mut self, factor: &TableFactor) -> Result<Relation> {
        self.table_factor(factor)
    }

    /// A common table expression, or a table or view of the catalog.
    pub(crate) fn table(&self, parts: &[String]) -> Relation {
        if let [name] = parts
            && let Some((_, plan)) = self.ctes.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(name))
        {
            return plan.clone();
        }
        read_table(parts, false)
    }

    fn table_function(&mut self, name: &ObjectName, args: &[FunctionArg]) -> Result<Relation> {
        let mut parts = identifier::parts(name)?;
        if is_outer(name) {
            parts.remove(0);
        }
        if matches!(parts.as_slice(), [name] if name.eq_ignore_ascii_case("stream"))
            && let [FunctionArg::Unnamed(sqlparser::ast::FunctionArgExpr::Expr(table))] = args
        {
            return match table {
                Expr::Identifier(ident) => Ok(read_table(std::slice::from_ref(&ident.value), true)),
                Expr::CompoundIdentifier(idents) => {
                    Ok(read_table(&idents.iter().map(|ident| ident.value.clone()).collect::<Vec<_>>(), true))
                }
                other => Err(error::at_node(self.source, other)),
            };
        }
        let arguments = args.iter().map(|arg| self.argument(arg)).collect::<Result<_>>()?;
        let function_name = identifier::join(parts.iter().map(String::as_str));
        Ok(table_valued(&function_name, arguments))
    }

    /// `VALUES (1, 'a'), (2, 'b')`: rows as structs that `inline` takes apart.
    pub(crate) fn values(&mut self, values: &Values) -> Result<Relation> {
        let width = values.rows.first().map_or(0, |row| row.content.len());
        let mut rows = Vec::with_capacity(values.rows.len());
        for (index, row) in values.rows.iter().enumerate() {
            if row.content.len() != width {
                return Err(SparkError::new("INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH")
                    .param("expectedNumCols", width.to_string())
                    .param("actualNumCols", row.content.len().to_string())
                    .param("rowIndex", index.to_string())
                    .with_exception(Exception::Parse));
            }
            let mut fields = Vec::with_capacity(width * 2);
            for (column, value) in row.content.iter().enumerate() {
                fields.extend([literal::string(format!("col{}", column + 1)), self.expression(value)?]);
            }
            rows.push(call("named_struct", fields));
        }
        Ok(table_valued("inline", vec![call("array", rows)]))
    }

    fn sample(&mut self, plan: Relation, sample: &TableSampleKind) -> Result<Relation> {
        let (TableSampleKind::BeforeTableAlias(sample) | TableSampleKind::AfterTableAlias(sample)) = sample;
        crate::sample::apply(self, plan, sample)
    }
}

fn is_outer(name: &ObjectName) -> bool {
    matches!(identifier::parts(name), Ok(parts) if parts.first().is_some_and(|part| part == rewrite::OUTER))
}

fn named(plan: Relation, alias: Option<&TableAlias>) -> Relation {
    match alias {
        Some(alias) => aliased(plan, alias),
        None => plan,
    }
}

fn table_valued(function_name: &str, arguments: Vec<Expression>) -> Relation {
    relation(RelType::UnresolvedTableValuedFunction(proto::UnresolvedTableValuedFunction {
        function_name: function_name.to_string(),
        arguments,
    }))
}

/// A table or view of the catalog.
pub(crate) fn read_table(parts: &[String], is_streaming: bool) -> Relation {
    let unparsed_identifier = identifier::join(parts.iter().map(String::as_str));
    let table = read::NamedTable { unparsed_identifier, ..Default::default() };
    relation(RelType::Read(proto::Read { is_streaming, read_type: Some(read::ReadType::NamedTable(table)) }))
}
