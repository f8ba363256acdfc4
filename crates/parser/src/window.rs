//! Windows and sort orders.

use firesteel_error::{Exception, Result, SparkError};
use spark_connect_proto::Expression;
use spark_connect_proto::expression::sort_order::{NullOrdering, SortDirection};
use spark_connect_proto::expression::window::WindowFrame;
use spark_connect_proto::expression::window::window_frame::{FrameBoundary, FrameType, frame_boundary::Boundary};
use spark_connect_proto::expression::{ExprType, SortOrder, Window};
use sqlparser::ast::{
    NamedWindowDefinition, NamedWindowExpr, OrderByExpr, OrderByOptions, WindowFrameBound, WindowFrameUnits,
    WindowSpec, WindowType,
};

use crate::expression::{call, of};
use crate::planner::Planner;

/// A sort order; nulls come first when ascending, last when descending.
pub(crate) fn sort_order(child: Expression, options: &OrderByOptions) -> SortOrder {
    let ascending = options.asc.unwrap_or(true);
    let direction = if ascending { SortDirection::Ascending } else { SortDirection::Descending };
    let nulls_first = options.nulls_first.unwrap_or(ascending);
    let null_ordering = if nulls_first { NullOrdering::SortNullsFirst } else { NullOrdering::SortNullsLast };
    SortOrder { child: Some(Box::new(child)), direction: direction.into(), null_ordering: null_ordering.into() }
}

fn no_window(name: &str) -> SparkError {
    SparkError::new("MISSING_WINDOW_SPECIFICATION")
        .param("windowName", name)
        .param("docroot", "https://spark.apache.org/docs/latest")
        .with_exception(Exception::Analysis)
}

impl Planner<'_, '_> {
    /// The sort order of an `ORDER BY` item.
    pub(crate) fn sort_order(&mut self, order: &OrderByExpr) -> Result<SortOrder> {
        Ok(sort_order(self.expression(&order.expr)?, &order.options))
    }

    /// Puts the windows of a `WINDOW` clause into scope.
    pub(crate) fn define_windows(&mut self, definitions: &[NamedWindowDefinition]) -> Result<()> {
        for (index, NamedWindowDefinition(name, _)) in definitions.iter().enumerate() {
            if definitions.iter().take(index).any(|earlier| earlier.0.value.eq_ignore_ascii_case(&name.value)) {
                return Err(SparkError::new("INVALID_SQL_SYNTAX.REPETITIVE_WINDOW_DEFINITION")
                    .param("windowName", format!("`{}`", name.value))
                    .with_exception(Exception::Parse));
            }
        }
        for NamedWindowDefinition(name, definition) in definitions {
            let window = match definition {
                NamedWindowExpr::NamedWindow(other) => self.window_named(&other.value)?,
                NamedWindowExpr::WindowSpec(spec) => self.window(spec)?,
            };
            self.windows.push((name.value.clone(), window));
        }
        Ok(())
    }

    fn window_named(&self, name: &str) -> Result<Window> {
        let found = self.windows.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, window)| window.clone()).ok_or_else(|| no_window(name))
    }

    /// `function OVER window`
    pub(crate) fn over(&mut self, function: Expression, over: &WindowType) -> Result<Expression> {
        let mut window = match over {
            WindowType::NamedWindow(name) => self.window_named(&name.value)?,
            WindowType::WindowSpec(spec) => self.window(spec)?,
        };
        window.window_function = Some(Box::new(function));
        Ok(of(ExprType::Window(Box::new(window))))
    }

    fn window(&mut self, spec: &WindowSpec) -> Result<Window> {
        let mut window = match &spec.window_name {
            Some(name) => self.window_named(&name.value)?,
            None => Window::default(),
        };
        window.partition_spec.extend(self.expressions(&spec.partition_by)?);
        for order in &spec.order_by {
            window.order_spec.push(self.sort_order(order)?);
        }
        if let Some(frame) = &spec.window_frame {
            let frame_type = match frame.units {
                WindowFrameUnits::Rows => FrameType::Row,
                WindowFrameUnits::Range => FrameType::Range,
                WindowFrameUnits::Groups => return Err(SparkError::unsupported("a GROUPS window frame")),
            };
            let upper = frame.end_bound.as_ref().unwrap_or(&WindowFrameBound::CurrentRow);
            window.frame_spec = Some(Box::new(WindowFrame {
                frame_type: frame_type.into(),
                lower: Some(Box::new(self.boundary(&frame.start_bound)?)),
                upper: Some(Box::new(self.boundary(upper)?)),
            }));
        }
        Ok(window)
    }

    fn boundary(&mut self, bound: &WindowFrameBound) -> Result<FrameBoundary> {
        let boundary = match bound {
            WindowFrameBound::CurrentRow => Boundary::CurrentRow(true),
            WindowFrameBound::Preceding(None) | WindowFrameBound::Following(None) => Boundary::Unbounded(true),
            WindowFrameBound::Preceding(Some(expr)) => {
                let value = self.expression(expr)?;
                Boundary::Value(Box::new(negated(value)))
            }
            WindowFrameBound::Following(Some(expr)) => Boundary::Value(Box::new(self.expression(expr)?)),
        };
        Ok(FrameBoundary { boundary: Some(boundary) })
    }
}

/// A literal with its sign turned, as clients write preceding rows.
fn negated(value: Expression) -> Expression {
    use spark_connect_proto::expression::Literal;
    use spark_connect_proto::expression::literal::LiteralType;
    let Some(ExprType::Literal(Literal { literal_type: Some(number), data_type })) = &value.expr_type else {
        return call("negative", vec![value]);
    };
    let turned = match number {
        LiteralType::Integer(v) => v.checked_neg().map(LiteralType::Integer),
        LiteralType::Long(v) => v.checked_neg().map(LiteralType::Long),
        LiteralType::Double(v) => Some(LiteralType::Double(-v)),
        LiteralType::DayTimeInterval(v) => v.checked_neg().map(LiteralType::DayTimeInterval),
        LiteralType::YearMonthInterval(v) => v.checked_neg().map(LiteralType::YearMonthInterval),
        _ => None,
    };
    match turned {
        Some(turned) => crate::literal::typed(turned, data_type.clone()),
        None => call("negative", vec![value]),
    }
}
