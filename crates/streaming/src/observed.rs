//! What `observe` saw in a batch, as `observedMetrics` of its progress: a JSON object for each observation.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType, Decimal128Type, DecimalType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use datafusion::physical_plan::ExecutionPlan;
use firesteel_error::Result;
use firesteel_formats::ZoneId;
use firesteel_sql::display::{Style, format_value};
use firesteel_sql::observe::observed;
use serde_json::{Map, Number, Value};

use crate::error::from_datafusion;

/// The metrics of a batch that `plan` has run, by observation; times in `zone`.
///
/// # Errors
/// What the aggregates raise, such as an overflow.
pub(crate) fn metrics_of(plan: &Arc<dyn ExecutionPlan>, zone: ZoneId) -> Result<BTreeMap<String, Value>> {
    let mut all = BTreeMap::new();
    for observation in observed(plan)? {
        let mut row = Map::new();
        for (field, value) in observation.metrics {
            let array = value.to_array().map_err(from_datafusion)?;
            row.insert(field.name().clone(), json_value(&array, 0, zone));
        }
        all.insert(observation.name, Value::Object(row));
    }
    Ok(all)
}

/// A value as Spark's rows write it in JSON.
fn json_value(array: &ArrayRef, at: usize, zone: ZoneId) -> Value {
    if array.is_null(at) || array.data_type() == &DataType::Null {
        return Value::Null;
    }
    match array.data_type() {
        DataType::Boolean => Value::Bool(array.as_boolean().value(at)),
        DataType::Int8 => array.as_primitive::<Int8Type>().value(at).into(),
        DataType::Int16 => array.as_primitive::<Int16Type>().value(at).into(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(at).into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(at).into(),
        DataType::Float32 => float(array.as_primitive::<Float32Type>().value(at).into()),
        DataType::Float64 => float(array.as_primitive::<Float64Type>().value(at)),
        DataType::Decimal128(precision, scale) => {
            let text =
                Decimal128Type::format_decimal(array.as_primitive::<Decimal128Type>().value(at), *precision, *scale);
            text.parse::<Number>().map_or(Value::String(text), Value::Number)
        }
        DataType::Binary => Value::String(STANDARD.encode(array.as_binary::<i32>().value(at))),
        DataType::List(_) => {
            let elements = array.as_list::<i32>().value(at);
            (0..elements.len()).map(|at| json_value(&elements, at, zone)).collect()
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns();
            let parts = fields.iter().zip(columns);
            Value::Object(parts.map(|(field, part)| (field.name().clone(), json_value(part, at, zone))).collect())
        }
        DataType::Map(..) => {
            let entries = array.as_map().value(at);
            let (keys, values) = (entries.column(0), entries.column(1));
            let key = |at| match json_value(keys, at, zone) {
                Value::String(text) => text,
                other => other.to_string(),
            };
            Value::Object((0..entries.len()).map(|at| (key(at), json_value(values, at, zone))).collect())
        }
        _ => Value::String(format_value(array, at, Style { zone, ..Style::default() })),
    }
}

/// JSON has no number for NaN and the infinities.
fn float(value: f64) -> Value {
    Number::from_f64(value).map_or_else(|| Value::String(value.to_string()), Value::Number)
}

#[cfg(test)]
mod tests {
    use arrow::array::{Date32Array, Decimal128Array, Float64Array, StructArray};
    use arrow::datatypes::Field;
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_written_as_in_sparks_progress() {
        let day: ArrayRef = Arc::new(Date32Array::from(vec![18_262]));
        let price: ArrayRef = Arc::new(Decimal128Array::from(vec![150]).with_data_type(DataType::Decimal128(10, 2)));
        let field = |name: &str, array: &ArrayRef| Arc::new(Field::new(name, array.data_type().clone(), true));
        let both = StructArray::from(vec![(field("d", &day), day.clone()), (field("p", &price), price.clone())]);
        let both: ArrayRef = Arc::new(both);
        assert_eq!(json_value(&both, 0, ZoneId::UTC), json!({"d": "2020-01-01", "p": 1.50}));
        let floats: ArrayRef = Arc::new(Float64Array::from(vec![Some(2.0), Some(f64::NAN), None]));
        let values: Vec<Value> = (0..3).map(|at| json_value(&floats, at, ZoneId::UTC)).collect();
        assert_eq!(values, [json!(2.0), json!("NaN"), Value::Null]);
    }
}
