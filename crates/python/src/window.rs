//! Aggregates over windows: one value for each row, computed from the rows of its frame.

use firesteel_error::{Result, SparkError};
use futures::StreamExt;

use crate::arrow_feed::encode_group;
use crate::eval_kind::EvalKind;
use crate::function::{Argument, UdfCall, used_columns};
use crate::grouped::{GroupForm, result_schema, with_end};
use crate::runner::{BatchStream, GroupStream, PythonRunner, arrow_answers, conform_batch, unless_empty};
use crate::scalar::{common_kind, scalar_order};
use crate::session::PythonTask;
use arrow::datatypes::SchemaRef;

/// An aggregate over a window.
#[derive(Debug, Clone)]
pub struct WindowCall {
    /// The function and its arguments.
    pub call: UdfCall,
    /// Int32 columns with the first row of each row's frame and the row after its last, counted within the window
    /// partition; without them the frame is the whole partition.
    pub frame: Option<(usize, usize)>,
}

impl PythonRunner {
    /// Evaluates `calls` for each window partition; gives one batch for each, with as many rows, in the same order.
    pub fn window(
        &self,
        task: &PythonTask,
        calls: Vec<WindowCall>,
        input_schema: &SchemaRef,
        partitions: GroupStream,
    ) -> Result<BatchStream> {
        let bounds: Vec<&str> =
            calls.iter().map(|call| if call.frame.is_some() { "bounded" } else { "unbounded" }).collect();
        let runner_conf = vec![("window_bound_types".to_string(), bounds.join(","))];
        let calls: Vec<UdfCall> = calls.into_iter().map(with_frame_columns).collect();
        let kind = match common_kind(&calls)? {
            EvalKind::GroupedAggPandas | EvalKind::WindowAggPandas => EvalKind::WindowAggPandas,
            EvalKind::GroupedAggArrow | EvalKind::WindowAggArrow => EvalKind::WindowAggArrow,
            other => return Err(SparkError::unsupported(format!("a Python function of kind {other:?} over a window"))),
        };
        let used = used_columns(calls.iter().flat_map(|call| &call.arguments));
        let form = GroupForm::new(input_schema, used.clone(), false, false, task)?;
        let mut order = scalar_order(kind, &calls, &used, Vec::new());
        order.runner_conf = runner_conf;
        let output = result_schema(&calls);
        let (runner, task) = (self.clone(), task.clone());
        Ok(unless_empty(partitions, move |partitions| {
            let encoded = partitions.map(move |rows| encode_group(&vec![form.group(rows?)?]));
            let answers = runner.converse(&task, &order, with_end(encoded))?;
            Ok(arrow_answers(answers).map(move |answer| conform_batch(&answer?, &output, "window aggregate")))
        }))
    }
}

fn with_frame_columns(WindowCall { mut call, frame }: WindowCall) -> UdfCall {
    if let Some((begin, end)) = frame {
        call.arguments.splice(0..0, [Argument::positional(begin), Argument::positional(end)]);
    }
    call
}
