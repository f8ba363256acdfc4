//! `sentences`: text split into sentences, and these into words.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ListBuilder, StringBuilder};
use arrow::datatypes::{DataType, Field};
use firesteel_error::Result;

use crate::analyzer::Call;
use crate::expression::Typed;
use crate::types;

/// `sentences(text[, language[, country]])`; the language changes nothing, the split is by punctuation.
pub(super) fn sentences(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=3)?;
    let call = super::rows::with_default_text(super::rows::with_default_text(call, 1, ""), 2, "");
    let args = (0..3).map(|i| call.cast(i, &DataType::Utf8)).collect::<Result<Vec<_>>>()?;
    let words = types::array(DataType::Utf8, false);
    let data_type = types::array(words.clone(), false);
    Ok(super::rows::finish(&call, args, data_type, false, move |columns| {
        let texts = columns.array(0)?;
        let texts = texts.as_string::<i32>();
        let inner = ListBuilder::new(StringBuilder::new()).with_field(Field::new("element", DataType::Utf8, false));
        let mut builder = ListBuilder::new(inner).with_field(Field::new("element", words.clone(), false));
        for row in 0..texts.len() {
            if texts.is_null(row) {
                builder.append(false);
                continue;
            }
            for sentence in texts.value(row).split_inclusive(['.', '!', '?']) {
                let mut any = false;
                for word in sentence.split(|ch: char| !(ch.is_alphanumeric() || ch == '\'' || ch == '-')) {
                    if !word.is_empty() {
                        builder.values().values().append_value(word);
                        any = true;
                    }
                }
                if any {
                    builder.values().append(true);
                }
            }
            builder.append(true);
        }
        Ok(Arc::new(builder.finish()))
    }))
}
