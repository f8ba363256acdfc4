//! Names for relations and columns: `alias`, `toDF`, `withColumnRenamed`.

use firesteel_error::{Result, SparkError};
use spark_connect_proto as pb;

use crate::analyzed::Analyzed;
use crate::analyzer::Analyzer;
use crate::attribute::Attribute;

pub(super) fn subquery_alias(analyzer: &mut Analyzer, message: &pb::SubqueryAlias) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let mut qualifier = message.qualifier.clone();
    qualifier.push(message.alias.clone());
    Ok(qualified(input, &qualifier))
}

/// The relation under a name.
pub(crate) fn qualified(input: Analyzed, qualifier: &[String]) -> Analyzed {
    let output = input.output.iter().map(|a| a.qualified(qualifier)).collect();
    Analyzed::new(input.plan, output)
}

pub(super) fn to_df(analyzer: &mut Analyzer, message: &pb::ToDf) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    if message.column_names.len() != input.output.len() {
        return Err(SparkError::new("ASSIGNMENT_ARITY_MISMATCH")
            .param("numExpr", message.column_names.len().to_string())
            .param("numTarget", input.output.len().to_string()));
    }
    let names = message.column_names.iter();
    let output = input.output.iter().zip(names).map(|(a, name)| a.renamed(name)).collect();
    Ok(Analyzed { output, beneath: None, ..input })
}

#[allow(deprecated)] // older clients send the map
pub(super) fn renamed(analyzer: &mut Analyzer, message: &pb::WithColumnsRenamed) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let mut renames: Vec<(String, String)> =
        message.renames.iter().map(|r| (r.col_name.clone(), r.new_col_name.clone())).collect();
    renames.extend(message.rename_columns_map.iter().map(|(from, to)| (from.clone(), to.clone())));
    let mut output: Vec<Attribute> = input.output.clone();
    for (from, to) in renames {
        for attribute in &mut output {
            if attribute.name.eq_ignore_ascii_case(&from) {
                *attribute = attribute.renamed(&to).qualified(&[]);
            }
        }
    }
    Ok(Analyzed { output, beneath: None, ..input })
}
