//! `withWatermark`.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::Column;
use datafusion::logical_expr::{Expr, Extension, LogicalPlan};
use firesteel_error::{Exception, Result, SparkError};
use spark_connect_proto as pb;

use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, Scope};
use crate::error::from_datafusion;
use crate::nodes::{EventTimeWatermark, WATERMARK_DELAY_KEY};
use crate::types;

pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::WithWatermark) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let delay = firesteel_parser::parse_interval(&message.delay_threshold).map_err(|_| {
        SparkError::new("CANNOT_PARSE_INTERVAL").param("intervalString", format!("'{}'", message.delay_threshold))
    })?;
    // Months count 31 days, as in Spark.
    let days = i64::from(delay.months) * 31 + i64::from(delay.days);
    let delay_ms = days * 86_400_000 + delay.microseconds / 1000;
    if delay_ms < 0 {
        return Err(SparkError::plain(
            Exception::IllegalArgument,
            format!("requirement failed: delay threshold ({}) should not be negative.", message.delay_threshold),
        ));
    }
    let typed = analyzer.column(&message.event_time, &Scope::of(&input))?;
    let is_time = match typed.data_type() {
        DataType::Timestamp(..) => true,
        DataType::Struct(fields) => fields.len() == 2 && fields[1].name() == "end",
        _ => false,
    };
    let Expr::Column(column) = &typed.expr else {
        return Err(SparkError::unsupported("A watermark on a field of a struct"));
    };
    if !is_time {
        return Err(SparkError::new("EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE")
            .param("eventName", format!("`{}`", typed.name))
            .param("eventType", types::quoted_sql_name(typed.data_type())));
    }
    let column = column.name.clone();
    if !input.is_streaming() {
        return Ok(input);
    }
    let node = EventTimeWatermark::try_new(input.plan.clone(), Column::new_unqualified(&column), delay_ms)
        .map_err(from_datafusion)?;
    let mut output = input.output.clone();
    for attribute in &mut output {
        let mut metadata = attribute.field.metadata().clone();
        metadata.remove(WATERMARK_DELAY_KEY);
        if attribute.column == column {
            metadata.insert(WATERMARK_DELAY_KEY.into(), delay_ms.to_string());
        }
        attribute.field = Arc::new(attribute.field.as_ref().clone().with_metadata(metadata));
    }
    Ok(Analyzed { plan: LogicalPlan::Extension(Extension { node: Arc::new(node) }), output, beneath: None, ..input })
}
