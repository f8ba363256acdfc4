//! Schemas as Spark sees them: everything nullable in files, types by Spark's names, two schemas made one.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields, IntervalUnit, Schema, SchemaRef, TimeUnit};
use firesteel_error::{Result, SparkError};

use crate::context::FormatContext;

/// The type of `timestamp`.
pub(crate) fn timestamp_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// The type of `timestamp_ntz`.
pub(crate) fn timestamp_ntz_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, None)
}

/// The same schema with every column, field, element and map value nullable: what a file can promise.
pub fn as_spark_nullable(schema: &Schema) -> SchemaRef {
    Arc::new(Schema::new(schema.fields().iter().map(nullable_field).collect::<Vec<_>>()))
}

fn nullable_field(field: &FieldRef) -> FieldRef {
    Arc::new(Field::new(field.name(), nullable_type(field.data_type()), true).with_metadata(field.metadata().clone()))
}

pub(crate) fn nullable_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(nullable_field).collect()),
        DataType::List(element) => DataType::List(nullable_field(element)),
        DataType::Map(entries, sorted) => {
            let DataType::Struct(pair) = entries.data_type() else { return data_type.clone() };
            let [key, value] = pair.as_ref() else { return data_type.clone() };
            let key = Field::new(key.name(), nullable_type(key.data_type()), false);
            let pair = Fields::from(vec![Arc::new(key), nullable_field(value)]);
            DataType::Map(Arc::new(Field::new(entries.name(), DataType::Struct(pair), false)), *sorted)
        }
        other => other.clone(),
    }
}

/// An array type under Spark's conventions.
pub(crate) fn array_of(element: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("element", element, true)))
}

/// A type as SQL writes it, in lower case: `int`, `decimal(10,2)`, `array<struct<a:int>>`.
pub fn spark_type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Null => "void".into(),
        DataType::Boolean => "boolean".into(),
        DataType::Int8 => "tinyint".into(),
        DataType::Int16 => "smallint".into(),
        DataType::Int32 => "int".into(),
        DataType::Int64 => "bigint".into(),
        DataType::Float32 => "float".into(),
        DataType::Float64 => "double".into(),
        DataType::Decimal128(precision, scale) => format!("decimal({precision},{scale})"),
        DataType::Utf8 => "string".into(),
        DataType::Binary => "binary".into(),
        DataType::Date32 => "date".into(),
        DataType::Timestamp(_, Some(_)) => "timestamp".into(),
        DataType::Timestamp(_, None) => "timestamp_ntz".into(),
        DataType::Interval(IntervalUnit::YearMonth) => "interval year to month".into(),
        DataType::Interval(_) => "interval".into(),
        DataType::Duration(_) => "interval day to second".into(),
        DataType::List(element) => format!("array<{}>", spark_type_name(element.data_type())),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(pair) if pair.len() == 2 => {
                format!("map<{},{}>", spark_type_name(pair[0].data_type()), spark_type_name(pair[1].data_type()))
            }
            other => format!("map<{other}>"),
        },
        DataType::Struct(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|f| format!("{}:{}", f.name(), spark_type_name(f.data_type()))).collect();
            format!("struct<{}>", fields.join(","))
        }
        other => other.to_string().to_lowercase(),
    }
}

/// One schema for files of two: columns of `left`, then those only `right` has; equal names must have mergeable types.
pub fn merge_schemas(left: &Schema, right: &Schema, context: &FormatContext) -> Result<SchemaRef> {
    merge_fields(left.fields(), right.fields(), context).map(|fields| Arc::new(Schema::new(fields))).ok_or_else(|| {
        let text = |schema: &Schema| {
            format!("\"{}\"", spark_type_name(&DataType::Struct(schema.fields().clone())).to_uppercase())
        };
        SparkError::new("CANNOT_MERGE_SCHEMAS").param("left", text(left)).param("right", text(right))
    })
}

fn merge_fields(left: &Fields, right: &Fields, context: &FormatContext) -> Option<Fields> {
    let mut merged: Vec<FieldRef> = Vec::new();
    for field in left {
        let Some(other) = right.iter().find(|other| context.same_name(field.name(), other.name())) else {
            merged.push(Arc::clone(field));
            continue;
        };
        let data_type = merge_types(field.data_type(), other.data_type(), context)?;
        merged.push(Arc::new(Field::new(field.name(), data_type, field.is_nullable() || other.is_nullable())));
    }
    for field in right {
        if !left.iter().any(|other| context.same_name(field.name(), other.name())) {
            merged.push(Arc::clone(field));
        }
    }
    Some(Fields::from(merged))
}

fn merge_types(left: &DataType, right: &DataType, context: &FormatContext) -> Option<DataType> {
    Some(match (left, right) {
        (left, right) if left == right => left.clone(),
        (DataType::Null, other) | (other, DataType::Null) => other.clone(),
        (DataType::Struct(left), DataType::Struct(right)) => DataType::Struct(merge_fields(left, right, context)?),
        (DataType::List(left), DataType::List(right)) => {
            array_of(merge_types(left.data_type(), right.data_type(), context)?)
        }
        (DataType::Decimal128(p1, s1), DataType::Decimal128(p2, s2)) => {
            let scale = *s1.max(s2);
            let whole = (i16::from(*p1) - i16::from(*s1)).max(i16::from(*p2) - i16::from(*s2));
            DataType::Decimal128(u8::try_from(whole + i16::from(scale)).ok().filter(|p| *p <= 38)?, scale)
        }
        (DataType::Int8, DataType::Int16) | (DataType::Int16, DataType::Int8) => DataType::Int16,
        (DataType::Int8 | DataType::Int16, DataType::Int32) | (DataType::Int32, DataType::Int8 | DataType::Int16) => {
            DataType::Int32
        }
        (DataType::Int8 | DataType::Int16 | DataType::Int32, DataType::Int64)
        | (DataType::Int64, DataType::Int8 | DataType::Int16 | DataType::Int32) => DataType::Int64,
        (DataType::Float32, DataType::Float64) | (DataType::Float64, DataType::Float32) => DataType::Float64,
        _ => return None,
    })
}
