//! Expressions of the tree to expression messages.

use firesteel_error::{Exception, Result, SparkError};
use spark_connect_proto as proto;
use spark_connect_proto::expression::cast::{CastToType, EvalMode};
use spark_connect_proto::expression::literal::LiteralType;
use spark_connect_proto::expression::{ExprType, UnresolvedNamedLambdaVariable};
use spark_connect_proto::subquery_expression::SubqueryType;
use spark_connect_proto::{Expression, ExpressionCommon};
use sqlparser::ast::{
    self, AccessExpr, BinaryOperator, CastKind, DataType, Expr, Ident, OneOrManyWithParens, Spanned, Subscript,
    UnaryOperator, Value,
};

use crate::dialect::LIKE_ALL;
use crate::planner::Planner;
use crate::{error, identifier, interval, literal, types};

/// A message of `expr_type`.
pub(crate) fn of(expr_type: ExprType) -> Expression {
    Expression { common: None, expr_type: Some(expr_type) }
}

/// A column by its name's parts.
pub(crate) fn attribute<'a>(parts: impl IntoIterator<Item = &'a str>) -> Expression {
    let unparsed_identifier = identifier::join(parts);
    of(ExprType::UnresolvedAttribute(proto::expression::UnresolvedAttribute {
        unparsed_identifier,
        ..Default::default()
    }))
}

/// A call of a function.
pub(crate) fn call(name: &str, arguments: Vec<Expression>) -> Expression {
    let function_name = name.to_string();
    of(ExprType::UnresolvedFunction(proto::expression::UnresolvedFunction {
        function_name,
        arguments,
        ..Default::default()
    }))
}

/// `expr AS names`
pub(crate) fn alias(expr: Expression, name: Vec<String>) -> Expression {
    of(ExprType::Alias(Box::new(proto::expression::Alias { expr: Some(Box::new(expr)), name, metadata: None })))
}

fn not_if(negated: bool, expr: Expression) -> Expression {
    if negated { call("not", vec![expr]) } else { expr }
}

fn extract(child: Expression, extraction: Expression) -> Expression {
    of(ExprType::UnresolvedExtractValue(Box::new(proto::expression::UnresolvedExtractValue {
        child: Some(Box::new(child)),
        extraction: Some(Box::new(extraction)),
    })))
}

/// Whether an error may have to point to the expression: names, calls and casts.
fn can_fail(message: &Expression) -> bool {
    matches!(
        message.expr_type,
        Some(
            ExprType::UnresolvedAttribute(_)
                | ExprType::UnresolvedFunction(_)
                | ExprType::CallFunction(_)
                | ExprType::Cast(_)
        )
    )
}

impl Planner<'_, '_> {
    /// The messages of several expressions.
    pub(crate) fn expressions<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) -> Result<Vec<Expression>> {
        exprs.into_iter().map(|expr| self.expression(expr)).collect()
    }

    /// The message of an expression.
    pub(crate) fn expression(&mut self, expr: &Expr) -> Result<Expression> {
        let mut message = self.deeper(|planner| planner.expression_here(expr))?;
        if message.common.is_none() && can_fail(&message) {
            let span = match expr {
                Expr::Function(call) if call.over.is_none() && call.filter.is_none() => {
                    self.source.whole_call(expr.span(), None)
                }
                Expr::Cast { kind: CastKind::Cast, .. } => self.source.whole_call(expr.span(), Some("CAST")),
                _ => expr.span(),
            };
            message.common = self.source.origin(span).map(|origin| ExpressionCommon { origin: Some(origin) });
        }
        Ok(message)
    }

    fn expression_here(&mut self, expr: &Expr) -> Result<Expression> {
        Ok(match expr {
            Expr::Identifier(ident) => self.name(std::slice::from_ref(ident)),
            Expr::CompoundIdentifier(idents) => self.name(idents),
            Expr::CompoundFieldAccess { root, access_chain } => return self.access(root, access_chain),
            Expr::Value(value) => return self.value(&value.value, expr),
            Expr::Nested(inner) => return self.expression(inner),
            Expr::BinaryOp { left, op, right } => return self.binary(expr, left, op, right),
            Expr::UnaryOp { op, expr: operand } => return self.unary(expr, *op, operand),
            Expr::IsNull(e) => call("isNull", vec![self.expression(e)?]),
            Expr::IsNotNull(e) => call("isNotNull", vec![self.expression(e)?]),
            Expr::IsUnknown(e) => call("isNull", vec![self.expression(e)?]),
            Expr::IsNotUnknown(e) => call("isNotNull", vec![self.expression(e)?]),
            Expr::IsTrue(e) => self.is_boolean(e, true, false)?,
            Expr::IsNotTrue(e) => self.is_boolean(e, true, true)?,
            Expr::IsFalse(e) => self.is_boolean(e, false, false)?,
            Expr::IsNotFalse(e) => self.is_boolean(e, false, true)?,
            Expr::IsDistinctFrom(a, b) => not_if(true, call("<=>", vec![self.expression(a)?, self.expression(b)?])),
            Expr::IsNotDistinctFrom(a, b) => call("<=>", vec![self.expression(a)?, self.expression(b)?]),
            Expr::InList { expr, list, negated } => {
                let mut arguments = vec![self.expression(expr)?];
                arguments.extend(self.expressions(list)?);
                not_if(*negated, call("in", arguments))
            }
            Expr::Between { expr, negated, low, high } => {
                not_if(*negated, call("between", self.expressions([&**expr, low, high])?))
            }
            Expr::InSubquery { expr, subquery, negated } => {
                let values = match &**expr {
                    Expr::Tuple(values) => self.expressions(values)?,
                    single => vec![self.expression(single)?],
                };
                not_if(*negated, self.subquery_expression(subquery, SubqueryType::In, values)?)
            }
            Expr::Exists { subquery, negated } => {
                not_if(*negated, self.subquery_expression(subquery, SubqueryType::Exists, vec![])?)
            }
            Expr::Subquery(query) => self.subquery_expression(query, SubqueryType::Scalar, vec![])?,
            Expr::Like { negated, any, expr, pattern, escape_char } => {
                return self.like("like", *negated, *any, expr, pattern, escape_char.as_ref());
            }
            Expr::ILike { negated, any, expr, pattern, escape_char } => {
                return self.like("ilike", *negated, *any, expr, pattern, escape_char.as_ref());
            }
            Expr::RLike { negated, expr, pattern, .. } => {
                not_if(*negated, call("rlike", self.expressions([&**expr, &**pattern])?))
            }
            Expr::Case { operand, conditions, else_result, .. } => {
                return self.case(operand.as_deref(), conditions, else_result.as_deref());
            }
            Expr::Cast { kind, expr: child, data_type, .. } => return self.cast(expr, kind, child, data_type),
            Expr::Prefixed { prefix, value } => return self.prefixed(expr, prefix, value),
            Expr::Tuple(values) => self.named_struct(values)?,
            Expr::Struct { values, .. } => call("struct", self.struct_values(values)?),
            Expr::Named { expr, name } => alias(self.expression(expr)?, vec![name.value.clone()]),
            Expr::Lambda(lambda) => return self.lambda(lambda),
            Expr::Wildcard(_) => star(None),
            Expr::QualifiedWildcard(name, _) => {
                star(Some(identifier::join(identifier::parts(name)?.iter().map(String::as_str))))
            }
            Expr::Collate { expr, collation } => {
                let name = identifier::parts(collation)?.join(".");
                call("collate", vec![self.expression(expr)?, literal::string(name)])
            }
            Expr::Function(function) => return self.function(function),
            other => return self.special_call(other),
        })
    }

    /// A column, a lambda's variable, or one of the names that mean a function.
    fn name(&self, idents: &[Ident]) -> Expression {
        let parts = || idents.iter().map(|ident| ident.value.as_str());
        if let [first, rest @ ..] = idents
            && self.lambda_variables.iter().any(|variable| variable.eq_ignore_ascii_case(&first.value))
        {
            let variable = UnresolvedNamedLambdaVariable { name_parts: vec![first.value.clone()] };
            let root = of(ExprType::UnresolvedNamedLambdaVariable(variable));
            return rest.iter().fold(root, |child, part| extract(child, literal::string(&part.value)));
        }
        attribute(parts())
    }

    fn access(&mut self, root: &Expr, chain: &[AccessExpr]) -> Result<Expression> {
        let mut names: Vec<Ident> = match root {
            Expr::Identifier(ident) => vec![ident.clone()],
            Expr::CompoundIdentifier(idents) => idents.clone(),
            _ => Vec::new(),
        };
        let is_name = !names.is_empty();
        let mut rest = chain.iter().peekable();
        while is_name && let Some(AccessExpr::Dot(Expr::Identifier(ident))) = rest.peek() {
            names.push(ident.clone());
            rest.next();
        }
        let mut child = if is_name { self.name(&names) } else { self.expression(root)? };
        for access in rest {
            let extraction = match access {
                AccessExpr::Dot(Expr::Identifier(ident)) => literal::string(&ident.value),
                AccessExpr::Subscript(Subscript::Index { index }) => self.expression(index)?,
                AccessExpr::Dot(other) => return Err(error::at_node(self.source, other)),
                AccessExpr::Subscript(_) => return Err(error::at_node(self.source, root)),
            };
            child = extract(child, extraction);
        }
        Ok(child)
    }

    fn value(&mut self, value: &Value, node: &Expr) -> Result<Expression> {
        Ok(match value {
            Value::Number(text, _) => literal::expression(self.number(text, node)?),
            Value::SingleQuotedString(text) => literal::string(text),
            Value::Boolean(value) => literal::boolean(*value),
            Value::Null => literal::null(),
            Value::HexStringLiteral(hex) => literal::expression(literal::binary(hex)?),
            Value::Placeholder(marker) => return self.parameter(marker),
            _ => return Err(error::at_node(self.source, node)),
        })
    }

    fn number(&self, text: &str, node: &Expr) -> Result<LiteralType> {
        literal::number(text).map_err(|e| self.source.place(e, node.span()))
    }

    fn unary(&mut self, node: &Expr, op: UnaryOperator, operand: &Expr) -> Result<Expression> {
        let name = match op {
            UnaryOperator::Minus => {
                if let Expr::Value(value) = operand
                    && let Value::Number(text, _) = &value.value
                {
                    return Ok(literal::expression(self.number(&format!("-{text}"), node)?));
                }
                "negative"
            }
            UnaryOperator::Plus => "positive",
            UnaryOperator::Not | UnaryOperator::BangNot => "not",
            UnaryOperator::BitwiseNot => "~",
            _ => return Err(error::at_node(self.source, node)),
        };
        Ok(call(name, vec![self.expression(operand)?]))
    }

    fn binary(&mut self, node: &Expr, left: &Expr, op: &BinaryOperator, right: &Expr) -> Result<Expression> {
        let name = match op {
            BinaryOperator::And => return self.chain(node, op, "and"),
            BinaryOperator::Or => return self.chain(node, op, "or"),
            BinaryOperator::Plus => "+",
            BinaryOperator::Minus => "-",
            BinaryOperator::Multiply => "*",
            BinaryOperator::Divide => "/",
            BinaryOperator::Modulo => "%",
            BinaryOperator::StringConcat => "concat",
            BinaryOperator::Gt => ">",
            BinaryOperator::Lt => "<",
            BinaryOperator::GtEq => ">=",
            BinaryOperator::LtEq => "<=",
            BinaryOperator::Spaceship => "<=>",
            BinaryOperator::Eq => "==",
            BinaryOperator::NotEq => {
                return Ok(not_if(true, call("==", self.expressions([left, right])?)));
            }
            BinaryOperator::BitwiseOr => "|",
            BinaryOperator::BitwiseAnd => "&",
            BinaryOperator::BitwiseXor => "^",
            BinaryOperator::MyIntegerDivide => "div",
            BinaryOperator::Custom(name) => match name.as_str() {
                "<<" => "shiftleft",
                ">>" => "shiftright",
                ">>>" => "shiftrightunsigned",
                _ => return Err(error::at_node(self.source, right)),
            },
            _ => return Err(error::at_node(self.source, right)),
        };
        Ok(call(name, self.expressions([left, right])?))
    }

    /// A chain of one operator becomes a balanced tree, as long conditions are common and deep trees are not wanted.
    fn chain(&mut self, node: &Expr, op: &BinaryOperator, name: &str) -> Result<Expression> {
        let mut operands = Vec::new();
        let mut rest = node;
        while let Expr::BinaryOp { left, op: found, right } = rest
            && found == op
        {
            operands.push(&**right);
            rest = left;
        }
        operands.push(rest);
        operands.reverse();
        let operands = self.expressions(operands)?;
        Ok(balanced(name, operands))
    }

    fn is_boolean(&mut self, expr: &Expr, value: bool, negated: bool) -> Result<Expression> {
        Ok(not_if(negated, call("<=>", vec![self.expression(expr)?, literal::boolean(value)])))
    }

    fn like(
        &mut self,
        name: &str,
        negated: bool,
        any: bool,
        expr: &Expr,
        pattern: &Expr,
        escape: Option<&ast::ValueWithSpan>,
    ) -> Result<Expression> {
        let child = self.expression(expr)?;
        let (true, Expr::Tuple(patterns)) = (any, pattern) else {
            let mut arguments = vec![child, self.expression(pattern)?];
            if let Some(escape) = escape {
                let Value::SingleQuotedString(text) = &escape.value else {
                    return Err(error::at_node(self.source, pattern));
                };
                if text.chars().count() != 1 {
                    return Err(SparkError::new("INVALID_ESC")
                        .param("invalidEscape", format!("'{text}'"))
                        .with_exception(Exception::Parse));
                }
                arguments.push(literal::string(text));
            }
            return Ok(not_if(negated, call(name, arguments)));
        };
        let (all, patterns) = match patterns.as_slice() {
            [Expr::Identifier(marker), rest @ ..] if marker.value == LIKE_ALL => (true, rest),
            patterns => (false, patterns),
        };
        let each = self
            .expressions(patterns)?
            .into_iter()
            .map(|pattern| not_if(negated, call(name, vec![child.clone(), pattern])))
            .collect();
        Ok(balanced(if all { "and" } else { "or" }, each))
    }

    fn case(
        &mut self,
        operand: Option<&Expr>,
        conditions: &[ast::CaseWhen],
        otherwise: Option<&Expr>,
    ) -> Result<Expression> {
        let operand = operand.map(|operand| self.expression(operand)).transpose()?;
        let mut arguments = Vec::new();
        for ast::CaseWhen { condition, result } in conditions {
            let condition = self.expression(condition)?;
            arguments.push(match &operand {
                Some(operand) => call("==", vec![operand.clone(), condition]),
                None => condition,
            });
            arguments.push(self.expression(result)?);
        }
        if let Some(otherwise) = otherwise {
            arguments.push(self.expression(otherwise)?);
        }
        Ok(call("when", arguments))
    }

    fn cast(&mut self, node: &Expr, kind: &CastKind, child: &Expr, data_type: &DataType) -> Result<Expression> {
        let eval_mode = match kind {
            CastKind::TryCast => EvalMode::Try,
            CastKind::Cast | CastKind::DoubleColon => EvalMode::Unspecified,
            CastKind::SafeCast => return Err(error::at_node(self.source, node)),
        };
        let text = match data_type {
            DataType::Custom(name, _) => identifier::parts(name)?.join("."),
            other => other.to_string(),
        };
        let data_type = types::parse(&text)?;
        Ok(of(ExprType::Cast(Box::new(proto::expression::Cast {
            expr: Some(Box::new(self.expression(child)?)),
            eval_mode: eval_mode.into(),
            cast_to_type: Some(CastToType::Type(data_type)),
        }))))
    }

    fn prefixed(&mut self, node: &Expr, prefix: &Ident, value: &Expr) -> Result<Expression> {
        let text = match value {
            Expr::Value(ast::ValueWithSpan { value: Value::SingleQuotedString(text), .. }) => text,
            _ => return Err(error::at_node(self.source, node)),
        };
        let expression = if prefix.value.starts_with("INTERVAL") {
            interval::literal(text, &prefix.value).map(literal::from)
        } else {
            literal::typed_string(&prefix.value, text)
        };
        expression.map_err(|e| self.source.place(e, prefix.span.union(&value.span())))
    }

    /// `(a, 1)`: the names of columns, or `col1`, `col2` ..
    fn named_struct(&mut self, values: &[Expr]) -> Result<Expression> {
        let mut arguments = Vec::new();
        for (index, value) in values.iter().enumerate() {
            let name = match value {
                Expr::Identifier(ident) => ident.value.clone(),
                Expr::CompoundIdentifier(idents) => idents.last().map(|i| i.value.clone()).unwrap_or_default(),
                _ => format!("col{}", index + 1),
            };
            arguments.extend([literal::string(name), self.expression(value)?]);
        }
        Ok(call("named_struct", arguments))
    }

    fn struct_values(&mut self, values: &[Expr]) -> Result<Vec<Expression>> {
        self.expressions(values)
    }

    fn lambda(&mut self, lambda: &ast::LambdaFunction) -> Result<Expression> {
        let names: Vec<String> = match &lambda.params {
            OneOrManyWithParens::One(parameter) => vec![parameter.name.value.clone()],
            OneOrManyWithParens::Many(parameters) => parameters.iter().map(|p| p.name.value.clone()).collect(),
        };
        let outer = self.lambda_variables.len();
        self.lambda_variables.extend(names.iter().cloned());
        let body = self.expression(&lambda.body);
        self.lambda_variables.truncate(outer);
        let arguments =
            names.into_iter().map(|name| UnresolvedNamedLambdaVariable { name_parts: vec![name] }).collect();
        let function = Some(Box::new(body?));
        Ok(of(ExprType::LambdaFunction(Box::new(proto::expression::LambdaFunction { function, arguments }))))
    }

    fn subquery_expression(
        &mut self,
        query: &ast::Query,
        kind: SubqueryType,
        in_subquery_values: Vec<Expression>,
    ) -> Result<Expression> {
        let plan = self.query(query)?;
        let plan_id = self.subquery(plan);
        Ok(of(ExprType::SubqueryExpression(proto::SubqueryExpression {
            plan_id,
            subquery_type: kind.into(),
            table_arg_options: None,
            in_subquery_values,
        })))
    }
}

/// `*` or `target.*`
pub(crate) fn star(target: Option<String>) -> Expression {
    let unparsed_target = target.map(|target| format!("{target}.*"));
    of(ExprType::UnresolvedStar(proto::expression::UnresolvedStar { unparsed_target, plan_id: None }))
}

fn balanced(name: &str, mut operands: Vec<Expression>) -> Expression {
    while operands.len() > 1 {
        let mut pairs = operands.into_iter();
        let mut next = Vec::new();
        while let Some(left) = pairs.next() {
            next.push(match pairs.next() {
                Some(right) => call(name, vec![left, right]),
                None => left,
            });
        }
        operands = next;
    }
    operands.pop().unwrap_or_else(literal::null)
}
