//! A function call as the function's builder sees it: its name, its resolved arguments, and access to the analyzer for
//! the arguments that are lambda functions.

use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::ScalarValue;
use firesteel_error::{Result, SparkError};
use spark_connect_proto::{self as pb, expression::ExprType};

use super::{Analyzer, Scope, lambda};
use crate::conf::Conf;
use crate::expression::Typed;
use crate::session::Session;
use crate::{coerce, types};

/// An argument: a value, or a lambda function that is resolved when the types of its parameters are known.
#[derive(Debug, Clone)]
pub enum Argument {
    /// A value.
    Value(Typed),
    /// A lambda function.
    Lambda(Box<pb::expression::LambdaFunction>),
}

/// Refuses arguments by name that no function can take: one name twice, and a position after a name.
///
/// # Errors
/// `DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT`, `UNEXPECTED_POSITIONAL_ARGUMENT`.
pub(crate) fn check_named_arguments(routine: &str, arguments: &[pb::Expression]) -> Result<()> {
    let mut names: Vec<&str> = Vec::new();
    let error = |condition: &str, parameter: &str| {
        SparkError::new(condition)
            .param("routineName", super::quoted_name(&[routine.to_string()]))
            .param("parameterName", format!("`{parameter}`"))
    };
    for argument in arguments {
        match (&argument.expr_type, names.last()) {
            (Some(ExprType::NamedArgumentExpression(named)), _) => {
                if names.iter().any(|known| known.eq_ignore_ascii_case(&named.key)) {
                    let condition = "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.DOUBLE_NAMED_ARGUMENT_REFERENCE";
                    return Err(error(condition, &named.key));
                }
                names.push(&named.key);
            }
            (_, Some(before)) => return Err(error("UNEXPECTED_POSITIONAL_ARGUMENT", before)),
            _ => {}
        }
    }
    Ok(())
}

/// A function call.
pub struct Call<'a> {
    /// The name as the user wrote it.
    pub name: String,
    /// The arguments.
    pub args: Vec<Argument>,
    /// The names of arguments passed by name (`f(x => 1)`), one for each argument.
    pub arg_names: Vec<Option<String>>,
    /// Whether it is `f(DISTINCT ..)`.
    pub distinct: bool,
    analyzer: &'a mut Analyzer,
    scope: &'a Scope,
}

impl<'a> Call<'a> {
    /// The call of `name` with `arguments`; `*` in them is expanded (`count(*)` counts rows).
    pub(crate) fn new(
        analyzer: &'a mut Analyzer,
        name: &str,
        arguments: &[pb::Expression],
        scope: &'a Scope,
    ) -> Result<Self> {
        Self::build(analyzer, name, arguments, scope, false)
    }

    /// As [`Call::new`], of distinct values if asked for; then `*` is all columns for `count` too.
    pub(crate) fn build(
        analyzer: &'a mut Analyzer,
        name: &str,
        arguments: &[pb::Expression],
        scope: &'a Scope,
        distinct: bool,
    ) -> Result<Self> {
        check_named_arguments(name, arguments)?;
        let mut args = Vec::with_capacity(arguments.len());
        let mut arg_names = Vec::with_capacity(arguments.len());
        for argument in arguments {
            match &argument.expr_type {
                Some(ExprType::LambdaFunction(function)) => args.push(Argument::Lambda(function.clone())),
                Some(ExprType::UnresolvedStar(_) | ExprType::ExpressionString(_))
                    if is_star(argument) && name.eq_ignore_ascii_case("count") && arguments.len() == 1 && !distinct =>
                {
                    args.push(Argument::Value(Typed::literal(ScalarValue::Int32(Some(1)), "1")));
                }
                Some(ExprType::NamedArgumentExpression(named)) => {
                    args.push(Argument::Value(analyzer.expression(argument, scope)?));
                    arg_names.resize(args.len() - 1, None);
                    arg_names.push(Some(named.key.clone()));
                }
                _ => match super::star::expand(analyzer, argument, scope)? {
                    Some(columns) => args.extend(columns.into_iter().map(Argument::Value)),
                    None => args.push(Argument::Value(analyzer.expression(argument, scope)?)),
                },
            }
        }
        arg_names.resize(args.len(), None);
        Ok(Self { name: name.to_string(), args, arg_names, distinct, analyzer, scope })
    }

    /// The call of `name` over values that are resolved already.
    pub(crate) fn of_values(analyzer: &'a mut Analyzer, name: &str, values: &[Typed], scope: &'a Scope) -> Self {
        let args = values.iter().cloned().map(Argument::Value).collect();
        Self { name: name.to_string(), args, arg_names: vec![None; values.len()], distinct: false, analyzer, scope }
    }

    /// The session.
    pub fn session(&self) -> &Session {
        self.analyzer.session()
    }

    pub(crate) fn with_distinct(mut self, distinct: bool) -> Self {
        self.distinct = distinct;
        self
    }

    /// The session's settings.
    pub fn conf(&self) -> &Conf {
        self.analyzer.conf()
    }

    /// The time of the query, in microseconds since 1970-01-01 UTC.
    pub fn now_us(&self) -> i64 {
        self.analyzer.now_us
    }

    /// Whether the call is in the body of a lambda function.
    pub(crate) fn in_lambda(&self) -> bool {
        self.analyzer.in_lambda()
    }

    /// The analyzer, for functions that look at more than their arguments.
    pub fn analyzer(&mut self) -> &mut Analyzer {
        self.analyzer
    }

    /// The columns that the arguments refer to.
    pub fn scope(&self) -> &Scope {
        self.scope
    }

    /// The name in lower case.
    pub fn lower_name(&self) -> String {
        self.name.to_lowercase()
    }

    /// How many arguments there are.
    pub fn len(&self) -> usize {
        self.args.len()
    }

    /// Whether there are no arguments.
    pub fn is_empty(&self) -> bool {
        self.args.is_empty()
    }

    /// Argument `index`, a value.
    ///
    /// # Errors
    /// `WRONG_NUM_ARGS.WITHOUT_SUGGESTION` if there is none, `INVALID_LAMBDA_FUNCTION_CALL` if it is a lambda function.
    pub fn arg(&self, index: usize) -> Result<Typed> {
        match self.args.get(index) {
            Some(Argument::Value(typed)) => Ok(typed.clone()),
            Some(Argument::Lambda(_)) => {
                Err(SparkError::new("INVALID_LAMBDA_FUNCTION_CALL.NON_HIGHER_ORDER_FUNCTION")
                    .param("class", &self.name))
            }
            None => Err(self.wrong_count(&format!("> {index}"))),
        }
    }

    /// All arguments, values.
    ///
    /// # Errors
    /// As [`Call::arg`].
    pub fn values(&self) -> Result<Vec<Typed>> {
        (0..self.args.len()).map(|index| self.arg(index)).collect()
    }

    /// Checks how many arguments there are.
    ///
    /// # Errors
    /// `WRONG_NUM_ARGS.WITHOUT_SUGGESTION`.
    pub fn expect(&self, counts: impl std::ops::RangeBounds<usize>) -> Result<()> {
        if counts.contains(&self.args.len()) {
            return Ok(());
        }
        use std::ops::Bound;
        let low = match counts.start_bound() {
            Bound::Included(n) => *n,
            Bound::Excluded(n) => n + 1,
            Bound::Unbounded => 0,
        };
        let expected = match counts.end_bound() {
            Bound::Included(high) if low == *high => low.to_string(),
            Bound::Included(high) => {
                let all: Vec<String> = (low..=*high).map(|n| n.to_string()).collect();
                format!("[{}]", all.join(", "))
            }
            Bound::Excluded(high) if low + 1 == *high => low.to_string(),
            Bound::Excluded(high) => {
                let all: Vec<String> = (low..*high).map(|n| n.to_string()).collect();
                format!("[{}]", all.join(", "))
            }
            Bound::Unbounded => format!("> {}", low.saturating_sub(1)),
        };
        Err(self.wrong_count(&expected))
    }

    fn wrong_count(&self, expected: &str) -> SparkError {
        if self.args.is_empty() && self.name.eq_ignore_ascii_case("count") {
            return SparkError::new("WRONG_NUM_ARGS.WITH_SUGGESTION")
                .param("functionName", "`count`")
                .param("expectedNum", " >= 1")
                .param("actualNum", "0")
                .param("legacyNum", "0")
                .param("legacyConfKey", "\"spark.sql.legacy.allowParameterlessCount\"")
                .param("legacyConfValue", "\"true\"");
        }
        SparkError::new("WRONG_NUM_ARGS.WITHOUT_SUGGESTION")
            .param("functionName", format!("`{}`", self.lower_name()))
            .param("expectedNum", expected)
            .param("actualNum", self.args.len().to_string())
            .param("docroot", "https://spark.apache.org/docs/latest")
    }

    /// Argument `index` cast to `data_type` as Spark does it unasked.
    ///
    /// # Errors
    /// `DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE` if Spark would not.
    pub fn cast(&self, index: usize, data_type: &DataType) -> Result<Typed> {
        let arg = self.arg(index)?;
        coerce::implicit(&arg, data_type, self.conf())?.ok_or_else(|| self.unexpected_type(index, &arg, data_type))
    }

    /// `DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE` for argument `index`.
    pub fn unexpected_type(&self, index: usize, arg: &Typed, wanted: &DataType) -> SparkError {
        self.unexpected_input(index, arg, &types::quoted_sql_name(wanted))
    }

    /// As [`Call::unexpected_type`], with Spark's words for the wanted types.
    pub fn unexpected_input(&self, index: usize, arg: &Typed, wanted: &str) -> SparkError {
        const ORDINALS: [&str; 6] = ["first", "second", "third", "fourth", "fifth", "sixth"];
        let ordinal = ORDINALS.get(index).map_or_else(|| format!("{}th", index + 1), |text| (*text).to_string());
        SparkError::new("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE")
            .param("paramIndex", ordinal)
            .param("requiredType", wanted)
            .param("inputSql", format!("\"{}\"", arg.name))
            .param("inputType", types::quoted_sql_name(arg.data_type()))
            .param("sqlExpr", format!("\"{}\"", self.title()))
    }

    /// `name(arg, arg)`: the column name that most functions get.
    pub fn title(&self) -> String {
        let args: Vec<&str> = self
            .args
            .iter()
            .map(|arg| match arg {
                Argument::Value(typed) => typed.name.as_str(),
                Argument::Lambda(_) => "lambdafunction()",
            })
            .collect();
        let distinct = if self.distinct { "DISTINCT " } else { "" };
        format!("{}({distinct}{})", self.lower_name(), args.join(", "))
    }

    /// The constant that argument `index` must be, as text.
    ///
    /// # Errors
    /// `DATATYPE_MISMATCH.NON_FOLDABLE_INPUT` if it is not a constant.
    pub fn constant_text(&self, index: usize) -> Result<Option<String>> {
        match self.constant(index)? {
            ScalarValue::Utf8(text) | ScalarValue::LargeUtf8(text) | ScalarValue::Utf8View(text) => Ok(text),
            ScalarValue::Null => Ok(None),
            other => Ok(Some(other.to_string())),
        }
    }

    /// The constant that argument `index` must be, as a whole number.
    ///
    /// # Errors
    /// As [`Call::constant_text`]; also if it is not a number.
    pub fn constant_int(&self, index: usize) -> Result<Option<i64>> {
        let value = self.constant(index)?;
        if value.is_null() {
            return Ok(None);
        }
        match value.cast_to(&DataType::Int64) {
            Ok(ScalarValue::Int64(number)) => Ok(number),
            _ => Err(self.unexpected_type(index, &self.arg(index)?, &DataType::Int32)),
        }
    }

    /// The constant that argument `index` must be; expressions of constants are computed.
    ///
    /// # Errors
    /// `DATATYPE_MISMATCH.NON_FOLDABLE_INPUT` if it is not a constant.
    pub fn constant(&self, index: usize) -> Result<ScalarValue> {
        let arg = self.arg(index)?;
        crate::fold::constant(&arg)?.ok_or_else(|| {
            SparkError::new("DATATYPE_MISMATCH.NON_FOLDABLE_INPUT")
                .param("inputName", format!("`{}`", arg.name))
                .param("inputType", types::quoted_sql_name(arg.data_type()))
                .param("inputExpr", format!("\"{}\"", arg.name))
                .param("sqlExpr", format!("\"{}\"", self.title()))
        })
    }

    /// Resolves the lambda function at `index` for parameters of these types. A function that takes fewer parameters
    /// than offered gets the first ones.
    ///
    /// # Errors
    /// `INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH` if it takes more, and what its body raises.
    pub fn lambda(&mut self, index: usize, params: &[FieldRef]) -> Result<lambda::Resolved> {
        match self.args.get(index) {
            Some(Argument::Lambda(function)) => {
                let function = function.clone();
                lambda::resolve(self.analyzer, &function, params, self.scope)
            }
            Some(Argument::Value(arg)) => Err(self.unexpected_input(index, arg, "\"FUNCTION\"")),
            None => Err(self.wrong_count(&format!("> {index}"))),
        }
    }

    /// How many parameters the lambda function at `index` takes; `None` if it is a value.
    pub fn lambda_arity(&self, index: usize) -> Option<usize> {
        match self.args.get(index) {
            Some(Argument::Lambda(function)) => Some(function.arguments.len()),
            _ => None,
        }
    }
}

/// Whether it is a bare `*`, as a message of its own or as text (`expr("*")`).
fn is_star(message: &pb::Expression) -> bool {
    match &message.expr_type {
        Some(ExprType::UnresolvedStar(_)) => true,
        Some(ExprType::ExpressionString(text)) => text.expression.trim() == "*",
        _ => false,
    }
}
