//! `SET`, `RESET`, `USE`.

use firesteel_error::{Result, SparkError};
use sqlparser::tokenizer::Token;

use crate::command::SqlCommand;
use crate::interval;
use crate::statement::Reader;

impl Reader<'_, '_, '_> {
    /// Everything up to the end of the statement, as written.
    fn rest(&mut self) -> String {
        let text = match self.at_end() {
            true => String::new(),
            false => self.planner.source.tail(self.parser.peek_token_ref().span.start).to_string(),
        };
        while self.parser.peek_token_ref().token != Token::EOF {
            self.parser.advance_token();
        }
        text
    }

    pub(crate) fn set(&mut self) -> Result<SqlCommand> {
        self.expect(&["SET"])?;
        if self.take(&["TIME", "ZONE"]) {
            return self.set_time_zone();
        }
        if self.take(&["CATALOG"]) {
            let name = match self.parser.peek_token_ref().token {
                Token::SingleQuotedString(_) => self.string()?,
                _ => self.identifier()?,
            };
            return Ok(SqlCommand::SetCatalog { name });
        }
        if self.take_one_of(&["VARIABLE", "VAR"]) {
            return self.set_variables();
        }
        self.refuse(&["ROLE"], "SET ROLE")?;
        let text = self.rest();
        if text.is_empty() || text == "-v" {
            return Ok(SqlCommand::ShowSettings { verbose: text == "-v" });
        }
        let unquote = |key: &str| {
            let key = key.trim();
            match key.strip_prefix('`').and_then(|key| key.strip_suffix('`')) {
                Some(inner) => inner.replace("``", "`"),
                None => key.to_string(),
            }
        };
        let invalid_key = |key: &str| key.is_empty() || (key.contains(char::is_whitespace) && !text.starts_with('`'));
        let invalid = || SparkError::new("INVALID_SET_SYNTAX").with_exception(firesteel_error::Exception::Parse);
        match text.split_once('=') {
            Some((key, value)) => {
                let key = unquote(key);
                if invalid_key(&key) {
                    return Err(invalid());
                }
                Ok(SqlCommand::SetSetting { key, value: unquote(value) })
            }
            None => {
                let key = unquote(&text);
                if invalid_key(&key) { Err(invalid()) } else { Ok(SqlCommand::GetSetting { key }) }
            }
        }
    }

    fn set_time_zone(&mut self) -> Result<SqlCommand> {
        if self.take(&["LOCAL"]) {
            return Ok(SqlCommand::SetTimeZone { zone: "LOCAL".to_string() });
        }
        if matches!(self.parser.peek_token_ref().token, Token::SingleQuotedString(_)) {
            return Ok(SqlCommand::SetTimeZone { zone: self.string()? });
        }
        if !self.sees(&["INTERVAL"]) {
            return Err(self.unexpected());
        }
        let text = self.rest().replace('\'', "");
        let seconds = interval::parse(&text)?.microseconds / 1_000_000;
        let (sign, seconds) = if seconds < 0 { ('-', -seconds) } else { ('+', seconds) };
        if seconds > 18 * 3600 {
            return Err(SparkError::new("INVALID_INTERVAL_FORMAT.TIMEZONE_INTERVAL_OUT_OF_RANGE").param("input", text));
        }
        Ok(SqlCommand::SetTimeZone { zone: format!("{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60) })
    }

    pub(crate) fn reset(&mut self) -> SqlCommand {
        self.parser.advance_token();
        let key = self.rest().trim_matches('`').to_string();
        SqlCommand::Reset { key: (!key.is_empty()).then_some(key) }
    }

    pub(crate) fn use_database(&mut self) -> Result<SqlCommand> {
        self.expect(&["USE"])?;
        if !matches!(self.parser.peek_nth_token_ref(1).token, Token::EOF | Token::SemiColon) {
            self.take_one_of(&["DATABASE", "SCHEMA", "NAMESPACE"]);
        }
        Ok(SqlCommand::Use { name: self.name()? })
    }
}
