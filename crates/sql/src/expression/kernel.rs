//! A scalar function as one call of a Rust closure over whole columns.
//!
//! The analyzer settles a call's types before it makes the function, so a kernel needs no signature and no coercion:
//! it is a name, the parameters that were fixed at analysis (a time zone, a target type), a return type and a closure.
//! Two kernels are equal if these are equal and the closure was written at the same place; what it holds must follow from
//! the parameters.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result as DataFusionResult;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature,
    Volatility,
};
use firesteel_error::{QueryContext, Result, SparkError};

use super::Typed;

type Body = dyn Fn(&Columns) -> Result<ArrayRef> + Send + Sync;

/// The arguments of one call: columns of equal length, constants spread out only when asked for.
#[derive(Debug)]
pub struct Columns<'a> {
    values: &'a [ColumnarValue],
    rows: usize,
}

impl Columns<'_> {
    /// How many rows the call is about.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many arguments there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are no arguments.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Argument `index` as a column of [`Columns::rows`] values.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` if there is no such argument.
    pub fn array(&self, index: usize) -> Result<ArrayRef> {
        let value = self.values.get(index).ok_or_else(|| SparkError::internal(format!("no argument {index}")))?;
        value.to_array(self.rows).map_err(crate::error::from_datafusion)
    }

    /// Argument `index` as a column of the Arrow type `T`.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` if it is of another type: the analyzer casts arguments before.
    pub fn typed<T: Array + Clone + 'static>(&self, index: usize) -> Result<T> {
        let array = self.array(index)?;
        array.as_any().downcast_ref::<T>().cloned().ok_or_else(|| {
            SparkError::internal(format!(
                "argument {index} is {}, not {}",
                array.data_type(),
                std::any::type_name::<T>()
            ))
        })
    }

    /// Whether argument `index` is a constant.
    pub fn is_constant(&self, index: usize) -> bool {
        matches!(self.values.get(index), Some(ColumnarValue::Scalar(_)))
    }
}

/// See the module's documentation.
#[derive(Clone)]
pub struct Kernel {
    name: String,
    params: String,
    field: FieldRef,
    signature: Signature,
    body: Arc<Body>,
    body_type: std::any::TypeId,
    /// What the user wrote, for errors.
    context: Option<Arc<QueryContext>>,
}

impl Kernel {
    /// A kernel whose result depends on its arguments and `params` only.
    pub fn new(
        name: &str,
        params: impl fmt::Debug,
        data_type: DataType,
        nullable: bool,
        body: impl Fn(&Columns) -> Result<ArrayRef> + Send + Sync + 'static,
    ) -> Self {
        Self {
            body_type: std::any::Any::type_id(&body),
            name: name.to_string(),
            params: format!("{params:?}"),
            field: Arc::new(Field::new(name, data_type, nullable)),
            signature: any_arguments(Volatility::Immutable),
            body: Arc::new(body),
            context: None,
        }
    }

    /// The kernel whose errors point to what the user wrote.
    #[must_use]
    pub(crate) fn in_context(&self, context: &Arc<QueryContext>) -> Self {
        let context = Some(self.context.as_ref().unwrap_or(context).clone());
        Self { context, ..self.clone() }
    }

    /// A kernel that gives another result for each row and call (`rand`, `uuid`): it is never folded or shared.
    #[must_use]
    pub fn volatile(mut self) -> Self {
        self.signature = any_arguments(Volatility::Volatile);
        self
    }

    /// The call of this kernel.
    pub fn call(self, args: Vec<Expr>) -> Expr {
        ScalarUDF::new_from_impl(self).call(args)
    }
}

/// Any number of arguments of any types, also none: the analyzer has checked them.
fn any_arguments(volatility: Volatility) -> Signature {
    Signature::one_of(vec![TypeSignature::VariadicAny, TypeSignature::Nullary], volatility)
}

/// A call of a kernel that has no parameters, nullable if an argument is.
pub fn kernel(
    name: &str,
    args: &[Typed],
    data_type: DataType,
    body: impl Fn(&Columns) -> Result<ArrayRef> + Send + Sync + 'static,
) -> Typed {
    let nullable = args.iter().any(Typed::nullable);
    let exprs = args.iter().map(|arg| arg.expr.clone()).collect();
    let shown: Vec<&str> = args.iter().map(|arg| arg.name.as_str()).collect();
    let title = format!("{name}({})", shown.join(", "));
    Typed::new(Kernel::new(name, (), data_type.clone(), nullable, body).call(exprs), data_type, nullable, title)
}

impl fmt::Debug for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kernel").field("name", &self.name).field("params", &self.params).finish_non_exhaustive()
    }
}

impl PartialEq for Kernel {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.params == other.params
            && self.body_type == other.body_type
            && self.field == other.field
            && self.signature.volatility == other.signature.volatility
    }
}

impl Eq for Kernel {}

impl Hash for Kernel {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.params.hash(state);
        self.field.data_type().hash(state);
    }
}

impl ScalarUDFImpl for Kernel {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DataFusionResult<DataType> {
        Ok(self.field.data_type().clone())
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> DataFusionResult<FieldRef> {
        Ok(self.field.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DataFusionResult<ColumnarValue> {
        let constant = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)))
            && self.signature.volatility == Volatility::Immutable;
        let rows = if constant { 1 } else { args.number_rows };
        let columns = Columns { values: &args.args, rows };
        let array = (self.body)(&columns).map_err(|error| {
            let error = match &self.context {
                Some(context) if error.contexts().is_empty() => error.context(context.as_ref().clone()),
                _ => error,
            };
            DataFusionError::External(Box::new(error))
        })?;
        if constant {
            return Ok(ColumnarValue::Scalar(datafusion::common::ScalarValue::try_from_array(&array, 0)?));
        }
        Ok(ColumnarValue::Array(array))
    }
}
