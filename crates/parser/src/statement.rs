//! One statement: a query, or a command.

use std::collections::HashMap;

use firesteel_error::{Result, SparkError};
use spark_connect_proto::Expression;
use sqlparser::ast::Query;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

use crate::command::SqlCommand;
use crate::dialect::SparkDialect;
use crate::planner::Planner;
use crate::source::Source;
use crate::{Statement, error};

/// A text that is being read: its tokens from where we are, and what its names mean.
pub(crate) struct Reader<'s, 't, 'd> {
    pub(crate) parser: Parser<'d>,
    pub(crate) planner: Planner<'s, 't>,
}

impl<'s, 't, 'd> Reader<'s, 't, 'd> {
    fn new(
        source: &'s Source<'t>,
        dialect: &'d SparkDialect,
        named: &'s HashMap<String, Expression>,
        positional: &'s [Expression],
    ) -> Self {
        Self { parser: source.parser(dialect), planner: Planner::new(source, named, positional) }
    }

    /// Lets `sqlparser` read something.
    pub(crate) fn read<T>(&mut self, read: impl FnOnce(&mut Parser<'d>) -> Result<T, ParserError>) -> Result<T> {
        read(&mut self.parser).map_err(|e| error::from_parser(self.planner.source, &e, self.parser.peek_token_ref()))
    }

    /// The error that the next token is not what was expected.
    pub(crate) fn unexpected(&self) -> SparkError {
        error::at_token(self.planner.source, self.parser.peek_token_ref(), "")
    }

    /// Reads a query.
    pub(crate) fn query(&mut self) -> Result<spark_connect_proto::Relation> {
        let query: Box<Query> = self.read(|parser| parser.parse_query())?;
        self.planner.query(&query)
    }

    /// The end of the text; a `;` before it is allowed.
    fn end(&mut self) -> Result<()> {
        while self.parser.consume_token(&Token::SemiColon) {}
        match self.parser.peek_token_ref() {
            token if token.token == Token::EOF => Ok(()),
            token => Err(error::extra_input(self.planner.source, token)),
        }
    }
}

/// Reads one statement.
pub(crate) fn parse(
    source: &Source<'_>,
    named: &HashMap<String, Expression>,
    positional: &[Expression],
) -> Result<Statement> {
    let dialect = SparkDialect;
    let mut reader = Reader::new(source, &dialect, named, positional);
    let statement = reader.statement()?;
    reader.end()?;
    Ok(statement)
}

impl Reader<'_, '_, '_> {
    /// A query or a command.
    pub(crate) fn statement(&mut self) -> Result<Statement> {
        if self.parser.peek_token_ref().token == Token::EOF && self.planner.source.text.trim().is_empty() {
            return Err(SparkError::new("PARSE_EMPTY_STATEMENT"));
        }
        let first = match &self.parser.peek_token_ref().token {
            Token::Word(word) if word.quote_style.is_none() => word.value.to_ascii_uppercase(),
            _ => String::new(),
        };
        let command = match first.as_str() {
            "CREATE" | "REPLACE" => self.create()?,
            "INSERT" => self.insert()?,
            "DROP" => self.drop()?,
            "USE" => self.use_database()?,
            "SHOW" => self.show()?,
            "DESCRIBE" | "DESC" => self.describe()?,
            "SET" => self.set()?,
            "RESET" => self.reset(),
            "EXPLAIN" => self.explain()?,
            "CACHE" => self.cache()?,
            "UNCACHE" => self.uncache()?,
            "CLEAR" => self.clear_cache()?,
            "REFRESH" => self.refresh()?,
            "TRUNCATE" => self.truncate()?,
            "ALTER" => self.alter()?,
            "ANALYZE" => self.analyze()?,
            "COMMENT" => self.comment_on()?,
            "DECLARE" => self.declare()?,
            "DELETE" => self.delete()?,
            "UPDATE" => self.update()?,
            "WITH" => return self.with(),
            "EXECUTE" => return self.execute_immediate(),
            "MERGE" | "GRANT" | "REVOKE" | "LOAD" | "MSCK" | "REPAIR" | "CALL" | "BEGIN" | "ADD" | "LIST" | "LOCK"
            | "UNLOCK" | "IMPORT" | "EXPORT" => {
                return Err(SparkError::unsupported(format!("the statement {first}")));
            }
            _ => return Ok(Statement::Query(Box::new(self.query()?))),
        };
        Ok(Statement::Command(command))
    }

    /// `EXECUTE IMMEDIATE 'text' [USING value [AS name], ..]`: the statement that the text is.
    fn execute_immediate(&mut self) -> Result<Statement> {
        self.expect(&["EXECUTE", "IMMEDIATE"])?;
        let text = match (&self.parser.peek_token_ref().token, &self.parser.peek_nth_token_ref(1).token) {
            (Token::SingleQuotedString(_), Token::EOF | Token::SemiColon) => Ok(self.string()?),
            (Token::SingleQuotedString(_), Token::Word(_)) => Ok(self.string()?),
            _ => Err(self.one_row(1)?),
        };
        let mut into = Vec::new();
        if self.take(&["INTO"]) {
            into.push(self.name()?);
            while self.take_token(&Token::Comma) {
                into.push(self.name()?);
            }
        }
        let (mut named, mut positional) = (HashMap::new(), Vec::new());
        if self.take(&["USING"]) {
            let list = self.take_token(&Token::LParen);
            loop {
                let value = self.expression()?;
                if self.take(&["AS"]) {
                    named.insert(self.identifier()?, value);
                } else {
                    positional.push(value);
                }
                if !self.take_token(&Token::Comma) {
                    break;
                }
            }
            if list {
                self.expect_token(&Token::RParen)?;
            }
        }
        match text {
            Ok(text) if into.is_empty() => crate::parse_statement_with_args(&text, &named, &positional),
            text => {
                let text = match text {
                    Ok(text) => crate::planner::relation(spark_connect_proto::relation::RelType::Project(Box::new(
                        spark_connect_proto::Project { input: None, expressions: vec![crate::literal::string(text)] },
                    ))),
                    Err(query) => query,
                };
                let command = SqlCommand::ExecuteImmediate { text: Box::new(text), into, named, positional };
                Ok(Statement::Command(command))
            }
        }
    }

    /// A query with common table expressions, or an `INSERT` that uses them.
    fn with(&mut self) -> Result<Statement> {
        let before_insert = |parser: &mut Parser<'_>| {
            parser.expect_keyword(Keyword::WITH)?;
            let ctes = parser.parse_comma_separated(Parser::parse_cte)?;
            match &parser.peek_token_ref().token {
                Token::Word(word) if word.keyword == Keyword::INSERT => Ok(ctes),
                _ => parser.expected_ref("INSERT", parser.peek_token_ref()),
            }
        };
        if let Some(ctes) = self.read(|parser| parser.maybe_parse(before_insert))? {
            for cte in &ctes {
                self.planner.define_cte(cte)?;
            }
            return Ok(Statement::Command(self.insert()?));
        }
        Ok(Statement::Query(Box::new(self.query()?)))
    }
}

/// Reads one expression.
pub(crate) fn parse_expression(source: &Source<'_>) -> Result<Expression> {
    let dialect = SparkDialect;
    let none = HashMap::new();
    let mut reader = Reader::new(source, &dialect, &none, &[]);
    let item = reader.read(|parser| parser.parse_select_item())?;
    let expression = reader.planner.top_expression(&item)?;
    match reader.parser.peek_token_ref() {
        token if token.token == Token::EOF => Ok(expression),
        token => Err(error::extra_input(source, token)),
    }
}
