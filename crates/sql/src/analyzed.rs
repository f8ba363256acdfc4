//! A relation whose names and types are settled: a DataFusion plan and the columns the user sees of it.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use firesteel_error::{Result, SparkError};

use crate::attribute::Attribute;
use crate::error::from_datafusion;
use crate::expression::Typed;
use crate::{streaming, types};

/// An analyzed relation.
///
/// The plan may have more columns than [`Analyzed::output`]; [`Analyzed::trimmed`] has just those.
#[derive(Debug, Clone)]
pub struct Analyzed {
    /// The plan, with columns by their internal names.
    pub plan: LogicalPlan,
    /// What the user sees, in order.
    pub output: Vec<Attribute>,
    /// Columns of the plan that only a reference through a DataFrame (`df["a"]`) or a qualifier can reach, such as the
    /// second side's keys after a join by name.
    pub(crate) hidden: Vec<Attribute>,
    /// What a projection or aggregate was made from, so that a sort or filter above can reach beneath it.
    pub(crate) beneath: Option<Arc<Beneath>>,
    /// The filters between that and this.
    pub(crate) filters: Vec<Expr>,
}

/// See [`Analyzed::beneath`].
#[derive(Debug, Clone)]
pub(crate) struct Beneath {
    pub input: Analyzed,
    /// The grouping expressions, if it is an aggregate.
    pub grouping: Option<Vec<Typed>>,
    /// Its grouping sets, if it has them.
    pub sets: Option<Arc<crate::relation::GroupingSets>>,
    pub output: Vec<Typed>,
}

impl Analyzed {
    /// A relation whose user sees `output`.
    pub fn new(plan: LogicalPlan, output: Vec<Attribute>) -> Self {
        Self { plan, output, hidden: Vec::new(), beneath: None, filters: Vec::new() }
    }

    /// The schema under the user's names.
    pub fn schema(&self) -> SchemaRef {
        let fields: Vec<Field> = self.output.iter().map(|a| a.field.as_ref().clone().with_name(&a.name)).collect();
        Arc::new(Schema::new(fields))
    }

    /// The schema as Spark's type.
    pub fn struct_type(&self) -> DataType {
        DataType::Struct(self.schema().fields().clone())
    }

    /// Whether a leaf of the plan is a stream.
    pub fn is_streaming(&self) -> bool {
        let mut found = false;
        let _ = self.plan.apply_with_subqueries(|node| {
            found |= streaming::is_streaming_leaf(node);
            Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        });
        found
    }

    /// A plan that gives just [`Analyzed::output`], in order.
    ///
    /// # Errors
    /// Never for a plan that the analyzer made.
    pub fn trimmed(&self) -> Result<LogicalPlan> {
        let columns: Vec<&str> = self.plan.schema().fields().iter().map(|f| f.name().as_str()).collect();
        let wanted: Vec<&str> = self.output.iter().map(|a| a.column.as_str()).collect();
        if columns == wanted {
            return Ok(self.plan.clone());
        }
        let mut seen = std::collections::HashSet::new();
        let exprs: Vec<Expr> = self
            .output
            .iter()
            .map(|attribute| {
                let column = Typed::attribute(attribute);
                if seen.insert(attribute.column.clone()) {
                    column.expr
                } else {
                    column.aliased(&crate::attribute::fresh_column(&attribute.name))
                }
            })
            .collect();
        LogicalPlanBuilder::from(self.plan.clone())
            .project(exprs)
            .and_then(LogicalPlanBuilder::build)
            .map_err(from_datafusion)
    }

    /// A plan that gives [`Analyzed::output`] under the user's names, for files, where names must differ.
    ///
    /// # Errors
    /// `COLUMN_ALREADY_EXISTS` if two columns have one name.
    pub fn under_user_names(&self) -> Result<LogicalPlan> {
        let mut seen = std::collections::HashSet::new();
        if let Some(twice) = self.output.iter().find(|a| !seen.insert(a.name.to_lowercase())) {
            return Err(SparkError::new("COLUMN_ALREADY_EXISTS")
                .param("columnName", format!("`{}`", twice.name.to_lowercase())));
        }
        let columns: Vec<Expr> = self.output.iter().map(|a| Typed::attribute(a).aliased(&a.name)).collect();
        LogicalPlanBuilder::from(self.plan.clone())
            .project(columns)
            .and_then(LogicalPlanBuilder::build)
            .map_err(from_datafusion)
    }

    /// The plan as text; `extended` adds the plan before optimization. Layout: Spark's headings over DataFusion's nodes.
    pub fn explain_logical(&self) -> String {
        self.plan.display_indent().to_string()
    }

    /// `root` with one line a column, as `df.printSchema()` shows it.
    pub fn tree_string(&self, level: Option<usize>) -> String {
        let mut text = String::from("root\n");
        for field in self.schema().fields() {
            tree_line(field, 1, level, &mut text);
        }
        text
    }
}

fn tree_line(field: &Field, depth: usize, level: Option<usize>, text: &mut String) {
    let prefix = " |   ".repeat(depth - 1);
    text.push_str(&format!(
        "{prefix} |-- {}: {} (nullable = {})\n",
        field.name(),
        types::type_name_of(field),
        field.is_nullable()
    ));
    tree_children(field.data_type(), depth + 1, level, text);
}

fn tree_children(data_type: &DataType, depth: usize, level: Option<usize>, text: &mut String) {
    if level.is_some_and(|level| level > 0 && depth > level) {
        return;
    }
    let prefix = " |   ".repeat(depth - 1);
    match data_type {
        DataType::Struct(fields) => {
            for field in fields {
                tree_line(field, depth, level, text);
            }
        }
        DataType::List(element) => {
            text.push_str(&format!(
                "{prefix} |-- element: {} (containsNull = {})\n",
                types::type_name_of(element),
                element.is_nullable()
            ));
            tree_children(element.data_type(), depth + 1, level, text);
        }
        DataType::Map(..) => {
            if let Some((key, value)) = types::map_fields(data_type) {
                text.push_str(&format!("{prefix} |-- key: {}\n", types::type_name(key.data_type())));
                tree_children(key.data_type(), depth + 1, level, text);
                text.push_str(&format!(
                    "{prefix} |-- value: {} (valueContainsNull = {})\n",
                    types::type_name(value.data_type()),
                    value.is_nullable()
                ));
                tree_children(value.data_type(), depth + 1, level, text);
            }
        }
        _ => {}
    }
}
