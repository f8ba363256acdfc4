//! Calls of functions: arguments, `DISTINCT`, `FILTER`, `OVER`, and the calls that SQL writes with keywords inside.

use firesteel_error::{Result, SparkError};
use spark_connect_proto as proto;
use spark_connect_proto::Expression;
use spark_connect_proto::expression::ExprType;
use spark_connect_proto::subquery_expression::{SubqueryType, TableArgOptions};
use sqlparser::ast::{
    self, DuplicateTreatment, Expr, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments,
    NullTreatment, TrimWhereField, Value,
};

use crate::expression::{call, of, star};
use crate::planner::Planner;
use crate::{dialect, encoding, error, identifier, literal};

/// Functions whose first argument is a unit of time when they have three.
const OF_UNIT: [&str; 7] =
    ["timestampadd", "timestampdiff", "dateadd", "datediff", "date_add", "date_diff", "timediff"];
/// Functions with an argument that says whether nulls are skipped.
const SKIPS_NULLS: [&str; 6] = ["first", "last", "any_value", "first_value", "last_value", "nth_value"];

impl Planner<'_, '_> {
    /// The message of a call.
    pub(crate) fn function(&mut self, function: &ast::Function) -> Result<Expression> {
        let parts = identifier::parts(&function.name)?;
        if matches!(parts.as_slice(), [name] if [dialect::TABLE, dialect::SINGLE_PARTITION_TABLE].contains(&name.as_str()))
        {
            return self.table_argument(function, parts[0] == dialect::SINGLE_PARTITION_TABLE);
        }
        let (mut distinct, mut arguments, mut nulls) = (false, Vec::new(), function.null_treatment);
        match &function.args {
            FunctionArguments::None => {}
            FunctionArguments::Subquery(query) => {
                let plan = self.query(query)?;
                arguments.push(self.reference(plan, SubqueryType::Scalar));
            }
            FunctionArguments::List(list) => {
                distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
                for clause in &list.clauses {
                    match clause {
                        FunctionArgumentClause::IgnoreOrRespectNulls(treatment) => nulls = Some(*treatment),
                        _ => return Err(error::at_node(self.source, &function.name)),
                    }
                }
                arguments = self.arguments(&parts, &list.args)?;
            }
        }
        let lower = parts.last().map(|name| name.to_ascii_lowercase()).unwrap_or_default();
        let is_star = matches!(arguments.as_slice(),
            [Expression { expr_type: Some(ExprType::UnresolvedStar(s)), .. }] if s.unparsed_target.is_none());
        if lower == "count" && parts.len() == 1 && is_star && !distinct {
            arguments = vec![literal::integer(1)];
        }
        let ignores_nulls = nulls == Some(NullTreatment::IgnoreNulls);
        if ignores_nulls && SKIPS_NULLS.contains(&lower.as_str()) {
            arguments.push(literal::boolean(true));
        }
        let mut expr = named_call(&parts, arguments, distinct);
        if ignores_nulls && !SKIPS_NULLS.contains(&lower.as_str()) {
            expr = call(encoding::IGNORE_NULLS, vec![expr]);
        }
        if !function.within_group.is_empty() {
            let mut parts = vec![expr];
            for order in &function.within_group {
                parts.push(of(ExprType::SortOrder(Box::new(self.sort_order(order)?))));
            }
            expr = call(encoding::WITHIN_GROUP, parts);
        }
        if let Some(condition) = &function.filter {
            expr = call(encoding::FILTER_WHERE, vec![expr, self.expression(condition)?]);
        }
        match &function.over {
            Some(over) => self.over(expr, over),
            None => Ok(expr),
        }
    }

    /// `TABLE(t) PARTITION BY ..`
    fn table_argument(&mut self, function: &ast::Function, single: bool) -> Result<Expression> {
        let FunctionArguments::Subquery(query) = &function.args else {
            return Err(error::at_node(self.source, function));
        };
        let plan = self.query(query)?;
        let mut options = TableArgOptions { with_single_partition: Some(single), ..Default::default() };
        if let Some(ast::WindowType::WindowSpec(spec)) = &function.over {
            options.partition_spec = self.expressions(&spec.partition_by)?;
            for order in &spec.order_by {
                options.order_spec.push(self.sort_order(order)?);
            }
        }
        Ok(of(ExprType::SubqueryExpression(proto::SubqueryExpression {
            plan_id: self.subquery(plan),
            subquery_type: SubqueryType::TableArg.into(),
            table_arg_options: Some(options),
            in_subquery_values: vec![],
        })))
    }

    /// A subquery that gives one value.
    pub(crate) fn scalar_subquery(&mut self, plan: proto::Relation) -> Expression {
        self.reference(plan, SubqueryType::Scalar)
    }

    /// A subquery as an expression.
    fn reference(&mut self, plan: proto::Relation, kind: SubqueryType) -> Expression {
        let plan_id = self.subquery(plan);
        of(ExprType::SubqueryExpression(proto::SubqueryExpression {
            plan_id,
            subquery_type: kind.into(),
            table_arg_options: None,
            in_subquery_values: vec![],
        }))
    }

    fn arguments(&mut self, name: &[String], args: &[FunctionArg]) -> Result<Vec<Expression>> {
        let of_unit = matches!(name, [name] if OF_UNIT.contains(&name.to_ascii_lowercase().as_str()));
        let mut arguments = Vec::new();
        for (index, arg) in args.iter().enumerate() {
            if let (true, 0, 3, FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Identifier(unit)))) =
                (of_unit, index, args.len(), arg)
            {
                arguments.push(literal::string(unit.value.to_ascii_uppercase()));
                continue;
            }
            arguments.push(self.argument(arg)?);
        }
        Ok(arguments)
    }

    /// One argument, named or not.
    pub(crate) fn argument(&mut self, arg: &FunctionArg) -> Result<Expression> {
        match arg {
            FunctionArg::Unnamed(value) => self.argument_value(value),
            FunctionArg::Named { name, arg, .. } => {
                let value = Some(Box::new(self.argument_value(arg)?));
                let key = name.value.clone();
                Ok(of(ExprType::NamedArgumentExpression(Box::new(proto::NamedArgumentExpression { key, value }))))
            }
            FunctionArg::ExprNamed { name, .. } => Err(error::at_node(self.source, name)),
        }
    }

    fn argument_value(&mut self, value: &FunctionArgExpr) -> Result<Expression> {
        match value {
            FunctionArgExpr::Expr(expr) => self.expression(expr),
            FunctionArgExpr::Wildcard => Ok(star(None)),
            FunctionArgExpr::QualifiedWildcard(name) => {
                Ok(star(Some(identifier::join(identifier::parts(name)?.iter().map(String::as_str)))))
            }
            FunctionArgExpr::WildcardWithOptions(options) => self.star_with_options(None, options),
        }
    }

    /// The calls that the tree has nodes of their own for.
    pub(crate) fn special_call(&mut self, expr: &Expr) -> Result<Expression> {
        Ok(match expr {
            Expr::Extract { field, expr, .. } => {
                call("extract", vec![literal::string(field.to_string()), self.expression(expr)?])
            }
            Expr::Position { expr, r#in } => call("position", self.expressions([&**expr, &**r#in])?),
            Expr::Substring { expr, substring_from, substring_for, .. } => {
                let parts = [Some(expr), substring_from.as_ref(), substring_for.as_ref()];
                call("substring", self.expressions(parts.into_iter().flatten().map(|part| &**part))?)
            }
            Expr::Overlay { expr, overlay_what, overlay_from, overlay_for } => {
                let parts = [Some(expr), Some(overlay_what), Some(overlay_from), overlay_for.as_ref()];
                call("overlay", self.expressions(parts.into_iter().flatten().map(|part| &**part))?)
            }
            Expr::Trim { expr, trim_where, trim_what, trim_characters } => {
                let name = match trim_where {
                    Some(TrimWhereField::Leading) => "ltrim",
                    Some(TrimWhereField::Trailing) => "rtrim",
                    Some(TrimWhereField::Both) | None => "trim",
                };
                // As the Python client has it: first the characters, then the text.
                let mut arguments = Vec::new();
                if let Some(what) = trim_what {
                    arguments.push(self.expression(what)?);
                }
                arguments.push(self.expression(expr)?);
                arguments.extend(self.expressions(trim_characters.iter().flatten())?);
                call(name, arguments)
            }
            Expr::GroupingSets(_) | Expr::Cube(_) | Expr::Rollup(_) => {
                return Err(SparkError::unsupported("grouping analytics outside GROUP BY"));
            }
            other => return Err(error::at_node(self.source, other)),
        })
    }
}

/// A call by a name of one part, or of several.
pub(crate) fn named_call(parts: &[String], arguments: Vec<Expression>, is_distinct: bool) -> Expression {
    match parts {
        [function_name] => of(ExprType::UnresolvedFunction(proto::expression::UnresolvedFunction {
            function_name: function_name.clone(),
            arguments,
            is_distinct,
            ..Default::default()
        })),
        parts => {
            let function_name = identifier::join(parts.iter().map(String::as_str));
            of(ExprType::CallFunction(proto::CallFunction { function_name, arguments }))
        }
    }
}

/// The integer that an expression of the tree is, if it is one.
pub(crate) fn constant_integer(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(text, _) => text.trim_end_matches('L').parse().ok(),
            _ => None,
        },
        Expr::Nested(inner) => constant_integer(inner),
        Expr::UnaryOp { op: ast::UnaryOperator::Minus, expr } => constant_integer(expr)?.checked_neg(),
        Expr::BinaryOp { left, op, right } => {
            let (left, right) = (constant_integer(left)?, constant_integer(right)?);
            match op {
                ast::BinaryOperator::Plus => left.checked_add(right),
                ast::BinaryOperator::Minus => left.checked_sub(right),
                ast::BinaryOperator::Multiply => left.checked_mul(right),
                _ => None,
            }
        }
        _ => None,
    }
}
