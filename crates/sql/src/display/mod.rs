//! Values and tables as text, as Spark prints them.

mod number;
mod parsed;
mod plan;
mod show;
mod text;

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use firesteel_formats::ZoneId;

use crate::conf::Conf;

pub use number::{format_double, format_float};
pub use parsed::parsed_tree;
pub use plan::{logical_tree, physical_tree};
pub use show::{Show, html, show};
pub(crate) use text::plain_decimal;
pub use text::{Style, array_text, format_date, format_timestamp, format_value, text_of};

/// The session's time zone; UTC if the setting cannot be read, which setting it prevents.
pub fn zone(conf: &Conf) -> ZoneId {
    conf.time_zone().parse().unwrap_or(ZoneId::UTC)
}

/// The column name that Spark gives a constant: `1`, `x`, `DATE '2020-01-01'`, `INTERVAL '1' YEAR`.
pub fn literal_name(value: &ScalarValue, conf: &Conf) -> String {
    if value.is_null() {
        return "NULL".into();
    }
    let text = || match value.to_array() {
        Ok(array) => format_value(&array, 0, Style { zone: zone(conf), scientific: true, ..Style::default() }),
        Err(_) => value.to_string(),
    };
    match value.data_type() {
        DataType::Date32 => format!("DATE '{}'", text()),
        DataType::Time64(_) => format!("TIME '{}'", text()),
        DataType::Timestamp(_, Some(_)) => format!("TIMESTAMP '{}'", text()),
        DataType::Timestamp(_, None) => format!("TIMESTAMP_NTZ '{}'", text()),
        DataType::Binary => match value {
            ScalarValue::Binary(Some(bytes)) => format!("X'{}'", hex::encode_upper(bytes)),
            _ => text(),
        },
        DataType::List(_) => text_of_list(&text()),
        _ => text(),
    }
}

/// `[1, 2]` as `ARRAY(1, 2)`.
fn text_of_list(text: &str) -> String {
    let inner = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    format!("ARRAY({inner})")
}
