//! Where an expression comes from: the call in the user's program, or the place in the SQL text. Errors point there.

use std::sync::Arc;

use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Expr, ScalarUDF};
use firesteel_error::QueryContext;
use spark_connect_proto::{self as pb, origin::Function};

use crate::expression::{Kernel, Typed};

/// The context that errors of an expression have.
pub(super) fn context(message: &pb::Expression) -> Option<QueryContext> {
    match message.common.as_ref()?.origin.as_ref()?.function.as_ref()? {
        Function::PythonOrigin(origin) => Some(QueryContext {
            sql: false,
            fragment: origin.fragment.clone(),
            call_site: origin.call_site.clone(),
            start_index: -1,
            stop_index: -1,
            summary: format!("== DataFrame ==\n\"{}\" was called from\n{}\n", origin.fragment, origin.call_site),
        }),
        Function::JvmOrigin(origin) => {
            let (text, start, stop) = (origin.sql_text.as_ref()?, origin.start_index?, origin.stop_index?);
            let length = usize::try_from(stop - start + 1).ok()?;
            let fragment: String = text.chars().skip(usize::try_from(start).ok()?).take(length).collect();
            let place = (origin.line.unwrap_or(1), origin.start_position.unwrap_or(1));
            Some(QueryContext {
                sql: true,
                summary: format!("== SQL (line {}, position {}) ==\n{fragment}", place.0, place.1),
                fragment,
                call_site: String::new(),
                start_index: start,
                stop_index: stop,
            })
        }
    }
}

/// The expression whose function, if it is one of ours, points to the context when it fails.
pub(super) fn attached(typed: Typed, context: QueryContext) -> Typed {
    let expr = with_context(typed.expr, &Arc::new(context));
    Typed { expr, ..typed }
}

fn with_context(expr: Expr, context: &Arc<QueryContext>) -> Expr {
    match expr {
        Expr::Alias(mut alias) => {
            *alias.expr = with_context(*alias.expr, context);
            Expr::Alias(alias)
        }
        Expr::ScalarFunction(call) => {
            let function: &dyn std::any::Any = call.func.inner().as_ref();
            match function.downcast_ref::<Kernel>() {
                Some(kernel) => {
                    let func = Arc::new(ScalarUDF::new_from_impl(kernel.in_context(context)));
                    Expr::ScalarFunction(ScalarFunction { func, args: call.args })
                }
                None => Expr::ScalarFunction(call),
            }
        }
        other => other,
    }
}
