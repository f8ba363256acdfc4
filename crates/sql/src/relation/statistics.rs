//! `describe`, `summary`, `crosstab`, `cov`, `corr`, `approxQuantile`: relations made of aggregates.
//!
//! Each is said as the aggregate expressions a user would write, as SQL, so that types and rounding are those of the
//! functions.

use arrow::datatypes::DataType;
use firesteel_error::{Result, SparkError};
use spark_connect_proto as pb;

use super::{aggregate, project};
use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, Scope, quoted_name, unresolved_column};
use crate::attribute::Attribute;
use crate::types::is_numeric;

const DESCRIBED: [&str; 5] = ["count", "mean", "stddev", "min", "max"];
const SUMMARIZED: [&str; 8] = ["count", "mean", "stddev", "min", "25%", "50%", "75%", "max"];

pub(super) fn describe(analyzer: &mut Analyzer, message: &pb::StatDescribe) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let columns = if message.cols.is_empty() { describable(&input) } else { named(&input, &message.cols)? };
    let statistics: Vec<String> = DESCRIBED.iter().map(|s| (*s).to_string()).collect();
    table(analyzer, input, &columns, &statistics)
}

pub(super) fn summary(analyzer: &mut Analyzer, message: &pb::StatSummary) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let columns = describable(&input);
    let statistics = if message.statistics.is_empty() {
        SUMMARIZED.iter().map(|s| (*s).to_string()).collect()
    } else {
        message.statistics.clone()
    };
    table(analyzer, input, &columns, &statistics)
}

/// Numbers and texts.
fn describable(input: &Analyzed) -> Vec<Attribute> {
    input.output.iter().filter(|a| is_numeric(a.data_type()) || a.data_type() == &DataType::Utf8).cloned().collect()
}

fn named(input: &Analyzed, names: &[String]) -> Result<Vec<Attribute>> {
    let find = |name: &String| input.output.iter().find(|a| a.name.eq_ignore_ascii_case(name)).cloned();
    names
        .iter()
        .map(|name| find(name).ok_or_else(|| unresolved_column(std::slice::from_ref(name), &input.output)))
        .collect()
}

/// A row for each statistic, a column of texts for each column.
fn table(analyzer: &mut Analyzer, input: Analyzed, columns: &[Attribute], statistics: &[String]) -> Result<Analyzed> {
    let rows = statistics
        .iter()
        .map(|statistic| {
            let mut cells = vec![format!("'summary', '{}'", statistic.replace('\'', "\\'"))];
            for column in columns {
                let name = quoted_name(std::slice::from_ref(&column.name));
                let value = value(statistic, &name, column.data_type())?;
                cells.push(format!("'{}', {value}", column.name.replace('\\', "\\\\").replace('\'', "\\'")));
            }
            Ok(format!("named_struct({})", cells.join(", ")))
        })
        .collect::<Result<Vec<_>>>()?;
    let array = firesteel_parser::parse_expression(&format!("array({})", rows.join(", ")))?;
    let typed = analyzer.expression(&array, &Scope::of(&input))?;
    let gathered = if project::has_aggregate(&typed.expr) {
        aggregate::aggregate(input, Vec::new(), vec![typed.named("rows")])?
    } else {
        project::project(project::one_row()?, vec![typed.named("rows")])?
    };
    let inline = firesteel_parser::parse_expression("inline(rows)")?;
    let typed = analyzer.expression(&inline, &Scope::of(&gathered))?;
    project::project(gathered, vec![typed])
}

fn value(statistic: &str, column: &str, data_type: &DataType) -> Result<String> {
    let text = data_type == &DataType::Utf8;
    let number = if text { format!("try_cast({column} as double)") } else { column.to_string() };
    let expression = match statistic {
        "count" => format!("count({column})"),
        "count_distinct" => format!("count(distinct {column})"),
        "approx_count_distinct" => format!("approx_count_distinct({column})"),
        "mean" => format!("avg({number})"),
        "stddev" => format!("stddev({number})"),
        "min" => format!("min({column})"),
        "max" => format!("max({column})"),
        percentile => {
            let percent: Option<f64> = percentile.strip_suffix('%').and_then(|p| p.trim().parse().ok());
            let Some(percent) = percent.filter(|p| (0.0..=100.0).contains(p)) else {
                return Err(SparkError::plain(
                    firesteel_error::Exception::IllegalArgument,
                    format!("{percentile} is not a recognised statistic"),
                ));
            };
            format!("percentile_approx({number}, {}D)", percent / 100.0)
        }
    };
    Ok(format!("cast({expression} as string)"))
}

/// One number from two columns.
fn pair(analyzer: &mut Analyzer, input: Analyzed, function: &str, name: &str, a: &str, b: &str) -> Result<Analyzed> {
    for column in named(&input, &[a.to_string(), b.to_string()])? {
        if !is_numeric(column.data_type()) {
            return Err(SparkError::plain(
                firesteel_error::Exception::IllegalArgument,
                format!(
                    "requirement failed: Currently {name} calculation for columns with dataType {} not supported.",
                    crate::types::simple_name(column.data_type())
                ),
            ));
        }
    }
    let (a, b) = (quoted_name(&[a.to_string()]), quoted_name(&[b.to_string()]));
    let expression =
        firesteel_parser::parse_expression(&format!("{function}(cast({a} as double), cast({b} as double))"))?;
    let typed = analyzer.expression(&expression, &Scope::of(&input))?;
    aggregate::aggregate(input, Vec::new(), vec![typed.named(name)])
}

pub(super) fn covariance(analyzer: &mut Analyzer, message: &pb::StatCov) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    pair(analyzer, input, "covar_samp", "cov", &message.col1, &message.col2)
}

pub(super) fn correlation(analyzer: &mut Analyzer, message: &pb::StatCorr) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    if message.method.as_deref().is_some_and(|m| m != "pearson") {
        return Err(SparkError::plain(
            firesteel_error::Exception::IllegalArgument,
            "requirement failed: Currently only the calculation of the Pearson Correlation coefficient is supported.",
        ));
    }
    pair(analyzer, input, "corr", "corr", &message.col1, &message.col2)
}

/// One row with an array of arrays: for each column its value at each probability.
pub(super) fn quantiles(analyzer: &mut Analyzer, message: &pb::StatApproxQuantile) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let probabilities: Vec<String> = message.probabilities.iter().map(|p| format!("{p}D")).collect();
    let accuracy = if message.relative_error > 0.0 { (1.0 / message.relative_error).ceil().max(1.0) } else { 1e6 };
    let arrays: Vec<String> = message
        .cols
        .iter()
        .map(|name| {
            let column = quoted_name(std::slice::from_ref(name));
            format!(
                "percentile_approx(nanvl(cast({column} as double), cast(null as double)), array({}), {accuracy:.0})",
                probabilities.join(", ")
            )
        })
        .collect();
    let expression = firesteel_parser::parse_expression(&format!("array({})", arrays.join(", ")))?;
    let typed = analyzer.expression(&expression, &Scope::of(&input))?;
    aggregate::aggregate(input, Vec::new(), vec![typed.named("approx_quantile")])
}

/// How often each pair of values occurs: a row for each value of one column, a column for each of the other.
pub(super) fn crosstab(analyzer: &mut Analyzer, message: &pb::StatCrosstab) -> Result<Analyzed> {
    use pb::expression::ExprType;
    let text = |name: &str| -> Result<pb::Expression> {
        let column = quoted_name(&[name.to_string()]);
        firesteel_parser::parse_expression(&format!("coalesce(cast({column} as string), 'null')"))
    };
    let name = format!("{}_{}", message.col1, message.col2);
    let first = pb::Expression {
        expr_type: Some(ExprType::Alias(Box::new(pb::expression::Alias {
            expr: Some(Box::new(text(&message.col1)?)),
            name: vec![name.clone()],
            metadata: None,
        }))),
        ..Default::default()
    };
    let pivot = pb::Aggregate {
        input: message.input.clone(),
        group_type: pb::aggregate::GroupType::Pivot as i32,
        grouping_expressions: vec![first],
        aggregate_expressions: vec![firesteel_parser::parse_expression("count(1)")?],
        pivot: Some(pb::aggregate::Pivot { col: Some(text(&message.col2)?), values: Vec::new() }),
        grouping_sets: Vec::new(),
    };
    let relation =
        pb::Relation { rel_type: Some(pb::relation::RelType::Aggregate(Box::new(pivot))), ..Default::default() };
    let zero = pb::expression::Literal {
        literal_type: Some(pb::expression::literal::LiteralType::Long(0)),
        ..Default::default()
    };
    super::null::fill(analyzer, &pb::NaFill { input: Some(Box::new(relation)), cols: Vec::new(), values: vec![zero] })
}
