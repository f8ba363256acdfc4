//! `PIVOT` and `UNPIVOT`.

use firesteel_error::{Result, SparkError};
use spark_connect_proto as proto;
use spark_connect_proto::aggregate::{GroupType, Pivot};
use spark_connect_proto::relation::RelType;
use spark_connect_proto::{Expression, Relation};
use sqlparser::ast::{Expr, ExprWithAlias, NullInclusion, PivotValueSource, TableFactor};

use crate::expression::{alias, attribute, call, star};
use crate::planner::{Planner, input, relation};
use crate::query::aliased;
use crate::{encoding, error};

impl Planner<'_, '_> {
    /// `PIVOT`: an aggregate that groups by the columns it does not name, which [`encoding`] tells by its empty grouping.
    pub(crate) fn pivot(&mut self, factor: &TableFactor) -> Result<Relation> {
        let TableFactor::Pivot { table, aggregate_functions, value_column, value_source, alias: name, .. } = factor
        else {
            return Err(error::at_node(self.source, factor));
        };
        let plan = self.factor(table)?;
        let PivotValueSource::List(values) = value_source else {
            return Err(SparkError::unsupported("PIVOT without a list of values"));
        };
        let columns = self.expressions(value_column)?;
        let column = match columns.as_slice() {
            [column] => column.clone(),
            _ => call("struct", columns),
        };
        let aggregates = aggregate_functions.iter().map(|item| self.pivot_item(item)).collect::<Result<Vec<_>>>()?;
        let values = values.iter().map(|value| self.pivot_item(value)).collect::<Result<Vec<_>>>()?;
        let aggregate = proto::Aggregate {
            input: input(plan),
            group_type: GroupType::Pivot.into(),
            grouping_expressions: vec![call(encoding::PIVOT_VALUES, values)],
            aggregate_expressions: aggregates,
            pivot: Some(Pivot { col: Some(column), values: vec![] }),
            ..Default::default()
        };
        let plan = Relation {
            common: Some(encoding::aggregates_only()),
            rel_type: Some(RelType::Aggregate(Box::new(aggregate))),
        };
        Ok(name.as_ref().map_or(plan.clone(), |name| aliased(plan, name)))
    }

    fn pivot_item(&mut self, item: &ExprWithAlias) -> Result<Expression> {
        let expr = self.expression(&item.expr)?;
        Ok(match &item.alias {
            Some(name) => alias(expr, vec![name.value.clone()]),
            None => expr,
        })
    }

    /// `UNPIVOT`: the ids are all columns but those unpivoted.
    pub(crate) fn unpivot(&mut self, factor: &TableFactor) -> Result<Relation> {
        let TableFactor::Unpivot { table, value, name, columns, null_inclusion, alias: table_alias } = factor else {
            return Err(error::at_node(self.source, factor));
        };
        let plan = self.factor(table)?;
        let Expr::Identifier(value) = value else {
            return Err(SparkError::unsupported("UNPIVOT into several value columns"));
        };
        let mut others = vec![star(None)];
        let mut values = Vec::new();
        for column in columns {
            let plain = self.expression(&column.expr)?;
            values.push(self.pivot_item(column)?);
            others.push(plain);
        }
        let mut plan = relation(RelType::Unpivot(Box::new(proto::Unpivot {
            input: input(plan),
            ids: vec![call(encoding::STAR_EXCEPT, others)],
            values: Some(proto::unpivot::Values { values }),
            variable_column_name: name.value.clone(),
            value_column_name: value.value.clone(),
        })));
        if !matches!(null_inclusion, Some(NullInclusion::IncludeNulls)) {
            let condition = Some(call("isNotNull", vec![attribute([value.value.as_str()])]));
            plan = relation(RelType::Filter(Box::new(proto::Filter { input: input(plan), condition })));
        }
        Ok(table_alias.as_ref().map_or(plan.clone(), |name| aliased(plan, name)))
    }
}
