//! `INSERT`, `DELETE`, `UPDATE`.

use firesteel_error::Result;
use spark_connect_proto::Expression;
use sqlparser::tokenizer::Token;

use crate::command::{Insert, SqlCommand};
use crate::statement::Reader;

impl Reader<'_, '_, '_> {
    pub(crate) fn insert(&mut self) -> Result<SqlCommand> {
        self.expect(&["INSERT"])?;
        let overwrite = self.take(&["OVERWRITE"]);
        if overwrite && (self.sees(&["DIRECTORY"]) || self.sees(&["LOCAL", "DIRECTORY"])) {
            return self.insert_directory();
        }
        if !overwrite {
            self.expect(&["INTO"])?;
        }
        self.take(&["TABLE"]);
        let table = self.name()?;
        let mut insert = Insert {
            table,
            overwrite,
            if_not_exists: false,
            columns: vec![],
            partition: vec![],
            by_name: false,
            replace_where: None,
            query: Box::default(),
        };
        if self.take(&["PARTITION"]) {
            insert.partition = self.list(|reader| {
                let column = reader.identifier()?;
                let value = if reader.take_token(&Token::Eq) { Some(reader.expression()?) } else { None };
                Ok((column, value))
            })?;
            insert.if_not_exists = self.if_not_exists();
        }
        if self.take(&["BY", "NAME"]) {
            insert.by_name = true;
        } else if self.parser.peek_token_ref().token == Token::LParen && self.is_column_list() {
            insert.columns = self.columns()?;
        } else if self.take(&["REPLACE", "WHERE"]) {
            insert.replace_where = Some(Box::new(self.expression()?));
        }
        insert.query = Box::new(self.query()?);
        Ok(SqlCommand::Insert(Box::new(insert)))
    }

    /// `(a, b)` and not `(SELECT ..)`.
    fn is_column_list(&self) -> bool {
        let is_query = ["SELECT", "WITH", "FROM", "VALUES", "TABLE"];
        match &self.parser.peek_nth_token_ref(1).token {
            Token::Word(word) => {
                word.quote_style.is_some() || !is_query.iter().any(|query| word.value.eq_ignore_ascii_case(query))
            }
            _ => false,
        }
    }

    fn insert_directory(&mut self) -> Result<SqlCommand> {
        self.take(&["LOCAL"]);
        self.expect(&["DIRECTORY"])?;
        let path = match self.parser.peek_token_ref().token {
            Token::SingleQuotedString(_) => Some(self.string()?),
            _ => None,
        };
        self.refuse(&["STORED"], "STORED AS (Hive tables)")?;
        let format = if self.take(&["USING"]) { Some(self.name()?.join(".")) } else { None };
        let options = if self.take(&["OPTIONS"]) { self.options()? } else { vec![] };
        Ok(SqlCommand::InsertDirectory { path, format, options, query: Box::new(self.query()?) })
    }

    /// An expression.
    pub(crate) fn expression(&mut self) -> Result<Expression> {
        let expr = self.read(|parser| parser.parse_expr())?;
        self.planner.top_expression(&sqlparser::ast::SelectItem::UnnamedExpr(expr))
    }

    fn condition(&mut self) -> Result<Option<Box<Expression>>> {
        Ok(if self.take(&["WHERE"]) { Some(Box::new(self.expression()?)) } else { None })
    }

    pub(crate) fn delete(&mut self) -> Result<SqlCommand> {
        self.expect(&["DELETE", "FROM"])?;
        Ok(SqlCommand::Delete { table: self.name()?, condition: self.condition()? })
    }

    pub(crate) fn update(&mut self) -> Result<SqlCommand> {
        self.expect(&["UPDATE"])?;
        let table = self.name()?;
        self.expect(&["SET"])?;
        let mut assignments = Vec::new();
        loop {
            let column = self.name()?;
            self.expect_token(&Token::Eq)?;
            assignments.push((column, self.expression()?));
            if !self.take_token(&Token::Comma) {
                break;
            }
        }
        Ok(SqlCommand::Update { table, assignments, condition: self.condition()? })
    }
}
