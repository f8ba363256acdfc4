//! Commands about tables that exist: `CACHE`, `REFRESH`, `TRUNCATE`, `ALTER`, `COMMENT`, `ANALYZE`.

use firesteel_error::{Result, SparkError};
use sqlparser::tokenizer::Token;

use crate::command::{Name, SqlCommand};
use crate::statement::Reader;
use crate::types;

impl Reader<'_, '_, '_> {
    pub(crate) fn cache(&mut self) -> Result<SqlCommand> {
        self.expect(&["CACHE"])?;
        let lazy = self.take(&["LAZY"]);
        self.expect(&["TABLE"])?;
        let name = self.name()?;
        let options = if self.take(&["OPTIONS"]) { self.options()? } else { vec![] };
        let has_query = self.take(&["AS"]) || !self.at_end();
        let query = if has_query { Some(Box::new(self.query()?)) } else { None };
        Ok(SqlCommand::CacheTable { name, lazy, options, query })
    }

    pub(crate) fn uncache(&mut self) -> Result<SqlCommand> {
        self.expect(&["UNCACHE", "TABLE"])?;
        let if_exists = self.if_exists();
        Ok(SqlCommand::UncacheTable { name: self.name()?, if_exists })
    }

    pub(crate) fn clear_cache(&mut self) -> Result<SqlCommand> {
        self.expect(&["CLEAR", "CACHE"])?;
        Ok(SqlCommand::ClearCache)
    }

    pub(crate) fn refresh(&mut self) -> Result<SqlCommand> {
        self.expect(&["REFRESH"])?;
        self.refuse(&["FUNCTION"], "REFRESH FUNCTION")?;
        if matches!(self.parser.peek_token_ref().token, Token::SingleQuotedString(_)) {
            return Ok(SqlCommand::RefreshPath { path: self.string()? });
        }
        self.take(&["TABLE"]);
        Ok(SqlCommand::RefreshTable { name: self.name()? })
    }

    pub(crate) fn truncate(&mut self) -> Result<SqlCommand> {
        self.expect(&["TRUNCATE", "TABLE"])?;
        let name = self.name()?;
        self.refuse(&["PARTITION"], "TRUNCATE TABLE .. PARTITION")?;
        Ok(SqlCommand::TruncateTable { name })
    }

    pub(crate) fn alter(&mut self) -> Result<SqlCommand> {
        self.expect(&["ALTER"])?;
        let view = self.take(&["VIEW"]);
        if !view && !self.take(&["TABLE"]) {
            self.refuse(&["DATABASE"], "ALTER DATABASE")?;
            self.refuse(&["SCHEMA"], "ALTER SCHEMA")?;
            self.refuse(&["NAMESPACE"], "ALTER NAMESPACE")?;
            return Err(self.unexpected());
        }
        let name = self.name()?;
        if self.take(&["RENAME", "TO"]) {
            return Ok(SqlCommand::Rename { view, from: name, to: self.name()? });
        }
        if self.take(&["SET", "TBLPROPERTIES"]) {
            return Ok(SqlCommand::SetProperties { view, name, properties: self.options()? });
        }
        if self.take(&["UNSET", "TBLPROPERTIES"]) {
            let if_exists = self.if_exists();
            let keys = self.list(|reader| reader.option_key())?;
            return Ok(SqlCommand::UnsetProperties { view, name, keys, if_exists });
        }
        if view && (self.take(&["AS"]) || self.sees(&["SELECT"])) {
            let text = self.planner.source.tail(self.parser.peek_token_ref().span.start).to_string();
            return Ok(SqlCommand::AlterViewAs { name, query: Box::new(self.query()?), text });
        }
        if !view && (self.take(&["ADD", "COLUMNS"]) || self.take(&["ADD", "COLUMN"])) {
            return self.add_columns(name);
        }
        self.refuse(&["RENAME", "COLUMN"], "ALTER TABLE .. RENAME COLUMN")?;
        for clause in ["ADD", "ALTER", "CHANGE", "DROP", "REPLACE", "SET", "RECOVER", "PARTITION", "CLUSTER"] {
            self.refuse(&[clause], &format!("ALTER TABLE .. {clause}"))?;
        }
        Err(self.unexpected())
    }

    pub(crate) fn comment_on(&mut self) -> Result<SqlCommand> {
        self.expect(&["COMMENT", "ON"])?;
        let database = self.take_one_of(&["DATABASE", "SCHEMA", "NAMESPACE"]);
        if !database {
            self.expect(&["TABLE"])?;
        }
        let name = self.name()?;
        self.expect(&["IS"])?;
        let comment = if self.take(&["NULL"]) { None } else { Some(self.string()?) };
        Ok(SqlCommand::CommentOn { name, database, comment })
    }

    fn add_columns(&mut self, name: Name) -> Result<SqlCommand> {
        let columns = if self.parser.peek_token_ref().token == Token::LParen {
            self.schema()?
        } else {
            let text = self.planner.source.tail(self.parser.peek_token_ref().span.start);
            while self.parser.peek_token_ref().token != Token::EOF {
                self.parser.advance_token();
            }
            types::parse_schema(text)?
        };
        Ok(SqlCommand::AddColumns { name, columns })
    }

    /// Statistics have no effect on answers; what they are computed for is read and not kept.
    pub(crate) fn analyze(&mut self) -> Result<SqlCommand> {
        self.expect(&["ANALYZE"])?;
        self.refuse(&["TABLES"], "ANALYZE TABLES")?;
        self.expect(&["TABLE"])?;
        let name = self.name()?;
        if self.sees(&["PARTITION"]) {
            return Err(SparkError::unsupported("ANALYZE TABLE .. PARTITION"));
        }
        self.expect(&["COMPUTE", "STATISTICS"])?;
        if self.take(&["FOR", "COLUMNS"]) {
            self.identifier()?;
            while self.take_token(&Token::Comma) {
                self.identifier()?;
            }
        } else if !self.take(&["NOSCAN"]) {
            self.take(&["FOR", "ALL", "COLUMNS"]);
        }
        Ok(SqlCommand::AnalyzeTable { name })
    }
}
