//! Session variables and functions written in SQL: `DECLARE`, `SET VARIABLE`, `CREATE FUNCTION .. RETURN ..`, `DROP`.

use firesteel_error::{Result, SparkError};
use spark_connect_proto as proto;
use spark_connect_proto::relation::RelType;
use spark_connect_proto::{DataType, Relation};
use sqlparser::ast::SelectItem;
use sqlparser::tokenizer::Token;

use crate::command::{CreateFunction, FunctionReturn, Name, SqlCommand};
use crate::planner::relation;
use crate::statement::Reader;
use crate::{dialect, types};

impl Reader<'_, '_, '_> {
    /// `DECLARE [OR REPLACE] [VARIABLE] name [, ..] [type] [DEFAULT value | = value]`
    pub(crate) fn declare(&mut self) -> Result<SqlCommand> {
        self.expect(&["DECLARE"])?;
        let replace = self.take(&["OR", "REPLACE"]);
        self.take_one_of(&["VARIABLE", "VAR"]);
        let mut names = vec![self.name()?];
        while self.take_token(&Token::Comma) {
            names.push(self.name()?);
        }
        let untyped = self.at_end() || self.sees(&["DEFAULT"]) || self.parser.peek_token_ref().token == Token::Eq;
        let data_type = if untyped { None } else { Some(self.data_type()?) };
        let default = match self.take(&["DEFAULT"]) || self.take_token(&Token::Eq) {
            true => Some(Box::new(self.one_row(1)?)),
            false => None,
        };
        if data_type.is_none() && default.is_none() {
            return Err(self.unexpected());
        }
        Ok(SqlCommand::DeclareVariables { names, replace, data_type, default })
    }

    /// After `SET VARIABLE`: `a = value, b = value` or `(a, b) = (query)`.
    pub(crate) fn set_variables(&mut self) -> Result<SqlCommand> {
        if self.parser.peek_token_ref().token == Token::LParen {
            let names = self.list(|reader| reader.name())?;
            self.expect_token(&Token::Eq)?;
            self.expect_token(&Token::LParen)?;
            let query = self.query()?;
            self.expect_token(&Token::RParen)?;
            return Ok(SqlCommand::SetVariables { names, query: Box::new(query), defaults: Vec::new() });
        }
        let (mut names, mut items, mut defaults) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            names.push(self.name()?);
            self.expect_token(&Token::Eq)?;
            if self.take(&["DEFAULT"]) {
                defaults.push(names.len() - 1);
                items.push(None);
            } else {
                items.push(Some(self.read(|parser| parser.parse_expr())?));
            }
            if !self.take_token(&Token::Comma) {
                break;
            }
        }
        let query = self.planner.operator(|planner| {
            let expressions = items
                .iter()
                .map(|item| item.as_ref().map_or_else(|| Ok(crate::literal::null()), |item| planner.expression(item)))
                .collect::<Result<Vec<_>>>()?;
            Ok(relation(RelType::Project(Box::new(proto::Project { input: None, expressions }))))
        })?;
        Ok(SqlCommand::SetVariables { names, query: Box::new(query), defaults })
    }

    /// After `CREATE [OR REPLACE] [TEMPORARY] FUNCTION`.
    pub(crate) fn create_function(&mut self, replace: bool, temporary: bool) -> Result<SqlCommand> {
        let if_not_exists = self.if_not_exists();
        let name = self.name()?;
        self.refuse(&["AS"], "CREATE FUNCTION of a Java class")?;
        self.expect_token(&Token::LParen)?;
        let mut parameters = Vec::new();
        while !self.take_token(&Token::RParen) {
            let parameter = self.identifier()?;
            let data_type = self.data_type()?;
            let default = if self.take(&["DEFAULT"]) { Some(self.expression()?) } else { None };
            if self.take(&["COMMENT"]) {
                self.string()?;
            }
            parameters.push((parameter, data_type, default));
            if !self.take_token(&Token::Comma) {
                self.expect_token(&Token::RParen)?;
                break;
            }
        }
        let (mut returns, mut table) = (None, false);
        let mut comment = None;
        loop {
            if self.take(&["RETURNS", "TABLE"]) {
                table = true;
                if self.parser.peek_token_ref().token == Token::LParen {
                    returns = Some(self.schema()?);
                }
            } else if self.take(&["RETURNS"]) {
                returns = Some(self.data_type()?);
            } else if self.take(&["COMMENT"]) {
                comment = Some(self.string()?);
            } else if self.take(&["LANGUAGE"]) {
                if !self.take(&["SQL"]) {
                    return Err(SparkError::unsupported("CREATE FUNCTION in a language other than SQL"));
                }
            } else if !(self.take(&["NOT", "DETERMINISTIC"])
                || self.take(&["DETERMINISTIC"])
                || self.take(&["CONTAINS", "SQL"])
                || self.take(&["READS", "SQL", "DATA"]))
            {
                break;
            }
        }
        self.expect(&["RETURN"])?;
        let text = self.planner.source.tail(self.parser.peek_token_ref().span.start).to_string();
        let body = match table {
            true => FunctionReturn::Rows { schema: returns, query: self.query()? },
            false => FunctionReturn::Value { data_type: returns, row: self.returned()? },
        };
        Ok(SqlCommand::CreateFunction(Box::new(CreateFunction {
            name,
            replace,
            temporary,
            if_not_exists,
            parameters,
            comment,
            text,
            body,
        })))
    }

    /// A function's value: an expression, or a query that gives one.
    fn returned(&mut self) -> Result<Relation> {
        if ["SELECT", "WITH", "VALUES", "FROM", "TABLE"].iter().any(|word| self.sees(&[word])) {
            let query = self.query()?;
            return self.planner.operator(|planner| {
                let expressions = vec![planner.scalar_subquery(query)];
                Ok(relation(RelType::Project(Box::new(proto::Project { input: None, expressions }))))
            });
        }
        self.one_row(1)
    }

    /// So many expressions with commas between them, as a query of one row.
    pub(crate) fn one_row(&mut self, count: usize) -> Result<Relation> {
        let mut items = Vec::with_capacity(count);
        for index in 0..count {
            if index > 0 {
                self.expect_token(&Token::Comma)?;
            }
            items.push(SelectItem::UnnamedExpr(self.read(|parser| parser.parse_expr())?));
        }
        self.planner.operator(|planner| {
            let expressions = items.iter().map(|item| planner.select_item(item)).collect::<Result<Vec<_>>>()?;
            Ok(relation(RelType::Project(Box::new(proto::Project { input: None, expressions }))))
        })
    }

    /// `DROP TEMPORARY VARIABLE | FUNCTION` and `DROP FUNCTION`, after `DROP`; none if it is something else.
    pub(crate) fn drop_routine(&mut self) -> Result<Option<SqlCommand>> {
        let temporary = self.take_one_of(&["TEMPORARY", "TEMP"]);
        if temporary && self.take_one_of(&["VARIABLE", "VAR"]) {
            let if_exists = self.if_exists();
            return Ok(Some(SqlCommand::DropVariable { name: self.name()?, if_exists }));
        }
        if self.take(&["FUNCTION"]) {
            let if_exists = self.if_exists();
            return Ok(Some(SqlCommand::DropFunction { name: self.name()?, temporary, if_exists }));
        }
        if temporary { Err(self.unexpected()) } else { Ok(None) }
    }

    fn data_type(&mut self) -> Result<DataType> {
        let text = self.read(dialect::type_text)?;
        types::parse(&text)
    }
}

/// The parts of a variable's name that matter: `v`, `session.v` and `system.session.v` are one.
pub fn variable_name(name: &Name) -> Option<&str> {
    let same = |part: &str, other: &str| part.eq_ignore_ascii_case(other);
    match name.as_slice() {
        [name] => Some(name),
        [schema, name] if same(schema, "session") => Some(name),
        [catalog, schema, name] if same(catalog, "system") && same(schema, "session") => Some(name),
        _ => None,
    }
}
