//! What SQL statements make in a session besides views: variables, and functions written in SQL.
//!
//! A variable is a typed constant. A function is its body as a message, analyzed anew at every call: the arguments, cast to
//! the parameters' types, stand for the parameters' names. Columns hide parameters, parameters hide variables.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::ScalarValue;
use firesteel_error::{Result, SparkError};
use firesteel_parser::variable_name;
use spark_connect_proto as pb;

use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, Call, Scope, quoted_name};
use crate::cast::{Mode, cast};
use crate::expression::Typed;
use crate::relation;

/// How deep functions written in SQL may call each other.
const CALLS_MAX: usize = 50;

/// A session variable.
#[derive(Debug, Clone)]
pub(crate) struct Variable {
    /// The name as declared.
    pub(crate) name: String,
    /// Its type.
    pub(crate) data_type: DataType,
    /// Its value now.
    pub(crate) value: ScalarValue,
    /// A query of one row with its default; none means NULL.
    pub(crate) default: Option<pb::Relation>,
}

/// A session's variables by their names in lower case.
#[derive(Debug, Clone, Default)]
pub(crate) struct Variables(HashMap<String, Variable>);

impl Variables {
    /// The variable that a name as written means.
    pub(crate) fn get(&self, name: &[String]) -> Option<&Variable> {
        self.0.get(&variable_name(&name.to_vec())?.to_lowercase())
    }

    /// The variable that a name as written means, to be changed.
    pub(crate) fn get_mut(&mut self, name: &[String]) -> Option<&mut Variable> {
        self.0.get_mut(&variable_name(&name.to_vec())?.to_lowercase())
    }

    /// Adds or replaces a variable.
    pub(crate) fn put(&mut self, variable: Variable) {
        self.0.insert(variable.name.to_lowercase(), variable);
    }

    /// Removes a variable; says whether there was one.
    pub(crate) fn remove(&mut self, name: &str) -> bool {
        self.0.remove(&name.to_lowercase()).is_some()
    }

    /// The variable at the start of a name, as a constant, and how many parts of the name it used.
    pub(crate) fn named(&self, parts: &[String]) -> Option<(Typed, usize)> {
        if self.0.is_empty() {
            return None;
        }
        (1..=parts.len().min(3)).rev().find_map(|used| {
            let variable = self.get(&parts[..used])?;
            Some((Typed::literal(variable.value.clone(), &parts[used - 1]), used))
        })
    }
}

/// A parameter of a function.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    /// Its name.
    pub(crate) name: String,
    /// Its type.
    pub(crate) data_type: DataType,
    /// The value of a call that gives none.
    pub(crate) default: Option<pb::Expression>,
}

/// What a function gives.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    /// A value, with the relations that its subqueries refer to.
    Value { data_type: Option<DataType>, expression: pb::Expression, references: Vec<pb::Relation> },
    /// Rows; their columns are cast and named.
    Rows { schema: Option<SchemaRef>, query: pb::Relation },
}

/// A function written in SQL.
#[derive(Debug, Clone)]
pub(crate) struct SqlFunction {
    /// The name as written.
    pub(crate) name: String,
    /// What stands before the name in a column's title: the catalog and database of a permanent function.
    pub(crate) qualifier: String,
    /// The parameters.
    pub(crate) parameters: Vec<Parameter>,
    /// What it gives.
    pub(crate) body: Body,
}

impl SqlFunction {
    /// The function's value for a call.
    ///
    /// # Errors
    /// `WRONG_NUM_ARGS`, and what the body raises.
    pub(crate) fn value(&self, call: &mut Call<'_>) -> Result<Typed> {
        let (values, names) = (call.values()?, call.arg_names.clone());
        let shown: Vec<&str> = (0..self.parameters.len())
            .filter_map(|index| values.get(self.argument(index, &names)?))
            .map(|value| value.name.as_str())
            .collect();
        let title = format!("{}{}({})", self.qualifier, self.name, shown.join(", "));
        let analyzer = call.analyzer();
        let bound = self.bind(analyzer, values, &names)?;
        self.evaluate(analyzer, bound).map(|typed| typed.named(title))
    }

    fn evaluate(&self, analyzer: &mut Analyzer, bound: Bound) -> Result<Typed> {
        let Body::Value { data_type, expression, references } = &self.body else {
            return Err(SparkError::new("NOT_A_SCALAR_FUNCTION").param("functionName", self.quoted()));
        };
        analyzer.refer(references);
        let typed = within(analyzer, bound, |analyzer| analyzer.expression(expression, &Scope::default()))?;
        match data_type {
            Some(data_type) => cast(typed, data_type, Mode::implicit(analyzer.conf()), analyzer.conf()),
            None => Ok(typed),
        }
    }

    /// The function's rows for arguments that are resolved.
    ///
    /// # Errors
    /// As [`SqlFunction::value`].
    pub(crate) fn rows(&self, analyzer: &mut Analyzer, arguments: &[pb::Expression]) -> Result<Analyzed> {
        crate::analyzer::check_named_arguments(&self.name, arguments)?;
        let (mut values, mut names) = (Vec::new(), Vec::new());
        for argument in arguments {
            values.push(analyzer.expression(argument, &Scope::default())?);
            names.push(match &argument.expr_type {
                Some(pb::expression::ExprType::NamedArgumentExpression(named)) => Some(named.key.clone()),
                _ => None,
            });
        }
        let bound = self.bind(analyzer, values, &names)?;
        self.table(analyzer, bound)
    }

    fn table(&self, analyzer: &mut Analyzer, bound: Bound) -> Result<Analyzed> {
        let Body::Rows { schema, query } = &self.body else {
            return Err(SparkError::new("NOT_A_TABLE_FUNCTION").param("functionName", self.quoted()));
        };
        let rows = within(analyzer, bound, |analyzer| analyzer.relation(query))?;
        let Some(schema) = schema else { return Ok(rows) };
        if schema.fields().len() != rows.output.len() {
            return Err(SparkError::new("USER_DEFINED_FUNCTIONS.RETURN_COLUMN_COUNT_MISMATCH")
                .param("outputSize", rows.output.len().to_string())
                .param("returnParamSize", schema.fields().len().to_string())
                .param("name", self.quoted()));
        }
        let mode = Mode::implicit(analyzer.conf());
        let columns = rows
            .output
            .iter()
            .zip(schema.fields())
            .map(|(attribute, field)| {
                let typed = cast(Typed::attribute(attribute), field.data_type(), mode, analyzer.conf())?;
                Ok(typed.named(field.name()))
            })
            .collect::<Result<Vec<_>>>()?;
        relation::project_columns(rows, columns)
    }

    /// Analyzes the body once, with NULL for every parameter, so that its errors show when the function is made.
    ///
    /// # Errors
    /// What the body raises.
    pub(crate) fn check(&self, analyzer: &mut Analyzer) -> Result<()> {
        let conf = analyzer.conf().clone();
        let null = |parameter: &Parameter| {
            let value = cast(Typed::literal(ScalarValue::Null, "NULL"), &parameter.data_type, Mode::Ansi, &conf)?;
            Ok((parameter.name.clone(), value.named(&parameter.name)))
        };
        let bound = self.parameters.iter().map(null).collect::<Result<Vec<_>>>()?;
        match self.body {
            Body::Value { .. } => self.evaluate(analyzer, bound).map(|_| ()),
            Body::Rows { .. } => self.table(analyzer, bound).map(|_| ()),
        }
    }

    fn quoted(&self) -> String {
        quoted_name(std::slice::from_ref(&self.name))
    }

    /// Which of a call's arguments is for the parameter at `index`.
    fn argument(&self, index: usize, names: &[Option<String>]) -> Option<usize> {
        let parameter = &self.parameters.get(index)?.name;
        let by_name =
            names.iter().position(|name| name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(parameter)));
        by_name.or_else(|| names.get(index)?.is_none().then_some(index))
    }

    /// A value for each parameter: by position, by name, or its default.
    fn bind(&self, analyzer: &mut Analyzer, values: Vec<Typed>, names: &[Option<String>]) -> Result<Bound> {
        let wrong_count = || {
            SparkError::new("WRONG_NUM_ARGS.WITHOUT_SUGGESTION")
                .param("functionName", self.quoted())
                .param("expectedNum", self.parameters.len().to_string())
                .param("actualNum", values.len().to_string())
                .param("docroot", "https://spark.apache.org/docs/latest")
        };
        if values.len() > self.parameters.len() {
            return Err(wrong_count());
        }
        let mut bound = Vec::with_capacity(self.parameters.len());
        for (index, parameter) in self.parameters.iter().enumerate() {
            let given = self.argument(index, names).and_then(|index| values.get(index));
            let value = match (given, &parameter.default) {
                (Some(value), _) => value.clone(),
                (None, Some(default)) => analyzer.expression(default, &Scope::default())?,
                (None, None) => return Err(wrong_count()),
            };
            let value = cast(value, &parameter.data_type, Mode::implicit(analyzer.conf()), analyzer.conf())?;
            bound.push((parameter.name.clone(), value.named(&parameter.name)));
        }
        Ok(bound)
    }
}

type Bound = Vec<(String, Typed)>;

fn within<T>(analyzer: &mut Analyzer, bound: Bound, work: impl FnOnce(&mut Analyzer) -> Result<T>) -> Result<T> {
    if analyzer.parameters.len() >= CALLS_MAX {
        return Err(SparkError::plain(
            firesteel_error::Exception::Analysis,
            format!("Functions written in SQL call each other more than {CALLS_MAX} deep."),
        ));
    }
    analyzer.parameters.push(bound);
    let result = work(analyzer);
    analyzer.parameters.pop();
    result
}

/// The call of a function by its name, if one written in SQL has it.
pub(crate) fn registered(call: &mut Call<'_>, name: &str) -> Option<Result<Typed>> {
    let function = call.session().functions().read().sql(name)?;
    Some(function.value(call))
}

/// The function in a `FROM`, if one written in SQL has that name.
pub(crate) fn in_from(analyzer: &Analyzer, name: &str) -> Option<Arc<SqlFunction>> {
    let parts = firesteel_parser::parse_multipart_identifier(name).ok()?;
    analyzer.session().functions().read().sql(parts.last()?)
}
