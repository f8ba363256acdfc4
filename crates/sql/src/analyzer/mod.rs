//! From what a client sent to a plan: names are resolved, types settled, functions chosen.
//!
//! The analyzer walks the relation tree from the leaves up (one file in [`crate::relation`] for each kind of relation)
//! and the expressions of each relation over its input's columns. SQL text takes the same way: it is parsed to the
//! same messages. Nothing is resolved later: what leaves here, DataFusion can run.

mod arguments;
mod attribute;
mod expression;
mod lambda;
mod literal;
mod origin;
mod star;
mod subquery;
mod window;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::FieldRef;
use firesteel_error::{Result, SparkError};
use spark_connect_proto as pb;

use crate::analyzed::Analyzed;
use crate::attribute::Attribute;
use crate::expression::Typed;
use crate::session::Session;
use crate::{conf::Conf, relation};

pub(crate) use arguments::check_named_arguments;
pub use arguments::{Argument, Call};
pub(crate) use attribute::{quoted as quoted_name, unresolved as unresolved_column};
pub use lambda::Resolved as Lambda;
pub use literal::{literal, scalar_value};
pub(crate) use subquery::subquery_name;

/// How many relations may be nested; deeper ones would overflow the stack.
const DEPTH_MAX: usize = 512;

/// The analysis of one query.
pub struct Analyzer {
    session: Session,
    /// The columns of each relation that carries a plan id, for references such as `df["a"]`.
    outputs: HashMap<i64, Vec<Occurrence>>,
    /// Relations that subqueries refer to by plan id.
    references: HashMap<i64, Arc<pb::Relation>>,
    /// Relations that SQL text may refer to by name (`spark.sql("select * from {df}", df=df)`).
    named: HashMap<String, Arc<pb::Relation>>,
    /// The rows of the step before, of the recursive relations that are being analyzed.
    pub(crate) recursions: HashMap<String, Arc<relation::recursive::Before>>,
    /// The columns of the queries around a subquery, innermost last.
    outer: Vec<Vec<Attribute>>,
    /// The variables of the lambda functions around an expression, innermost last.
    lambdas: Vec<Vec<(String, FieldRef)>>,
    /// The arguments of the functions written in SQL whose bodies are being analyzed, innermost last.
    pub(crate) parameters: Vec<Vec<(String, Typed)>>,
    depth: usize,
    /// Whether a relation was taken from what is kept, without a look at what it was made from.
    kept: bool,
    /// `current_timestamp()`: the same wherever the query asks for it, in microseconds since 1970-01-01 UTC.
    pub(crate) now_us: i64,
}

/// One place in the query where a relation with a plan id stands.
struct Occurrence {
    /// How far below the query's root it is.
    depth: usize,
    visible: Vec<Attribute>,
    hidden: Vec<Attribute>,
}

/// The columns that an expression may refer to.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// What a name can mean.
    pub visible: Vec<Attribute>,
    /// What only a reference through a DataFrame or a qualifier can mean.
    pub hidden: Vec<Attribute>,
}

impl Scope {
    /// The scope of expressions over `input`.
    pub fn of(input: &Analyzed) -> Self {
        Self { visible: input.output.clone(), hidden: input.hidden.clone() }
    }

    /// The scope of a join's condition.
    pub fn both(left: &Analyzed, right: &Analyzed) -> Self {
        let mut scope = Self::of(left);
        scope.visible.extend(right.output.iter().cloned());
        scope.hidden.extend(right.hidden.iter().cloned());
        scope
    }
}

impl Analyzer {
    /// An analysis in `session`.
    pub fn new(session: &Session) -> Self {
        Self {
            session: session.clone(),
            outputs: HashMap::new(),
            references: HashMap::new(),
            named: HashMap::new(),
            recursions: HashMap::new(),
            outer: Vec::new(),
            lambdas: Vec::new(),
            parameters: Vec::new(),
            depth: 0,
            kept: false,
            now_us: chrono::Utc::now().timestamp_micros(),
        }
    }

    /// The session.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The session's settings.
    pub fn conf(&self) -> &Conf {
        self.session.conf()
    }

    /// Analyzes a relation.
    ///
    /// # Errors
    /// What Spark's analyzer raises: `UNRESOLVED_COLUMN`, `DATATYPE_MISMATCH`, `TABLE_OR_VIEW_NOT_FOUND` …
    pub fn relation(&mut self, message: &pb::Relation) -> Result<Analyzed> {
        let Some(kind) = &message.rel_type else {
            return Err(SparkError::internal("a relation without a kind was sent"));
        };
        if self.depth >= DEPTH_MAX {
            return Err(SparkError::plain(
                firesteel_error::Exception::Analysis,
                format!("The query nests more than {DEPTH_MAX} relations. Write intermediate results to a table."),
            ));
        }
        let analyzed = match self.session.persisted(message) {
            Some(kept) => {
                self.kept = true;
                relation::cached(&kept)
            }
            None => {
                self.depth += 1;
                let analyzed = relation::analyze(self, message, kind);
                self.depth -= 1;
                analyzed?
            }
        };
        if let Some(id) = message.common.as_ref().and_then(|common| common.plan_id) {
            self.outputs.entry(id).or_default().push(Occurrence {
                depth: self.depth,
                visible: analyzed.output.clone(),
                hidden: analyzed.hidden.clone(),
            });
        }
        Ok(analyzed)
    }

    /// Analyzes the relation that a message must have.
    ///
    /// # Errors
    /// As [`Analyzer::relation`]; also when it is missing.
    pub fn input(&mut self, message: &Option<Box<pb::Relation>>) -> Result<Analyzed> {
        match message {
            Some(message) => self.relation(message),
            // `SELECT 1 WHERE true`: one row without columns.
            None => relation::project::one_row(),
        }
    }

    /// Whether a column of the DataFrame `id` may be meant though it is not found: in a subquery it can be a column of the
    /// query around it, and what a kept relation was made from is not looked at again.
    fn may_be_elsewhere(&self, id: i64) -> bool {
        !self.outer.is_empty() || self.kept && !self.outputs.contains_key(&id)
    }

    /// Whether the expression is in the body of a lambda function.
    pub(crate) fn in_lambda(&self) -> bool {
        !self.lambdas.is_empty()
    }

    /// The relation that a subquery or a TABLE argument refers to.
    pub(crate) fn referenced(&mut self, plan_id: i64) -> Result<Analyzed> {
        let relation = self.references.get(&plan_id).cloned();
        let relation = relation.ok_or_else(|| SparkError::internal(format!("no relation was sent under {plan_id}")))?;
        self.relation(&relation)
    }

    /// Makes relations known that subqueries refer to.
    pub(crate) fn refer(&mut self, relations: &[pb::Relation]) {
        for relation in relations {
            if let Some(id) = relation.common.as_ref().and_then(|common| common.plan_id) {
                self.references.insert(id, Arc::new(relation.clone()));
            }
        }
    }

    /// Makes relations known under the alias they carry.
    pub(crate) fn name_relations(&mut self, relations: &[pb::Relation]) {
        for relation in relations {
            if let Some(pb::relation::RelType::SubqueryAlias(alias)) = &relation.rel_type {
                self.named.insert(alias.alias.to_lowercase(), Arc::new(relation.clone()));
            }
        }
    }

    /// A table or view by its name.
    ///
    /// # Errors
    /// `TABLE_OR_VIEW_NOT_FOUND`.
    pub(crate) fn named_table(
        &mut self,
        name: &str,
        options: &HashMap<String, String>,
        streaming: bool,
    ) -> Result<Analyzed> {
        let parts = firesteel_parser::parse_multipart_identifier(name)?;
        if let [first, id] = parts.as_slice()
            && first == firesteel_parser::encoding::RECURSIVE
        {
            let table = self.recursions.get(id).cloned();
            return relation::recursive::before(
                &table.ok_or_else(|| SparkError::internal("no recursion is going on"))?,
            );
        }
        if let [single] = parts.as_slice()
            && let Some(relation) = self.named.get(&single.to_lowercase()).cloned()
        {
            return self.relation(&relation);
        }
        crate::catalog::table(self, &parts, options, streaming)
    }

    /// Analyzes an expression that gives one column.
    ///
    /// # Errors
    /// As [`Analyzer::relation`].
    pub fn expression(&mut self, message: &pb::Expression, scope: &Scope) -> Result<Typed> {
        let context = origin::context(message);
        match (expression::one(self, message, scope), context) {
            (result, None) => result,
            (Ok(typed), Some(context)) => Ok(origin::attached(typed, context)),
            (Err(error), Some(context)) if error.contexts().is_empty() => Err(error.context(context)),
            (Err(error), _) => Err(error),
        }
    }

    /// Analyzes an expression that must be there.
    ///
    /// # Errors
    /// As [`Analyzer::expression`]; also when it is missing.
    pub fn required(&mut self, message: &Option<Box<pb::Expression>>, scope: &Scope) -> Result<Typed> {
        match message {
            Some(message) => self.expression(message, scope),
            None => Err(SparkError::internal("an expression without its operand was sent")),
        }
    }

    /// Analyzes expressions of which some may give many columns (`*`).
    ///
    /// # Errors
    /// As [`Analyzer::relation`].
    pub fn expressions(&mut self, messages: &[pb::Expression], scope: &Scope) -> Result<Vec<Typed>> {
        let mut all = Vec::with_capacity(messages.len());
        for message in messages {
            match star::expand(self, message, scope)? {
                Some(columns) => all.extend(columns),
                None => all.push(self.expression(message, scope)?),
            }
        }
        Ok(all)
    }

    /// The expressions of a select list: one may refer to the alias of another before it.
    ///
    /// # Errors
    /// As [`Analyzer::relation`].
    pub fn select_list(&mut self, messages: &[pb::Expression], scope: &Scope) -> Result<Vec<Typed>> {
        let mut all: Vec<Typed> = Vec::with_capacity(messages.len());
        let mut aliases: Vec<(Attribute, Typed)> = Vec::new();
        for message in messages {
            let resolved = match star::expand(self, message, scope)? {
                Some(columns) => Ok(columns),
                None => self.expression(message, scope).map(|typed| vec![typed]),
            };
            let resolved = match resolved {
                Err(error) if is_unresolved(&error) && !aliases.is_empty() => {
                    self.over_aliases(message, scope, &aliases)?.ok_or(error)?
                }
                other => other?,
            };
            if let (Some(pb::expression::ExprType::Alias(_)), [typed]) = (&message.expr_type, resolved.as_slice()) {
                aliases.push((Attribute::new(&typed.name, typed.data_type().clone(), typed.nullable()), typed.clone()));
            }
            all.extend(resolved);
        }
        Ok(all)
    }

    /// An expression over the columns and the aliases before it, whose expressions are put in their place; `None` if it
    /// cannot be resolved so either.
    fn over_aliases(
        &mut self,
        message: &pb::Expression,
        scope: &Scope,
        aliases: &[(Attribute, Typed)],
    ) -> Result<Option<Vec<Typed>>> {
        let mut wider = scope.clone();
        wider.visible.extend(aliases.iter().map(|(attribute, _)| attribute.clone()));
        let Ok(mut typed) = self.expression(message, &wider) else { return Ok(None) };
        for (attribute, alias) in aliases {
            let reference = Typed::attribute(attribute).expr;
            let value = alias.expr.clone().unalias();
            typed.expr = relation::project::replace(typed.expr, &reference, &value)?;
        }
        Ok(Some(vec![typed]))
    }

    /// The column that a name means.
    ///
    /// # Errors
    /// `UNRESOLVED_COLUMN`, `AMBIGUOUS_REFERENCE`.
    pub fn column(&mut self, name: &str, scope: &Scope) -> Result<Typed> {
        attribute::resolve(self, name, None, scope)
    }

    /// Sort keys.
    ///
    /// # Errors
    /// As [`Analyzer::expression`].
    pub fn sort_order(
        &mut self,
        message: &pb::expression::SortOrder,
        scope: &Scope,
    ) -> Result<datafusion::logical_expr::SortExpr> {
        let child = self.required(&message.child, scope)?;
        if !crate::types::is_orderable(child.data_type()) {
            return Err(SparkError::new("DATATYPE_MISMATCH.INVALID_ORDERING_TYPE")
                .param("functionName", "`sortorder`")
                .param("dataType", crate::types::quoted_sql_name(child.data_type()))
                .param("sqlExpr", format!("\"{} ASC NULLS FIRST\"", child.name)));
        }
        Ok(ordered(child.expr, message))
    }

    pub(crate) fn with_outer<T>(&mut self, scope: &Scope, body: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.outer.push(scope.visible.iter().chain(&scope.hidden).cloned().collect());
        let result = body(self);
        self.outer.pop();
        result
    }
}

fn is_unresolved(error: &SparkError) -> bool {
    error.condition().is_some_and(|condition| condition.starts_with("UNRESOLVED_COLUMN"))
}

/// Whether it is the word `ALL` of `GROUP BY ALL` and `ORDER BY ALL`.
pub(crate) fn is_all(message: &pb::Expression) -> bool {
    matches!(&message.expr_type, Some(pb::expression::ExprType::UnresolvedAttribute(a)) if a.unparsed_identifier == "ALL")
}

/// The sort key in the direction and null order that a message asks for; ascending puts NULLs first, as in Spark.
pub(crate) fn ordered(
    expr: datafusion::logical_expr::Expr,
    message: &pb::expression::SortOrder,
) -> datafusion::logical_expr::SortExpr {
    use pb::expression::sort_order::{NullOrdering, SortDirection};
    let ascending = message.direction() != SortDirection::Descending;
    let nulls_first = match message.null_ordering() {
        NullOrdering::SortNullsFirst => true,
        NullOrdering::SortNullsLast => false,
        NullOrdering::SortNullsUnspecified => ascending,
    };
    expr.sort(ascending, nulls_first)
}
