//! A Python function as plain data, and its calls as expressions.
//!
//! A call is a marker: DataFusion can move it about and look at its arguments but cannot evaluate it. It counts as volatile,
//! so that DataFusion neither folds nor copies it nor hands it to a table's scan.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use bytes::Bytes;
use datafusion::common::{Result as DataFusionResult, exec_err};
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::function::AccumulatorArgs;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, TypeSignature, Volatility,
};
use firesteel_error::{Exception, Result, SparkError};
use spark_connect_proto::{self as pb, common_inline_user_defined_function::Function};

use crate::analyzer::{Analyzer, Call, Scope};
use crate::expression::Typed;
use crate::types;

/// Pyspark's numbers of the kinds of functions that give one value for each row.
const SCALAR: &[i32] = &[100, 101, 200, 204, 250, 251];
/// Of these, the ones from iterators to iterators, which are evaluated alone.
const ITERATORS: &[i32] = &[204, 251];
/// The kinds that give one value for each group.
const AGGREGATES: &[i32] = &[202, 217, 252, 254];

/// A Python function that came with a plan or was registered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd)]
pub struct PythonFunction {
    /// Its name.
    pub name: String,
    /// The pickled function with its return type.
    pub command: Bytes,
    /// The client's Python version.
    pub python_version: String,
    /// Pyspark's number for the way it is called.
    pub eval_type: i32,
    /// What it returns.
    pub return_type: DataType,
    /// Its user-defined type in JSON, if it returns one.
    pub return_udt: Option<String>,
    /// Whether equal arguments give equal results.
    pub deterministic: bool,
}

/// A Python table function that came with a plan or was registered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PythonTableFunction {
    /// Its name.
    pub name: String,
    /// The pickled class.
    pub command: Bytes,
    /// The client's Python version.
    pub python_version: String,
    /// Pyspark's number for the way it is called.
    pub eval_type: i32,
    /// The columns of its result; `None` if the class has a method that tells.
    pub return_schema: Option<SchemaRef>,
}

impl PythonFunction {
    pub(crate) fn is_iterator(&self) -> bool {
        ITERATORS.contains(&self.eval_type)
    }
}

/// The function in a message.
///
/// # Errors
/// `UNSUPPORTED_FEATURE` for functions of languages that cannot run here.
pub(crate) fn from_proto(message: &pb::CommonInlineUserDefinedFunction) -> Result<PythonFunction> {
    let Some(Function::PythonUdf(udf)) = &message.function else {
        return Err(SparkError::unsupported(format!(
            "The function {}: only functions written in Python",
            message.function_name
        )));
    };
    let Some(output) = &udf.output_type else {
        return Err(SparkError::internal(format!("the function {} came without a type", message.function_name)));
    };
    let return_type = declared_type(output)?;
    Ok(PythonFunction {
        name: message.function_name.clone(),
        command: Bytes::copy_from_slice(&udf.command),
        python_version: udf.python_ver.clone(),
        eval_type: udf.eval_type,
        return_type,
        return_udt: types::udt(output)?.map(|(_, json)| json),
        deterministic: message.deterministic,
    })
}

/// The call of `function` as an expression.
///
/// # Errors
/// `UNSUPPORTED_FEATURE` for kinds of functions that are no expressions.
pub(crate) fn call(
    function: PythonFunction,
    args: Vec<Typed>,
    names: Vec<Option<String>>,
    distinct: bool,
) -> Result<Typed> {
    let shown: Vec<String> = args
        .iter()
        .zip(&names)
        .map(|(arg, name)| name.as_ref().map_or_else(|| arg.name.clone(), |name| format!("{name} => {}", arg.name)))
        .collect();
    let title = format!("{}({}{})", function.name, if distinct { "DISTINCT " } else { "" }, shown.join(", "));
    let exprs: Vec<Expr> = args.into_iter().map(|arg| arg.expr).collect();
    let udt = function.return_udt.clone().map(|json| (types::UDT_KEY.to_string(), json));
    let field = Field::new("", function.return_type.clone(), true).with_metadata(udt.into_iter().collect());
    let function = Arc::new(function);
    let expr = if SCALAR.contains(&function.eval_type) {
        ScalarUDF::new_from_impl(PythonScalar::new(function, names)).call(exprs)
    } else if AGGREGATES.contains(&function.eval_type) {
        let udaf = Arc::new(AggregateUDF::new_from_impl(PythonAggregate::new(function, names)));
        Expr::AggregateFunction(AggregateFunction::new_udf(udaf, exprs, distinct, None, vec![], None))
    } else {
        return Err(SparkError::unsupported(format!("The Python function {} as an expression", function.name)));
    };
    Ok(Typed { expr, field: Arc::new(field), name: title })
}

/// The call of a scalar Python function that `expr` is.
pub(crate) fn as_scalar(expr: &Expr) -> Option<(&PythonScalar, &[Expr])> {
    match expr {
        Expr::ScalarFunction(call) => {
            let inner: &dyn std::any::Any = call.func.inner().as_ref();
            inner.downcast_ref::<PythonScalar>().map(|marker| (marker, call.args.as_slice()))
        }
        _ => None,
    }
}

/// The Python aggregate that an aggregate function is.
pub(crate) fn as_aggregate(func: &AggregateUDF) -> Option<&PythonAggregate> {
    let inner: &dyn std::any::Any = func.inner().as_ref();
    inner.downcast_ref::<PythonAggregate>()
}

/// Whether `expr` calls a Python aggregate somewhere.
pub fn is_python_aggregate(expr: &Expr) -> bool {
    use datafusion::common::tree_node::TreeNode;
    let found = expr.exists(|node| {
        Ok(match node {
            Expr::AggregateFunction(call) => as_aggregate(&call.func).is_some(),
            _ => false,
        })
    });
    found.unwrap_or(false)
}

/// Whether `expr` calls a Python function that may give another value each time.
pub(crate) fn is_nondeterministic(expr: &Expr) -> bool {
    use datafusion::common::tree_node::TreeNode;
    expr.exists(|node| Ok(as_scalar(node).is_some_and(|(marker, _)| !marker.function.deterministic))).unwrap_or(false)
}

/// Whatever the analyzer has settled, nothing at all included.
fn any_arguments() -> Signature {
    Signature::one_of(vec![TypeSignature::VariadicAny, TypeSignature::Nullary], Volatility::Volatile)
}

/// The marker of a scalar function's call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct PythonScalar {
    pub(crate) function: Arc<PythonFunction>,
    /// The parameters' names, for arguments passed by name.
    pub(crate) names: Vec<Option<String>>,
    /// Tells the calls of a non-deterministic function apart; 0 for others.
    serial: u64,
    signature: Signature,
}

impl PythonScalar {
    fn new(function: Arc<PythonFunction>, names: Vec<Option<String>>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let serial = if function.deterministic { 0 } else { NEXT.fetch_add(1, Ordering::Relaxed) };
        Self { function, names, serial, signature: any_arguments() }
    }
}

impl ScalarUDFImpl for PythonScalar {
    fn name(&self) -> &str {
        &self.function.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DataFusionResult<DataType> {
        Ok(self.function.return_type.clone())
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> DataFusionResult<ColumnarValue> {
        let error = SparkError::internal(format!(
            "the Python function {} is called in a place where it cannot be evaluated",
            self.function.name
        ));
        Err(datafusion::error::DataFusionError::External(Box::new(error)))
    }
}

/// The marker of an aggregate function's call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct PythonAggregate {
    pub(crate) function: Arc<PythonFunction>,
    pub(crate) names: Vec<Option<String>>,
    signature: Signature,
}

impl PythonAggregate {
    fn new(function: Arc<PythonFunction>, names: Vec<Option<String>>) -> Self {
        Self { function, names, signature: any_arguments() }
    }
}

impl AggregateUDFImpl for PythonAggregate {
    fn name(&self) -> &str {
        &self.function.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DataFusionResult<DataType> {
        Ok(self.function.return_type.clone())
    }

    fn accumulator(&self, _: AccumulatorArgs) -> DataFusionResult<Box<dyn Accumulator>> {
        exec_err!("the Python aggregate {} is called in a place where it cannot be evaluated", self.function.name)
    }
}

/// The table function in a message.
///
/// # Errors
/// `UNSUPPORTED_FEATURE` for functions of languages that cannot run here.
pub(crate) fn table_from_proto(message: &pb::CommonInlineUserDefinedTableFunction) -> Result<PythonTableFunction> {
    let Some(pb::common_inline_user_defined_table_function::Function::PythonUdtf(udtf)) = &message.function else {
        return Err(SparkError::unsupported(format!(
            "The table function {}: only functions written in Python",
            message.function_name
        )));
    };
    let return_schema = match &udtf.return_type {
        None => None,
        Some(declared) => match declared_type(declared)? {
            DataType::Struct(fields) => Some(Arc::new(Schema::new(fields))),
            other => {
                return Err(SparkError::new("INVALID_SCHEMA_TYPE_NON_STRUCT")
                    .param("dataType", types::quoted_sql_name(&other))
                    .with_exception(Exception::InvalidPlan)
                    .text(format!(
                        "Invalid Python user-defined table function return type. Expect a struct type, but got {}.",
                        types::sql_name(&other)
                    )));
            }
        },
    };
    Ok(PythonTableFunction {
        name: message.function_name.clone(),
        command: Bytes::copy_from_slice(&udtf.command),
        python_version: udtf.python_ver.clone(),
        eval_type: udtf.eval_type,
        return_schema,
    })
}

/// A type that may have come as text.
fn declared_type(message: &pb::DataType) -> Result<DataType> {
    match &message.kind {
        Some(pb::data_type::Kind::Unparsed(text)) => {
            let text = &text.data_type_string;
            match firesteel_parser::parse_data_type(text) {
                Ok(parsed) => types::from_proto(&parsed),
                Err(error) => match firesteel_parser::parse_schema(text) {
                    Ok(parsed) => types::from_proto(&parsed),
                    Err(_) => Err(error),
                },
            }
        }
        _ => types::from_proto(message),
    }
}

/// A call that came with the query: the function, and its arguments still to be resolved.
///
/// # Errors
/// As [`from_proto`] and [`call`]; what the arguments raise.
pub(crate) fn inline(
    analyzer: &mut Analyzer,
    message: &pb::CommonInlineUserDefinedFunction,
    scope: &Scope,
) -> Result<Typed> {
    let function = from_proto(message)?;
    let resolved = Call::new(analyzer, &message.function_name, &message.arguments, scope)?;
    outside_lambda(&resolved, call(function, resolved.values()?, resolved.arg_names.clone(), message.is_distinct)?)
}

/// The call of a registered function by its name, if there is one.
pub(crate) fn registered(resolved: &Call<'_>, name: &str) -> Option<Result<Typed>> {
    let function = resolved.session().functions().read().function(name)?;
    let args = resolved.values();
    let called = |args| call(function.as_ref().clone(), args, resolved.arg_names.clone(), resolved.distinct);
    Some(args.and_then(called).and_then(|typed| outside_lambda(resolved, typed)))
}

fn outside_lambda(resolved: &Call<'_>, typed: Typed) -> Result<Typed> {
    if resolved.in_lambda() {
        return Err(SparkError::new("UNSUPPORTED_FEATURE.LAMBDA_FUNCTION_WITH_PYTHON_UDF")
            .param("funcName", format!("\"{}\"", typed.name)));
    }
    Ok(typed)
}
