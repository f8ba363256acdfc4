//! Our sentence for each condition. `<name>` stands for a parameter.
//!
//! A condition that is not in the table shows its parameters, so nothing is lost by not being here.

use std::collections::BTreeMap;

const SENTENCES: &[(&str, &str)] = &[
    ("INTERNAL_ERROR", "The engine met a state it did not expect: <message> Please report it."),
    ("UNSUPPORTED_FEATURE.FIRESTEEL", "<feature> is not supported by Firesteel; docs/compatibility.md lists what is."),
    ("DIVIDE_BY_ZERO", "Division by zero. `try_divide` gives NULL instead; <config> = false switches the check off."),
    ("REMAINDER_BY_ZERO", "Remainder by zero. `try_mod` gives NULL instead; <config> = false switches the check off."),
    ("ARITHMETIC_OVERFLOW", "<message>. <alternative> <config> = false switches the check off."),
    (
        "CAST_INVALID_INPUT",
        "The value <expression> of type <sourceType> is malformed for <targetType>. `try_cast` gives NULL instead.",
    ),
    (
        "CAST_OVERFLOW",
        "The value <value> of type <sourceType> does not fit <targetType>. `try_cast` gives NULL instead.",
    ),
    (
        "UNRESOLVED_COLUMN.WITH_SUGGESTION",
        "There is no column, variable or function parameter <objectName>. Did you mean one of these: <proposal>?",
    ),
    ("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", "There is no column, variable or function parameter <objectName>."),
    ("UNRESOLVED_ROUTINE", "There is no routine <routineName> on the search path <searchPath>."),
    ("TABLE_OR_VIEW_NOT_FOUND", "There is no table or view <relationName>. Check its name, catalog and schema."),
    ("PARSE_SYNTAX_ERROR", "Syntax error at or near <error><hint>."),
    (
        "NESTED_AGGREGATE_FUNCTION",
        "An aggregate function cannot be an argument of another aggregate function; compute the inner one in a subquery.",
    ),
    (
        "AGGREGATE_FUNCTION_WITH_NONDETERMINISTIC_EXPRESSION",
        "Non-deterministic expression <sqlExpr> cannot be an argument of an aggregate function.",
    ),
    (
        "INVALID_PANDAS_UDF_PLACEMENT",
        "The group aggregate pandas UDF <functionList> cannot be invoked together with as other, non-pandas aggregate functions.",
    ),
    ("UNSUPPORTED_FEATURE.PYTHON_UDF_IN_ON_CLAUSE", "Python UDF in the ON clause of a <joinType> JOIN."),
    ("AMBIGUOUS_REFERENCE", "The name <name> could mean any of <referenceNames>."),
    ("STREAM_FAILED", "Query [id = <id>, runId = <runId>] ended with an error: <message>"),
];

/// The sentence of `condition` with its parameters put in.
pub(crate) fn render(condition: &str, params: &BTreeMap<String, String>) -> String {
    let Some((_, sentence)) = SENTENCES.iter().find(|(name, _)| *name == condition) else {
        let shown: Vec<String> = params.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        return if shown.is_empty() {
            format!("{}.", words(condition))
        } else {
            format!("{} ({}).", words(condition), shown.join(", "))
        };
    };
    params.iter().fold((*sentence).to_string(), |text, (name, value)| text.replace(&format!("<{name}>"), value))
}

/// `UNSUPPORTED_EXPR_FOR_WINDOW` as words.
fn words(condition: &str) -> String {
    let text = condition.replace(['_', '.'], " ").to_lowercase();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
