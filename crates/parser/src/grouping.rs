//! `GROUP BY`: plain keys, `ALL`, `ROLLUP`, `CUBE`, `GROUPING SETS` and mixtures of them.

use firesteel_error::Result;
use spark_connect_proto as proto;
use spark_connect_proto::aggregate::{GroupType, GroupingSets};
use spark_connect_proto::relation::RelType;
use spark_connect_proto::{Expression, Relation};
use sqlparser::ast::{Expr, GroupByExpr, GroupByWithModifier};

use crate::expression::attribute;
use crate::planner::Planner;
use crate::{encoding, stack};

type Sets = Vec<Vec<Expression>>;

impl Planner<'_, '_> {
    /// The aggregate of a `GROUP BY`; its output is `items`.
    pub(crate) fn aggregate(
        &mut self,
        plan: Option<Relation>,
        group_by: &GroupByExpr,
        items: Vec<Expression>,
    ) -> Result<Relation> {
        let mut aggregate = proto::Aggregate {
            input: plan.map(Box::new),
            group_type: GroupType::Groupby.into(),
            aggregate_expressions: items,
            ..Default::default()
        };
        match group_by {
            GroupByExpr::All(_) => aggregate.grouping_expressions = vec![attribute(["ALL"])],
            GroupByExpr::Expressions(keys, modifiers) => self.group_keys(&mut aggregate, keys, modifiers)?,
        }
        let rel_type = Some(RelType::Aggregate(Box::new(aggregate)));
        Ok(Relation { common: Some(encoding::aggregates_only()), rel_type })
    }

    fn group_keys(
        &mut self,
        aggregate: &mut proto::Aggregate,
        keys: &[Expr],
        modifiers: &[GroupByWithModifier],
    ) -> Result<()> {
        let simple = |sets: &[Vec<Expr>]| sets.iter().all(|set| set.len() == 1);
        match (keys, modifiers) {
            ([Expr::Rollup(sets)], []) if simple(sets) => {
                aggregate.group_type = GroupType::Rollup.into();
                aggregate.grouping_expressions = self.expressions(sets.iter().flatten())?;
            }
            ([Expr::Cube(sets)], []) if simple(sets) => {
                aggregate.group_type = GroupType::Cube.into();
                aggregate.grouping_expressions = self.expressions(sets.iter().flatten())?;
            }
            (keys, [GroupByWithModifier::Rollup]) => {
                aggregate.group_type = GroupType::Rollup.into();
                aggregate.grouping_expressions = self.expressions(keys)?;
            }
            (keys, [GroupByWithModifier::Cube]) => {
                aggregate.group_type = GroupType::Cube.into();
                aggregate.grouping_expressions = self.expressions(keys)?;
            }
            (keys, [GroupByWithModifier::GroupingSets(Expr::GroupingSets(sets))]) => {
                let all = self.expressions(keys)?;
                let sets = sets.iter().map(|set| self.expressions(set)).collect::<Result<Sets>>()?;
                grouping_sets(aggregate, all, sets);
            }
            (keys, _)
                if keys.iter().any(|key| matches!(key, Expr::Rollup(_) | Expr::Cube(_) | Expr::GroupingSets(_))) =>
            {
                let sets = self.product(keys)?;
                grouping_sets(aggregate, vec![], sets);
            }
            (keys, _) => aggregate.grouping_expressions = self.expressions(keys)?,
        }
        Ok(())
    }

    /// `GROUP BY a, CUBE (b, c)` groups by every combination of a set of each.
    fn product(&mut self, keys: &[Expr]) -> Result<Sets> {
        let mut product: Sets = vec![vec![]];
        for key in keys {
            let sets = self.sets(key)?;
            if product.len().saturating_mul(sets.len()) > 4096 {
                return Err(stack::too_complex());
            }
            product = product
                .iter()
                .flat_map(|left| sets.iter().map(move |right| left.iter().chain(right).cloned().collect()))
                .collect();
        }
        Ok(product)
    }

    fn sets(&mut self, key: &Expr) -> Result<Sets> {
        match key {
            Expr::GroupingSets(sets) => sets.iter().map(|set| self.expressions(set)).collect(),
            Expr::Rollup(groups) => {
                let groups = groups.iter().map(|group| self.expressions(group)).collect::<Result<Sets>>()?;
                Ok((0..=groups.len())
                    .rev()
                    .map(|length| groups.iter().take(length).flatten().cloned().collect())
                    .collect())
            }
            Expr::Cube(groups) if groups.len() > 12 => Err(stack::too_complex()),
            Expr::Cube(groups) => {
                let groups = groups.iter().map(|group| self.expressions(group)).collect::<Result<Sets>>()?;
                let chosen = |bits: u32| {
                    let group =
                        |(index, group): (usize, &Vec<Expression>)| (bits >> index & 1 == 0).then(|| group.clone());
                    groups.iter().enumerate().filter_map(group).flatten().collect()
                };
                Ok((0..1_u32 << groups.len()).map(chosen).collect())
            }
            key => Ok(vec![vec![self.expression(key)?]]),
        }
    }
}

fn grouping_sets(aggregate: &mut proto::Aggregate, all: Vec<Expression>, sets: Sets) {
    let mut keys = all;
    for key in sets.iter().flatten() {
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    aggregate.group_type = GroupType::GroupingSets.into();
    aggregate.grouping_expressions = keys;
    aggregate.grouping_sets = sets.into_iter().map(|grouping_set| GroupingSets { grouping_set }).collect();
}
