//! The clauses that commands share: names, `IF EXISTS`, options, texts, lists of columns.

use firesteel_error::{Result, SparkError};
use spark_connect_proto::DataType;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::command::{Name, Options};
use crate::statement::Reader;
use crate::types;

impl Reader<'_, '_, '_> {
    /// Whether the next tokens are these words.
    pub(crate) fn sees(&self, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(at, expected)| {
            matches!(&self.parser.peek_nth_token_ref(at).token,
                Token::Word(w) if w.quote_style.is_none() && w.value.eq_ignore_ascii_case(expected))
        })
    }

    /// Skips these words, if they come next.
    pub(crate) fn take(&mut self, words: &[&str]) -> bool {
        let found = self.sees(words);
        if found {
            words.iter().for_each(|_| self.parser.advance_token());
        }
        found
    }

    /// Skips one of the words, if one comes next.
    pub(crate) fn take_one_of(&mut self, words: &[&str]) -> bool {
        words.iter().any(|word| self.take(&[word]))
    }

    /// Skips these words, which must come next.
    pub(crate) fn expect(&mut self, words: &[&str]) -> Result<()> {
        for word in words {
            if !self.take(&[word]) {
                return Err(self.unexpected());
            }
        }
        Ok(())
    }

    pub(crate) fn take_token(&mut self, token: &Token) -> bool {
        self.parser.consume_token(token)
    }

    pub(crate) fn expect_token(&mut self, token: &Token) -> Result<()> {
        if self.take_token(token) { Ok(()) } else { Err(self.unexpected()) }
    }

    pub(crate) fn at_end(&self) -> bool {
        matches!(self.parser.peek_token_ref().token, Token::EOF | Token::SemiColon)
    }

    pub(crate) fn if_exists(&mut self) -> bool {
        self.take(&["IF", "EXISTS"])
    }

    pub(crate) fn if_not_exists(&mut self) -> bool {
        self.take(&["IF", "NOT", "EXISTS"])
    }

    /// One identifier.
    pub(crate) fn identifier(&mut self) -> Result<String> {
        match self.parser.peek_token() {
            TokenWithSpan { token: Token::Word(word), .. } => {
                self.parser.advance_token();
                Ok(word.value)
            }
            _ => Err(self.unexpected()),
        }
    }

    /// A dotted name.
    pub(crate) fn name(&mut self) -> Result<Name> {
        let mut parts = vec![self.identifier()?];
        while self.take_token(&Token::Period) {
            parts.push(self.identifier()?);
        }
        Ok(parts)
    }

    /// A string.
    pub(crate) fn string(&mut self) -> Result<String> {
        match self.parser.peek_token().token {
            Token::SingleQuotedString(text) => {
                self.parser.advance_token();
                Ok(text)
            }
            _ => Err(self.unexpected()),
        }
    }

    /// `(a, b)`
    pub(crate) fn columns(&mut self) -> Result<Vec<String>> {
        self.list(|reader| reader.identifier())
    }

    /// `(item, ..)`
    pub(crate) fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        self.expect_token(&Token::LParen)?;
        let mut items = vec![item(self)?];
        while self.take_token(&Token::Comma) {
            items.push(item(self)?);
        }
        self.expect_token(&Token::RParen)?;
        Ok(items)
    }

    /// `(key 'value', a.b = 1, ..)`
    pub(crate) fn options(&mut self) -> Result<Options> {
        self.list(|reader| {
            let key = reader.option_key()?;
            reader.take_token(&Token::Eq);
            Ok((key, reader.option_value()?))
        })
    }

    pub(crate) fn option_key(&mut self) -> Result<String> {
        match self.parser.peek_token_ref().token {
            Token::SingleQuotedString(_) => self.string(),
            _ => Ok(self.name()?.join(".")),
        }
    }

    fn option_value(&mut self) -> Result<String> {
        let negative = self.take_token(&Token::Minus);
        let value = match self.parser.peek_token().token {
            Token::SingleQuotedString(text) if !negative => text,
            Token::Number(text, _) => format!("{}{text}", if negative { "-" } else { "" }),
            Token::Word(word) if word.quote_style.is_none() && !negative => match word.value.to_ascii_lowercase() {
                flag if matches!(flag.as_str(), "true" | "false") => flag,
                _ => return Err(self.unexpected()),
            },
            _ => return Err(self.unexpected()),
        };
        self.parser.advance_token();
        Ok(value)
    }

    /// The text between the parenthesis here and the one that closes it.
    pub(crate) fn in_parentheses(&mut self) -> Result<String> {
        self.expect_token(&Token::LParen)?;
        let start = self.parser.peek_token_ref().span;
        let mut last = start;
        let mut depth = 0_usize;
        loop {
            let token = self.parser.peek_token();
            match token.token {
                Token::EOF => return Err(self.unexpected()),
                Token::LParen => depth += 1,
                Token::RParen if depth == 0 => break,
                Token::RParen => depth -= 1,
                _ => {}
            }
            last = token.span;
            self.parser.advance_token();
        }
        let text = self.planner.source.slice(start.union(&last)).to_string();
        self.expect_token(&Token::RParen)?;
        Ok(text)
    }

    /// `(a INT, b STRING)`, a struct.
    pub(crate) fn schema(&mut self) -> Result<DataType> {
        let text = self.in_parentheses()?;
        types::parse_schema(&text)
    }

    /// Refuses a clause that is known and not supported.
    pub(crate) fn refuse(&self, words: &[&str], what: &str) -> Result<()> {
        if self.sees(words) { Err(SparkError::unsupported(what)) } else { Ok(()) }
    }
}
