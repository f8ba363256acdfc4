//! `df.show()`: a relation of one text.

use std::sync::Arc;

use arrow::array::{RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use datafusion::physical_plan::collect;
use firesteel_error::Result;
use spark_connect_proto as pb;

use super::{build, lazy};
use crate::analyzed::Analyzed;
use crate::analyzer::Analyzer;
use crate::attribute::Attribute;
use crate::display::{self, Show};
use crate::expression::Typed;
use crate::types::IntervalFields;

pub(super) fn text(analyzer: &mut Analyzer, message: &pb::ShowString) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let options = options(analyzer, message.num_rows, message.truncate, message.vertical);
    shown(input, "show_string", options, display::show)
}

pub(super) fn html(analyzer: &mut Analyzer, message: &pb::HtmlString) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let options = options(analyzer, message.num_rows, message.truncate, false);
    shown(input, "html_string", options, display::html)
}

fn options(analyzer: &Analyzer, rows: i32, truncate: i32, vertical: bool) -> Show {
    Show {
        rows: usize::try_from(rows).unwrap_or(0),
        truncate: usize::try_from(truncate).unwrap_or(0),
        vertical,
        zone: display::zone(analyzer.conf()),
    }
}

/// Columns of intervals as texts: what is written depends on the fields of the type, which the values do not know.
fn intervals_as_text(input: Analyzed) -> Result<Analyzed> {
    if input.output.iter().all(|a| IntervalFields::of(&a.field).is_none()) {
        return Ok(input);
    }
    let columns = input.output.iter().map(|attribute| {
        let typed = Typed::attribute(attribute);
        match IntervalFields::of(&attribute.field) {
            Some(fields) => crate::cast::interval_text(typed, fields),
            None => typed,
        }
    });
    super::project::select(input.plan.clone(), columns.collect())
}

fn shown(
    input: Analyzed,
    column: &str,
    options: Show,
    write: fn(&[String], &[RecordBatch], Show) -> String,
) -> Result<Analyzed> {
    if input.is_streaming() {
        return Err(crate::streaming::batch_action_refused());
    }
    let names: Vec<String> = input.output.iter().map(|a| a.name.clone()).collect();
    let input = intervals_as_text(input)?;
    let plan = input.trimmed()?;
    let plan = build(plan, |b| b.limit(0, Some(options.rows.saturating_add(1))))?;
    let input = Analyzed { plan, ..input };
    let output = vec![Attribute::new(column, DataType::Utf8, false)];
    let schema = Arc::new(Schema::new(vec![Field::new(column, DataType::Utf8, false)]));
    lazy::derived(input, output, move |plan, context| {
        let (names, schema) = (names.clone(), schema.clone());
        Box::pin(async move {
            let batches = collect(plan, context).await?;
            let text = write(&names, &batches, options);
            Ok(RecordBatch::try_new(schema, vec![Arc::new(StringArray::from(vec![text]))])?)
        })
    })
}
