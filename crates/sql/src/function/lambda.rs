//! A function that takes functions, as one call of a Rust closure over whole columns: what [`crate::expression::Kernel`]
//! is for functions of values.
//!
//! The closure gets the values as columns and each lambda function as something to evaluate for many elements at once;
//! it says for each element which row it belongs to, so that columns from outside the lambda function are repeated.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{ArrayRef, UInt64Array};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result as DataFusionResult;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::expr::HigherOrderFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature, HigherOrderUDF,
    HigherOrderUDFImpl, LambdaArgument, LambdaParametersProgress, ValueOrLambda, Volatility,
};
use firesteel_error::{Result, SparkError};

use crate::expression::Typed;

type Body = dyn Fn(&Inputs) -> Result<ArrayRef> + Send + Sync;

/// The arguments of one call.
pub(super) struct Inputs<'a> {
    values: Vec<ArrayRef>,
    lambdas: Vec<(&'a LambdaArgument, &'a [FieldRef])>,
    rows: usize,
}

impl Inputs<'_> {
    /// How many rows the call is about.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Value `index`, lambda functions not counted.
    pub(super) fn value(&self, index: usize) -> Result<ArrayRef> {
        self.values.get(index).cloned().ok_or_else(|| SparkError::internal(format!("no value {index}")))
    }

    /// Lambda function `index` for elements: `columns` are its parameters, `rows` the row that each element is of.
    pub(super) fn evaluate(&self, index: usize, columns: &[ArrayRef], rows: &UInt64Array) -> Result<ArrayRef> {
        let Some((lambda, params)) = self.lambdas.get(index) else {
            return Err(SparkError::internal(format!("no lambda function {index}")));
        };
        let fitted = columns
            .iter()
            .zip(*params)
            .map(|(column, field)| crate::nullability::fit(column, field))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| crate::error::from_arrow(&e))?;
        let getters: Vec<Box<dyn Fn() -> DataFusionResult<ArrayRef>>> =
            fitted.into_iter().map(|c| Box::new(move || Ok(c.clone())) as _).collect();
        let getters: Vec<&dyn Fn() -> DataFusionResult<ArrayRef>> = getters.iter().map(AsRef::as_ref).collect();
        let spread = |captures: &[ArrayRef]| {
            captures.iter().map(|c| Ok(arrow::compute::take(c, rows, None)?)).collect::<DataFusionResult<Vec<_>>>()
        };
        lambda
            .evaluate(&getters, spread)
            .and_then(|value| value.into_array(rows.len()))
            .map_err(crate::error::from_datafusion)
    }
}

/// See the module's documentation.
#[derive(Clone)]
pub(super) struct HigherOrder {
    name: String,
    params: Vec<Vec<FieldRef>>,
    field: FieldRef,
    signature: HigherOrderSignature,
    body: Arc<Body>,
}

impl HigherOrder {
    /// A function whose lambda functions take parameters of these types.
    pub(super) fn new(
        name: &str,
        params: Vec<Vec<FieldRef>>,
        data_type: DataType,
        nullable: bool,
        body: impl Fn(&Inputs) -> Result<ArrayRef> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.to_string(),
            params,
            field: Arc::new(Field::new(name, data_type, nullable)),
            signature: HigherOrderSignature::variadic_any(Volatility::Immutable),
            body: Arc::new(body),
        }
    }

    /// The call, with the lambda functions after the values.
    pub(super) fn call(self, args: Vec<Expr>, title: String) -> Typed {
        let (data_type, nullable) = (self.field.data_type().clone(), self.field.is_nullable());
        let udf = Arc::new(HigherOrderUDF::new_from_impl(self));
        Typed::new(Expr::HigherOrderFunction(HigherOrderFunction::new(udf, args)), data_type, nullable, title)
    }
}

impl fmt::Debug for HigherOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HigherOrder").field("name", &self.name).finish_non_exhaustive()
    }
}

impl PartialEq for HigherOrder {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.params == other.params && self.field == other.field
    }
}

impl Eq for HigherOrder {}

impl Hash for HigherOrder {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.field.data_type().hash(state);
    }
}

impl HigherOrderUDFImpl for HigherOrder {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    fn lambda_parameters(
        &self,
        _: usize,
        _: &[ValueOrLambda<FieldRef, Option<FieldRef>>],
    ) -> DataFusionResult<LambdaParametersProgress> {
        Ok(LambdaParametersProgress::Complete(self.params.clone()))
    }

    fn return_field_from_args(&self, _: HigherOrderReturnFieldArgs) -> DataFusionResult<FieldRef> {
        Ok(self.field.clone())
    }

    fn clear_null_values(&self) -> bool {
        false
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> DataFusionResult<ColumnarValue> {
        let mut values = Vec::new();
        let mut lambdas = Vec::new();
        for arg in &args.args {
            match arg {
                ValueOrLambda::Value(value) => values.push(value.to_array(args.number_rows)?),
                ValueOrLambda::Lambda(lambda) => {
                    let params = self.params.get(lambdas.len()).map_or(&[][..], Vec::as_slice);
                    lambdas.push((lambda, params));
                }
            }
        }
        let inputs = Inputs { values, lambdas, rows: args.number_rows };
        let array = (self.body)(&inputs).map_err(|error| DataFusionError::External(Box::new(error)))?;
        Ok(ColumnarValue::Array(array))
    }
}
