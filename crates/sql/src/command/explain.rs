//! Plans as text: `EXPLAIN` and `df.explain()`, under Spark's headings.

use firesteel_error::Result;
use firesteel_parser::{ExplainMode, Statement};

use super::rows::{Cell, relation, text};
use crate::analyzed::Analyzed;
use crate::display::{logical_tree, physical_tree};
use crate::error::from_datafusion;
use crate::session::Session;

pub(super) async fn explain(session: &Session, mode: ExplainMode, statement: Statement) -> Result<Analyzed> {
    let plan = match statement {
        Statement::Query(query) => {
            let analyzed = session.analyze(&query)?;
            session.explain(&analyzed, !matches!(mode, ExplainMode::Simple | ExplainMode::Formatted)).await?
        }
        Statement::Command(command) => {
            let shown = format!("{command:?}");
            format!("== Physical Plan ==\nExecute {}\n", shown.split(['(', ' ', '{']).next().unwrap_or_default())
        }
    };
    relation(&[text("plan", false)], &[vec![Cell::text(plan)]])
}

impl Session {
    /// The plans of a relation as text; `extended` shows the logical ones before the physical one.
    ///
    /// # Errors
    /// What planning raises.
    pub async fn explain(&self, analyzed: &Analyzed, extended: bool) -> Result<String> {
        let mut out = String::new();
        let logical = analyzed.trimmed()?;
        if extended {
            let optimized = self.datafusion().optimize(&logical).map_err(from_datafusion)?;
            out.push_str(&format!(
                "== Analyzed Logical Plan ==\n{}\n== Optimized Logical Plan ==\n{}\n",
                logical_tree(&logical),
                logical_tree(&optimized)
            ));
        }
        out.push_str("== Physical Plan ==\n");
        if analyzed.is_streaming() {
            out.push_str(&logical_tree(&logical));
        } else {
            let plan = self.physical_plan(analyzed).await?;
            out.push_str(&physical_tree(plan.as_ref()));
        }
        out.push('\n');
        Ok(out)
    }
}
