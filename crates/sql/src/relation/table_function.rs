//! Table functions written in Python: called with constants, with a table, or with the columns of a lateral join's left side.

use std::sync::Arc;

use arrow::compute::SortOptions;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{DFSchema, JoinType as DfJoin};
use datafusion::logical_expr::{Expr, Extension, LogicalPlan};
use firesteel_error::{Result, SparkError};
use spark_connect_proto::subquery_expression::{SubqueryType, TableArgOptions};
use spark_connect_proto::{self as pb, expression::ExprType, join::JoinType, relation::RelType};

use super::project;
use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, Scope, check_named_arguments};
use crate::attribute::Attribute;
use crate::error::from_datafusion;
use crate::expression::Typed;
use crate::function;
use crate::python::{
    self, AnalyzeArgument, Argument, PythonNode, PythonOp, PythonTableFunction, TableAnalysis, TableOp,
};

pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::CommonInlineUserDefinedTableFunction) -> Result<Analyzed> {
    let function = Arc::new(python::table_from_proto(message)?);
    rows(analyzer, function, &message.arguments, None)
}

/// The call of a registered function, if there is one of that name.
pub(super) fn registered(
    analyzer: &mut Analyzer,
    message: &pb::UnresolvedTableValuedFunction,
) -> Option<Result<Analyzed>> {
    let function = analyzer.session().functions().read().table(&message.function_name)?;
    Some(rows(analyzer, function, &message.arguments, None))
}

/// A lateral join whose right side is a Python table function; `None` if it is not.
pub(super) fn lateral(analyzer: &mut Analyzer, message: &pb::LateralJoin) -> Result<Option<Analyzed>> {
    let Some((function, arguments, names, alias)) =
        message.right.as_deref().and_then(|right| called(analyzer, right)).transpose()?
    else {
        return Ok(None);
    };
    if message.join_condition.is_some() {
        return Err(SparkError::unsupported("A lateral join with a Python table function on a condition"));
    }
    let outer = matches!(message.join_type(), JoinType::LeftOuter);
    let left = analyzer.input(&message.left)?;
    let width = left.output.len();
    let mut joined = if arguments.iter().any(is_table) {
        // The function sees its table as a whole, and nothing of the left side.
        let right = rows(analyzer, function, &arguments, None)?;
        super::join::on_condition(left, right, if outer { DfJoin::Left } else { DfJoin::Inner }, None)?
    } else if outer {
        return Err(SparkError::unsupported("A lateral left join with a Python table function"));
    } else {
        rows(analyzer, function, &arguments, Some(left))?
    };
    for (index, attribute) in joined.output.iter_mut().skip(width).enumerate() {
        if let Some(name) = names.as_ref().and_then(|names| names.get(index)) {
            *attribute = attribute.renamed(name);
        }
        if let Some(alias) = &alias {
            *attribute = attribute.qualified(std::slice::from_ref(alias));
        }
    }
    Ok(Some(joined))
}

/// Whether an argument is a table.
fn is_table(argument: &pb::Expression) -> bool {
    match &argument.expr_type {
        Some(ExprType::NamedArgumentExpression(named)) => named.value.as_deref().is_some_and(is_table),
        Some(ExprType::SubqueryExpression(query)) => query.subquery_type() == SubqueryType::TableArg,
        _ => false,
    }
}

type Called = (Arc<PythonTableFunction>, Vec<pb::Expression>, Option<Vec<String>>, Option<String>);

/// The Python table function beneath names and an alias.
fn called(analyzer: &Analyzer, relation: &pb::Relation) -> Option<Result<Called>> {
    match relation.rel_type.as_ref()? {
        RelType::CommonInlineUserDefinedTableFunction(message) => {
            let function = python::table_from_proto(message);
            Some(function.map(|function| (Arc::new(function), message.arguments.clone(), None, None)))
        }
        RelType::UnresolvedTableValuedFunction(message) => {
            let function = analyzer.session().functions().read().table(&message.function_name)?;
            Some(Ok((function, message.arguments.clone(), None, None)))
        }
        RelType::ToDf(named) => {
            let inner = called(analyzer, named.input.as_deref()?)?;
            Some(inner.map(|(f, a, _, alias)| (f, a, Some(named.column_names.clone()), alias)))
        }
        RelType::SubqueryAlias(aliased) => {
            let inner = called(analyzer, aliased.input.as_deref()?)?;
            Some(inner.map(|(f, a, names, _)| (f, a, names, Some(aliased.alias.clone()))))
        }
        _ => None,
    }
}

/// The rows that the function makes; those of `left` beside them.
fn rows(
    analyzer: &mut Analyzer,
    function: Arc<PythonTableFunction>,
    arguments: &[pb::Expression],
    left: Option<Analyzed>,
) -> Result<Analyzed> {
    let is_lateral = left.is_some();
    let input = match left {
        Some(left) => left,
        None => project::one_row()?,
    };
    check_named_arguments(&function.name, arguments)?;
    let mut given = Given::new(analyzer, arguments, &input)?;
    let mut told = Told::default();
    let schema = match function.return_schema.clone() {
        Some(schema) => schema,
        None => {
            let analysis = given.analyze(analyzer, &function)?;
            told = Told::new(&analysis)?;
            analysis.schema
        }
    };
    let (input, table) = table_argument(analyzer, &mut given, &told, input)?;
    let keep: Vec<Expr> =
        if is_lateral { input.plan.schema().columns().into_iter().map(Expr::Column).collect() } else { Vec::new() };
    let (keys, order, kept) = (table.keys.len(), table.order.len(), keep.len());
    let passed = given
        .keywords
        .into_iter()
        .enumerate()
        .map(|(index, keyword)| Argument { column: keys + order + index, keyword })
        .collect();
    let mut exprs: Vec<Expr> = table.keys;
    exprs.extend(table.order);
    exprs.extend(given.values.into_iter().map(|value| value.expr));
    exprs.extend(keep);
    let own: Vec<Attribute> = schema.fields().iter().map(|field| Attribute::of_field(field)).collect();
    let fields: Vec<FieldRef> = own.iter().map(|a| Arc::new(a.field.as_ref().clone().with_name(&a.column))).collect();
    let node_schema = node_schema(&input.plan, kept > 0, &fields)?;
    let (plan, exprs) = python::with_columns(input.plan.clone(), exprs).map_err(from_datafusion)?;
    let op = PythonOp::Table(TableOp {
        function,
        fields: schema.fields().iter().cloned().collect(),
        keys,
        order: table.options,
        arguments: passed,
        partition_fields: table.fields,
        tables: table.positions,
        single_partition: table.single_partition,
        analyze_result: told.result,
        keep: kept,
    });
    let node = PythonNode::instead(op, vec![plan], exprs, Arc::new(node_schema));
    let plan = LogicalPlan::Extension(Extension { node: Arc::new(node) });
    if !is_lateral {
        return Ok(Analyzed::new(plan, own));
    }
    let output = input.output.iter().cloned().chain(own).collect();
    Ok(Analyzed { plan, output, beneath: None, ..input })
}

/// The rows that the function is called with, and what its argument that is a table says of them.
fn table_argument(
    analyzer: &mut Analyzer,
    given: &mut Given,
    told: &Told,
    input: Analyzed,
) -> Result<(Analyzed, TableArgument)> {
    match given.tables.as_slice() {
        [] => {
            let (plan, values) = crate::per_partition::append(input.plan.clone(), std::mem::take(&mut given.values))?;
            given.values = values;
            Ok((Analyzed { plan, ..input }, TableArgument::default()))
        }
        [(relation, options, position)] => {
            let options = told.options.as_ref().or(options.as_ref());
            let table = TableArgument::new(analyzer, relation, options, &told.select, *position)?;
            given.values[*position] = table.row.clone();
            Ok((relation.clone(), table))
        }
        several => {
            let (relation, rows) = every_combination(analyzer, several)?;
            let positions = rows.iter().map(|(position, _)| *position).collect();
            for (position, row) in rows {
                given.values[position] = row;
            }
            Ok((relation, TableArgument { positions, ..TableArgument::default() }))
        }
    }
}

/// Several tables as arguments: each row of one with each row of the others.
fn every_combination(
    analyzer: &mut Analyzer,
    tables: &[(Analyzed, Option<TableArgOptions>, usize)],
) -> Result<(Analyzed, Vec<(usize, Typed)>)> {
    let mut rows = Vec::with_capacity(tables.len());
    let mut all: Option<Analyzed> = None;
    for (relation, options, position) in tables {
        let arranged = options.as_ref().is_some_and(|options| {
            !options.partition_spec.is_empty() || !options.order_spec.is_empty() || options.with_single_partition()
        });
        if arranged {
            return Err(SparkError::unsupported("PARTITION BY or ORDER BY of one of several TABLE arguments"));
        }
        rows.push((*position, TableArgument::new(analyzer, relation, None, &[], *position)?.row));
        all = Some(match all {
            None => relation.clone(),
            Some(left) => super::join::on_condition(left, relation.clone(), DfJoin::Inner, None)?,
        });
    }
    let all = all.ok_or_else(|| SparkError::internal("a table function without its TABLE arguments"))?;
    Ok((all, rows))
}

/// A call's arguments: values and tables.
struct Given {
    /// A value for each argument; for the table a stand-in.
    values: Vec<Typed>,
    keywords: Vec<Option<String>>,
    /// The tables, what is said of them, and which arguments they are.
    tables: Vec<(Analyzed, Option<TableArgOptions>, usize)>,
}

impl Given {
    fn new(analyzer: &mut Analyzer, arguments: &[pb::Expression], input: &Analyzed) -> Result<Self> {
        let mut given = Self { values: Vec::new(), keywords: Vec::new(), tables: Vec::new() };
        let scope = Scope::of(input);
        for (index, argument) in arguments.iter().enumerate() {
            let (keyword, value) = match &argument.expr_type {
                Some(ExprType::NamedArgumentExpression(named)) => (Some(named.key.clone()), named.value.as_deref()),
                _ => (None, Some(argument)),
            };
            let Some(value) = value else { return Err(SparkError::internal("an argument without a value was sent")) };
            match &value.expr_type {
                Some(ExprType::SubqueryExpression(query)) if query.subquery_type() == SubqueryType::TableArg => {
                    let relation = analyzer.referenced(query.plan_id)?;
                    given.tables.push((relation, query.table_arg_options.clone(), index));
                    given.values.push(TableArgument::default().row);
                }
                _ => given.values.push(analyzer.expression(value, &scope)?),
            }
            given.keywords.push(keyword);
        }
        let several = analyzer.conf().flag("spark.sql.tvf.allowMultipleTableArguments.enabled");
        if given.tables.len() > 1 && !several {
            return Err(SparkError::new("TABLE_VALUED_FUNCTION_TOO_MANY_TABLE_ARGUMENTS")
                .param("num", given.tables.len().to_string()));
        }
        Ok(given)
    }

    /// Asks the function for its columns.
    fn analyze(&self, analyzer: &Analyzer, function: &PythonTableFunction) -> Result<TableAnalysis> {
        let mut asked = Vec::with_capacity(self.values.len());
        for (index, (value, keyword)) in self.values.iter().zip(&self.keywords).enumerate() {
            let table = self.tables.iter().find(|(.., position)| *position == index);
            let constant = match table {
                Some(_) => None,
                None => crate::fold::constant(value)?,
            };
            let constant = constant.map(|value| value.to_array()).transpose().map_err(from_datafusion)?;
            let data_type = table.map_or_else(|| value.data_type().clone(), |(table, ..)| table.struct_type());
            asked.push(AnalyzeArgument { data_type, constant, is_table: table.is_some(), keyword: keyword.clone() });
        }
        let scope = analyzer.session().python();
        scope.runtime()?.analyze_table(&scope, function, &asked)
    }
}

/// What the function itself says of its TABLE argument.
#[derive(Default)]
struct Told {
    options: Option<TableArgOptions>,
    select: Vec<(pb::Expression, String)>,
    result: Option<bytes::Bytes>,
}

impl Told {
    fn new(analysis: &TableAnalysis) -> Result<Self> {
        use pb::expression::sort_order::{NullOrdering, SortDirection};
        let parse = |text: &String| firesteel_parser::parse_expression(text);
        let order = |(text, ascending, nulls): &(String, bool, Option<bool>)| {
            let direction = if *ascending { SortDirection::Ascending } else { SortDirection::Descending };
            let nulls = match nulls {
                None => NullOrdering::SortNullsUnspecified,
                Some(true) => NullOrdering::SortNullsFirst,
                Some(false) => NullOrdering::SortNullsLast,
            };
            Ok(pb::expression::SortOrder {
                child: Some(Box::new(parse(text)?)),
                direction: direction.into(),
                null_ordering: nulls.into(),
            })
        };
        let says = analysis.single_partition || !analysis.partition_by.is_empty() || !analysis.order_by.is_empty();
        let options = TableArgOptions {
            partition_spec: analysis.partition_by.iter().map(parse).collect::<Result<_>>()?,
            order_spec: analysis.order_by.iter().map(order).collect::<Result<_>>()?,
            with_single_partition: Some(analysis.single_partition),
        };
        let select = analysis.select.iter().map(|(text, name)| Ok((parse(text)?, name.clone())));
        Ok(Self {
            options: says.then_some(options),
            select: select.collect::<Result<_>>()?,
            result: Some(analysis.result.clone()),
        })
    }
}

fn node_schema(input: &LogicalPlan, keeps: bool, fields: &[FieldRef]) -> Result<DFSchema> {
    let mut all: Vec<_> = if keeps {
        input.schema().iter().map(|(qualifier, field)| (qualifier.cloned(), field.clone())).collect()
    } else {
        Vec::new()
    };
    all.extend(fields.iter().map(|field| (None, field.clone())));
    DFSchema::new_with_metadata(all, std::collections::HashMap::new()).map_err(from_datafusion)
}

/// A table as an argument: its rows as structs, brought together and sorted as asked for.
struct TableArgument {
    row: Typed,
    keys: Vec<Expr>,
    order: Vec<Expr>,
    options: Vec<SortOptions>,
    /// The fields of the struct that hold the keys.
    fields: Vec<usize>,
    single_partition: bool,
    positions: Vec<usize>,
}

impl Default for TableArgument {
    fn default() -> Self {
        Self {
            row: Typed::new(datafusion::logical_expr::lit(true), DataType::Boolean, false, ""),
            keys: Vec::new(),
            order: Vec::new(),
            options: Vec::new(),
            fields: Vec::new(),
            single_partition: false,
            positions: Vec::new(),
        }
    }
}

impl TableArgument {
    fn new(
        analyzer: &mut Analyzer,
        relation: &Analyzed,
        options: Option<&TableArgOptions>,
        select: &[(pb::Expression, String)],
        position: usize,
    ) -> Result<Self> {
        let mut table = Self { positions: vec![position], ..Self::default() };
        let scope = Scope::of(relation);
        let mut columns: Vec<Typed> = relation.output.iter().map(Typed::attribute).collect();
        if !select.is_empty() {
            columns.clear();
            for (message, name) in select {
                let typed = analyzer.expression(message, &scope)?;
                columns.push(if name.is_empty() { typed } else { typed.named(name) });
            }
        }
        if let Some(options) = options {
            for key in analyzer.expressions(&options.partition_spec, &scope)? {
                // The worker takes these fields off again before the function sees the row.
                let name = format!("partition_by_{}", table.fields.len());
                table.fields.push(columns.len());
                table.keys.push(key.expr.clone());
                columns.push(key.named(name));
            }
            for order in &options.order_spec {
                let sort = analyzer.sort_order(order, &scope)?;
                table.order.push(sort.expr);
                table.options.push(SortOptions { descending: !sort.asc, nulls_first: sort.nulls_first });
            }
            table.single_partition = options.with_single_partition();
        }
        let fields: Vec<Field> = columns.iter().map(|c| c.field.as_ref().clone().with_name(&c.name)).collect();
        let row = function::resolve_named(analyzer.session(), "struct", &columns)?;
        table.row = Typed::new(row.expr, DataType::Struct(fields.into()), false, "table");
        Ok(table)
    }
}
