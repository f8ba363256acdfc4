//! How SQL that no DataFrame call can say is put into Spark Connect messages.
//!
//! An analyzer that knows the messages of the Python client needs to know only these additions:
//!
//! | SQL | message |
//! |---|---|
//! | `SELECT list FROM t GROUP BY keys` | `Aggregate` whose `aggregate_expressions` are the whole output (a DataFrame's aggregate puts the keys before them): [`outputs_aggregates_only`] is true |
//! | `f(x) FILTER (WHERE c)` | function [`FILTER_WHERE`] of the aggregate and the condition |
//! | `f(p) WITHIN GROUP (ORDER BY x)` | function [`WITHIN_GROUP`] of the aggregate and its sort orders |
//! | `lag(x) IGNORE NULLS` | function [`IGNORE_NULLS`] of the function (`first`, `last`, `any_value`, `nth_value` get their argument `true` instead) |
//! | `* EXCEPT (a, b)` | function [`STAR_EXCEPT`] of the star and the attributes |
//! | `QUALIFY c` | `Filter` whose condition is the function [`QUALIFY`] of c, which may have windows in it |
//! | `PIVOT (.. FOR c IN (1 AS a, 2))` | `Aggregate` whose only grouping expression is the function [`PIVOT_VALUES`] of the values with their names |
//! | `WITH RECURSIVE t AS (a UNION ALL b)` | table-valued function [`RECURSIVE`] of its name, the plan ids of a and b, and whether equal rows count once; `t` in b is the table [`RECURSIVE`]`.name` |
//! | `TABLE(t) PARTITION BY x` as an argument | as the Python client: `SubqueryExpression` of a table argument |
//! | `a NATURAL JOIN b` | `Join` with the single using column [`NATURAL`] |
//! | `VALUES (1, 'a'), (2, 'b')` | table-valued function `inline(array(named_struct('col1', 1, 'col2', 'a'), ..))` |
//! | `LATERAL VIEW [OUTER] f(x) t AS a` | `LateralJoin` (inner or left outer) with the table-valued function `f(x)`, in `ToDF` and `SubqueryAlias` |
//! | `WITH t AS (q) ..` | each use of `t` is `SubqueryAlias` of q |
//! | `TIMESTAMP '2020-01-01 00:00:00'` without a zone | `Literal` whose value is the string and whose `data_type` is timestamp: the session's time zone makes it an instant |
//! | `GROUP BY 1`, `ORDER BY 2` | an integer literal, which means the n-th column of the select list |
//! | `GROUP BY ALL`, `ORDER BY ALL` | the attribute `ALL` |
//! | a subquery in an expression | as the Python client: `SubqueryExpression` and `WithRelations`; plan ids are negative |

use spark_connect_proto::origin::Function;
use spark_connect_proto::{JvmOrigin, Origin, Relation, RelationCommon};

/// `f(x) FILTER (WHERE c)`: arguments are the aggregate and the condition.
pub const FILTER_WHERE: &str = "$filter_where";
/// `f(p) WITHIN GROUP (ORDER BY x)`: arguments are the aggregate and the sort orders.
pub const WITHIN_GROUP: &str = "$within_group";
/// `f(x) IGNORE NULLS`: the argument is the function.
pub const IGNORE_NULLS: &str = "$ignore_nulls";
/// `* EXCEPT (a, b)`: arguments are the star and the attributes left out.
pub const STAR_EXCEPT: &str = "$star_except";
/// `QUALIFY c`: the argument is the condition.
pub const QUALIFY: &str = "$qualify";
/// The values of a `PIVOT` from SQL: the arguments are the values, under an alias where they have a name.
pub const PIVOT_VALUES: &str = "$pivot_values";
/// A recursive common table expression: arguments are its name, the plan ids of its start and its step, and whether
/// equal rows count once. As a table's first name part, the rows of the step before.
pub const RECURSIVE: &str = "$recursive";
/// The using column that stands for all columns that both sides have.
pub const NATURAL: &str = "$natural";

const SELECT: &str = "SELECT";

/// Whether `relation`, an aggregate, comes from SQL: its output is its aggregate expressions, without the grouping
/// expressions before them.
pub fn outputs_aggregates_only(relation: &Relation) -> bool {
    let origin = relation.common.as_ref().and_then(|common| common.origin.as_ref());
    matches!(
        origin.and_then(|origin| origin.function.as_ref()),
        Some(Function::JvmOrigin(origin)) if origin.object_type.as_deref() == Some(SELECT)
    )
}

/// What marks an aggregate for [`outputs_aggregates_only`].
pub(crate) fn aggregates_only() -> RelationCommon {
    let origin = JvmOrigin { object_type: Some(SELECT.to_string()), ..Default::default() };
    RelationCommon { origin: Some(Origin { function: Some(Function::JvmOrigin(origin)) }), ..Default::default() }
}
