//! How Spark writes a type: `simpleString`, SQL, DDL and type names.

use arrow::datatypes::{DataType, Field, Fields, IntervalUnit};

use super::{CHAR_VARCHAR_KEY, IntervalFields, map_fields};

/// The name in lower case, as `df.dtypes` and `CAST` use it: `array<struct<a:int>>`.
pub fn simple_name(data_type: &DataType) -> String {
    match data_type {
        DataType::List(element) => format!("array<{}>", simple_name_of(element)),
        DataType::Struct(fields) => {
            let inner: Vec<String> = fields.iter().map(|f| format!("{}:{}", f.name(), simple_name_of(f))).collect();
            format!("struct<{}>", inner.join(","))
        }
        DataType::Map(..) => map_fields(data_type)
            .map_or_else(|| "map".to_string(), |(k, v)| format!("map<{},{}>", simple_name_of(k), simple_name_of(v))),
        other => atomic_name(other),
    }
}

/// The name in upper case, as error messages and column names use it: `ARRAY<STRUCT<a: INT>>`.
pub fn sql_name(data_type: &DataType) -> String {
    match data_type {
        DataType::List(element) => format!("ARRAY<{}>", sql_name_of(element)),
        DataType::Struct(fields) => {
            let inner: Vec<String> = fields
                .iter()
                .map(|f| {
                    let not_null = if f.is_nullable() { "" } else { " NOT NULL" };
                    format!("{}: {}{not_null}", quote_if_needed(f.name()), sql_name_of(f))
                })
                .collect();
            format!("STRUCT<{}>", inner.join(", "))
        }
        DataType::Map(..) => map_fields(data_type)
            .map_or_else(|| "MAP".to_string(), |(k, v)| format!("MAP<{}, {}>", sql_name_of(k), sql_name_of(v))),
        other => atomic_name(other).to_uppercase(),
    }
}

/// [`simple_name`] of a field's type, with the fields of an interval.
pub fn simple_name_of(field: &Field) -> String {
    IntervalFields::of(field).map_or_else(|| simple_name(field.data_type()), IntervalFields::name)
}

/// [`sql_name`] of a field's type, with the fields of an interval.
pub fn sql_name_of(field: &Field) -> String {
    IntervalFields::of(field).map_or_else(|| sql_name(field.data_type()), |fields| fields.name().to_uppercase())
}

/// [`type_name`] of a field's type, with the fields of an interval.
pub fn type_name_of(field: &Field) -> String {
    IntervalFields::of(field).map_or_else(|| type_name(field.data_type()), IntervalFields::name)
}

/// [`sql_name`] in the double quotes that error parameters carry.
pub fn quoted_sql_name(data_type: &DataType) -> String {
    format!("\"{}\"", sql_name(data_type))
}

/// The name that `printSchema` shows: `long`, `integer`, `struct`, `decimal(10,2)`.
pub fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Int8 => "byte".into(),
        DataType::Int16 => "short".into(),
        DataType::Int32 => "integer".into(),
        DataType::Int64 => "long".into(),
        DataType::List(_) => "array".into(),
        DataType::Struct(_) => "struct".into(),
        DataType::Map(..) => "map".into(),
        other => atomic_name(other),
    }
}

/// The schema as DDL: `a INT NOT NULL,b STRING`.
pub fn ddl(fields: &Fields) -> String {
    let columns: Vec<String> = fields.iter().map(|field| ddl_column(field)).collect();
    columns.join(",")
}

fn ddl_column(field: &Field) -> String {
    let written = field.metadata().get(CHAR_VARCHAR_KEY).map(|t| t.to_uppercase());
    let name = written.unwrap_or_else(|| sql_name_of(field));
    let not_null = if field.is_nullable() { "" } else { " NOT NULL" };
    let comment = field
        .metadata()
        .get("comment")
        .map(|text| format!(" COMMENT '{}'", text.replace('\\', "\\\\").replace('\'', "\\'")))
        .unwrap_or_default();
    format!("{} {name}{not_null}{comment}", quote_if_needed(field.name()))
}

/// A name in back-ticks where it is not a plain identifier.
fn quote_if_needed(name: &str) -> String {
    let plain = !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.chars().all(|c| c.is_ascii_digit());
    if plain { name.to_string() } else { format!("`{}`", name.replace('`', "``")) }
}

fn atomic_name(data_type: &DataType) -> String {
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
        DataType::Time64(_) => "time(6)".into(),
        DataType::Duration(_) => "interval day to second".into(),
        DataType::Interval(IntervalUnit::YearMonth) => "interval year to month".into(),
        DataType::Interval(_) => "interval".into(),
        other => other.to_string().to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{array, map, structure};
    use super::*;

    #[test]
    fn nested_types_are_written_as_spark_writes_them() {
        let inner = structure([Field::new("a", DataType::Int32, false), Field::new("b c", DataType::Utf8, true)]);
        let nested = map(DataType::Utf8, array(inner, true), true);
        assert_eq!(simple_name(&nested), "map<string,array<struct<a:int,b c:string>>>");
        assert_eq!(sql_name(&nested), "MAP<STRING, ARRAY<STRUCT<a: INT NOT NULL, `b c`: STRING>>>");
    }
}
