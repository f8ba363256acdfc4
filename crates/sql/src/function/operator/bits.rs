//! Bits: `& | ^ ~`.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::array::cast::AsArray;
use arrow::compute::kernels::bitwise;
use arrow::datatypes::{DataType, Int8Type, Int16Type, Int32Type, Int64Type};
use arrow::error::ArrowError;
use datafusion::logical_expr::Operator;
use firesteel_error::{Result, SparkError};

use super::comparison::{binary, mismatch};
use crate::analyzer::Call;
use crate::coerce;
use crate::expression::Typed;
use crate::types::{self, is_integral};

pub(super) fn bits(call: Call<'_>, sign: &'static str) -> Result<Typed> {
    call.expect(2..=2)?;
    let (left, right) = (call.arg(0)?, call.arg(1)?);
    let Some((pair, common)) = coerce::unify(&[left.clone(), right.clone()], call.conf())? else {
        return Err(mismatch(sign, &left, &right));
    };
    if !is_integral(&common) {
        return Err(SparkError::new("DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE")
            .param("inputType", "\"INTEGRAL\"")
            .param("actualDataType", types::quoted_sql_name(&common))
            .param("sqlExpr", format!("\"({} {sign} {})\"", left.name, right.name)));
    }
    let name = format!("({} {sign} {})", left.name, right.name);
    let op = match sign {
        "&" => Operator::BitwiseAnd,
        "|" => Operator::BitwiseOr,
        _ => Operator::BitwiseXor,
    };
    let nullable = pair[0].nullable() || pair[1].nullable();
    Ok(Typed::new(binary(&pair[0], op, &pair[1]), common, nullable, name))
}

pub(super) fn bits_not(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    let arg = call.arg(0)?;
    if !is_integral(arg.data_type()) {
        return Err(call.unexpected_input(0, &arg, "\"INTEGRAL\""));
    }
    let name = format!("~{}", arg.name);
    let typed = crate::expression::kernel("~", std::slice::from_ref(&arg), arg.data_type().clone(), |columns| {
        let array = columns.array(0)?;
        let inverted: Result<ArrayRef, ArrowError> = match array.data_type() {
            DataType::Int8 => bitwise::bitwise_not(array.as_primitive::<Int8Type>()).map(|a| Arc::new(a) as _),
            DataType::Int16 => bitwise::bitwise_not(array.as_primitive::<Int16Type>()).map(|a| Arc::new(a) as _),
            DataType::Int32 => bitwise::bitwise_not(array.as_primitive::<Int32Type>()).map(|a| Arc::new(a) as _),
            _ => bitwise::bitwise_not(array.as_primitive::<Int64Type>()).map(|a| Arc::new(a) as _),
        };
        inverted.map_err(|e| crate::error::from_arrow(&e))
    });
    Ok(typed.named(name))
}
