//! `SHOW`, `DESCRIBE`, `EXPLAIN`.

use firesteel_error::Result;
use sqlparser::tokenizer::Token;

use crate::command::{ExplainMode, FunctionScope, Name, SqlCommand};
use crate::statement::Reader;

impl Reader<'_, '_, '_> {
    /// `IN name` or `FROM name`
    fn in_database(&mut self) -> Result<Option<Name>> {
        Ok(if self.take_one_of(&["IN", "FROM"]) { Some(self.name()?) } else { None })
    }

    /// `[LIKE] 'pattern'`
    fn pattern(&mut self) -> Result<Option<String>> {
        let like = self.take(&["LIKE"]);
        let is_string = matches!(self.parser.peek_token_ref().token, Token::SingleQuotedString(_));
        Ok(if like || is_string { Some(self.string()?) } else { None })
    }

    pub(crate) fn show(&mut self) -> Result<SqlCommand> {
        self.expect(&["SHOW"])?;
        if self.take(&["TABLES"]) {
            return Ok(SqlCommand::ShowTables { database: self.in_database()?, pattern: self.pattern()? });
        }
        if self.take(&["VIEWS"]) {
            return Ok(SqlCommand::ShowViews { database: self.in_database()?, pattern: self.pattern()? });
        }
        if self.take_one_of(&["DATABASES", "SCHEMAS", "NAMESPACES"]) {
            return Ok(SqlCommand::ShowDatabases { catalog: self.in_database()?, pattern: self.pattern()? });
        }
        if self.take(&["CATALOGS"]) {
            return Ok(SqlCommand::ShowCatalogs { pattern: self.pattern()? });
        }
        if self.take(&["COLUMNS"]) {
            let table = self.in_database()?.ok_or_else(|| self.unexpected())?;
            return Ok(SqlCommand::ShowColumns { table, database: self.in_database()? });
        }
        if self.take(&["CREATE", "TABLE"]) {
            let table = self.name()?;
            self.refuse(&["AS", "SERDE"], "SHOW CREATE TABLE .. AS SERDE")?;
            return Ok(SqlCommand::ShowCreateTable { table });
        }
        if self.take(&["TBLPROPERTIES"]) {
            let table = self.name()?;
            let key = if self.take_token(&Token::LParen) {
                let key = self.option_key()?;
                self.expect_token(&Token::RParen)?;
                Some(key)
            } else {
                None
            };
            return Ok(SqlCommand::ShowTableProperties { table, key });
        }
        if self.take(&["CURRENT", "NAMESPACE"]) {
            return Ok(SqlCommand::ShowCurrentNamespace);
        }
        if self.take(&["PARTITIONS"]) {
            let table = self.name()?;
            self.refuse(&["PARTITION"], "SHOW PARTITIONS .. PARTITION")?;
            return Ok(SqlCommand::ShowPartitions { table });
        }
        self.refuse(&["TABLE", "EXTENDED"], "SHOW TABLE EXTENDED")?;
        self.show_functions()
    }

    fn show_functions(&mut self) -> Result<SqlCommand> {
        let scope = if self.take(&["USER", "FUNCTIONS"]) {
            FunctionScope::User
        } else if self.take(&["SYSTEM", "FUNCTIONS"]) {
            FunctionScope::System
        } else if self.take(&["ALL", "FUNCTIONS"]) || self.take(&["FUNCTIONS"]) {
            FunctionScope::All
        } else {
            return Err(self.unexpected());
        };
        let database = self.in_database()?;
        let mut pattern = self.pattern()?;
        if pattern.is_none() && !self.at_end() {
            pattern = Some(self.name()?.join("."));
        }
        Ok(SqlCommand::ShowFunctions { scope, database, pattern })
    }

    pub(crate) fn describe(&mut self) -> Result<SqlCommand> {
        self.parser.advance_token();
        if self.take(&["FUNCTION"]) {
            let extended = self.take(&["EXTENDED"]);
            let name = match self.parser.peek_token_ref().token {
                Token::Word(_) => self.name()?,
                Token::SingleQuotedString(_) => vec![self.string()?],
                // An operator: `DESCRIBE FUNCTION +`.
                _ if self.at_end() => return Err(self.unexpected()),
                _ => vec![self.parser.next_token().token.to_string()],
            };
            return Ok(SqlCommand::DescribeFunction { name, extended });
        }
        if !self.sees_end_after(1) && self.take_one_of(&["DATABASE", "SCHEMA", "NAMESPACE"]) {
            let extended = self.take(&["EXTENDED"]);
            return Ok(SqlCommand::DescribeDatabase { name: self.name()?, extended });
        }
        let starts_query = ["SELECT", "WITH", "FROM", "VALUES"].iter().any(|word| self.sees(&[word]));
        let parenthesized = self.parser.peek_token_ref().token == Token::LParen;
        if (!self.sees_end_after(1) && self.take(&["QUERY"])) || starts_query || parenthesized {
            return Ok(SqlCommand::DescribeQuery { query: Box::new(self.query()?) });
        }
        if !self.sees_end_after(1) {
            self.take(&["TABLE"]);
        }
        let extended = !self.sees_end_after(1) && self.take_one_of(&["EXTENDED", "FORMATTED"]);
        let table = self.name()?;
        self.refuse(&["PARTITION"], "DESCRIBE TABLE .. PARTITION")?;
        self.refuse(&["AS", "JSON"], "DESCRIBE TABLE .. AS JSON")?;
        let column = if self.at_end() { None } else { Some(self.name()?) };
        Ok(SqlCommand::DescribeTable { table, column, extended })
    }

    /// Whether the statement ends after `count` tokens, so that a keyword is a name.
    fn sees_end_after(&self, count: usize) -> bool {
        matches!(self.parser.peek_nth_token_ref(count).token, Token::EOF | Token::SemiColon)
    }

    pub(crate) fn explain(&mut self) -> Result<SqlCommand> {
        self.expect(&["EXPLAIN"])?;
        let modes = [
            ("EXTENDED", ExplainMode::Extended),
            ("CODEGEN", ExplainMode::Codegen),
            ("COST", ExplainMode::Cost),
            ("FORMATTED", ExplainMode::Formatted),
        ];
        let mode = modes.into_iter().find(|(word, _)| self.take(&[word])).map_or(ExplainMode::Simple, |(_, mode)| mode);
        if self.at_end() || self.sees(&["EXPLAIN"]) {
            return Err(self.unexpected());
        }
        Ok(SqlCommand::Explain { mode, statement: Box::new(self.statement()?) })
    }
}
