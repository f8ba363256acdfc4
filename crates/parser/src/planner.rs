//! The state of turning one tree into messages: names in scope, parameters, and subqueries found on the way.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};

use firesteel_error::{Exception, Result, SparkError};
use spark_connect_proto::expression::Window;
use spark_connect_proto::relation::RelType;
use spark_connect_proto::{Expression, Relation, RelationCommon, WithRelations};

use crate::source::Source;
use crate::stack;

/// Plan ids of subqueries count down, so that they differ from those of clients, which count up.
static NEXT_PLAN_ID: AtomicI64 = AtomicI64::new(-1);

/// What is known while a tree is turned into messages.
pub(crate) struct Planner<'s, 't> {
    pub(crate) source: &'s Source<'t>,
    named: &'s HashMap<String, Expression>,
    positional: &'s [Expression],
    /// The common table expressions in scope, inner ones last.
    pub(crate) ctes: Vec<(String, Relation)>,
    /// The windows of the `WINDOW` clauses in scope, inner ones last.
    pub(crate) windows: Vec<(String, Window)>,
    /// The variables of the lambdas around, inner ones last.
    pub(crate) lambda_variables: Vec<String>,
    /// The subqueries of the operator that is being built.
    subqueries: Vec<Relation>,
    depth: usize,
}

impl<'s, 't> Planner<'s, 't> {
    pub(crate) fn new(
        source: &'s Source<'t>,
        named: &'s HashMap<String, Expression>,
        positional: &'s [Expression],
    ) -> Self {
        let (ctes, windows, lambda_variables, subqueries) = (vec![], vec![], vec![], vec![]);
        Self { source, named, positional, ctes, windows, lambda_variables, subqueries, depth: 0 }
    }

    /// Runs `work` one level deeper.
    pub(crate) fn deeper<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= stack::DEPTH_MAX {
            return Err(stack::too_complex());
        }
        self.depth += 1;
        let result = work(self);
        self.depth -= 1;
        result
    }

    /// Builds one operator; the subqueries of its expressions go around it as `WithRelations`.
    pub(crate) fn operator(&mut self, build: impl FnOnce(&mut Self) -> Result<Relation>) -> Result<Relation> {
        let outer = std::mem::take(&mut self.subqueries);
        let root = build(self);
        let references = std::mem::replace(&mut self.subqueries, outer);
        let root = root?;
        if references.is_empty() {
            return Ok(root);
        }
        Ok(relation(RelType::WithRelations(Box::new(WithRelations { root: Some(Box::new(root)), references }))))
    }

    /// A number that no other relation of any statement has.
    pub(crate) fn next_id(&mut self) -> i64 {
        -NEXT_PLAN_ID.fetch_sub(1, Ordering::Relaxed)
    }

    /// Takes note of a subquery and gives it its id.
    pub(crate) fn subquery(&mut self, mut plan: Relation) -> i64 {
        let id = NEXT_PLAN_ID.fetch_sub(1, Ordering::Relaxed);
        plan.common.get_or_insert_with(RelationCommon::default).plan_id = Some(id);
        self.subqueries.push(plan);
        id
    }

    /// The value of the parameter marker `:name` or `?1`.
    pub(crate) fn parameter(&self, marker: &str) -> Result<Expression> {
        let value = match (marker.strip_prefix(':'), marker.strip_prefix('?')) {
            (Some(name), _) => self.named.get(name),
            (_, Some(number)) => number.parse().ok().and_then(|n: usize| self.positional.get(n.wrapping_sub(1))),
            _ => None,
        };
        value.cloned().ok_or_else(|| {
            let name = marker.strip_prefix(':').map_or_else(|| format!("_{}", &marker[1..]), str::to_string);
            SparkError::new("UNBOUND_SQL_PARAMETER").param("name", name).with_exception(Exception::Analysis)
        })
    }
}

/// A relation without properties.
pub(crate) fn relation(rel_type: RelType) -> Relation {
    Relation { common: None, rel_type: Some(rel_type) }
}

/// A relation as the input of another.
pub(crate) fn input(relation: Relation) -> Option<Box<Relation>> {
    Some(Box::new(relation))
}
