//! `CREATE VIEW | TABLE | DATABASE` and `DROP`.

use firesteel_error::{Result, SparkError};
use sqlparser::tokenizer::Token;

use crate::command::{Buckets, CreateTable, CreateView, SqlCommand, ViewScope, ViewSource};
use crate::statement::Reader;

impl Reader<'_, '_, '_> {
    pub(crate) fn create(&mut self) -> Result<SqlCommand> {
        let mut replace = self.take(&["REPLACE"]);
        if !replace {
            self.expect(&["CREATE"])?;
            replace = self.take(&["OR", "REPLACE"]);
        }
        let global = self.take(&["GLOBAL"]);
        let temporary = self.take_one_of(&["TEMPORARY", "TEMP"]);
        let scope = match (global, temporary) {
            (true, _) => ViewScope::Global,
            (false, true) => ViewScope::Session,
            (false, false) => ViewScope::Catalog,
        };
        if self.take(&["VIEW"]) {
            return self.create_view(replace, scope);
        }
        if !global && self.take(&["FUNCTION"]) {
            return self.create_function(replace, temporary);
        }
        if temporary || global {
            return match self.sees(&["TABLE"]) {
                true => Err(SparkError::unsupported("CREATE TEMPORARY TABLE")),
                false => Err(self.unexpected()),
            };
        }
        let external = self.take(&["EXTERNAL"]);
        if self.take(&["TABLE"]) {
            return self.create_table(replace, external);
        }
        if !replace && !external && self.take_one_of(&["DATABASE", "SCHEMA", "NAMESPACE"]) {
            return self.create_database();
        }
        Err(self.unexpected())
    }

    fn create_view(&mut self, replace: bool, scope: ViewScope) -> Result<SqlCommand> {
        let if_not_exists = self.if_not_exists();
        let name = self.name()?;
        let (mut columns, mut comment, mut properties) = (vec![], None, vec![]);
        if self.parser.peek_token_ref().token == Token::LParen {
            let typed = matches!(self.parser.peek_nth_token_ref(2).token, Token::Word(_) | Token::Colon)
                && !matches!(&self.parser.peek_nth_token_ref(2).token,
                    Token::Word(w) if w.value.eq_ignore_ascii_case("comment"));
            if typed {
                let schema = Some(self.schema()?);
                return self.view_using(name, scope, replace, schema);
            }
            columns = self.list(|reader| {
                let name = reader.identifier()?;
                let comment = if reader.take(&["COMMENT"]) { Some(reader.string()?) } else { None };
                Ok((name, comment))
            })?;
        }
        if self.sees(&["USING"]) {
            return self.view_using(name, scope, replace, None);
        }
        loop {
            if self.take(&["COMMENT"]) {
                comment = Some(self.string()?);
            } else if self.take(&["TBLPROPERTIES"]) {
                properties = self.options()?;
            } else {
                break;
            }
        }
        self.expect(&["AS"])?;
        let text = self.planner.source.tail(self.parser.peek_token_ref().span.start).to_string();
        let source = ViewSource::Query { query: Box::new(self.query()?), text };
        let view = CreateView { name, scope, replace, if_not_exists, columns, comment, properties, source };
        Ok(SqlCommand::CreateView(Box::new(view)))
    }

    fn view_using(
        &mut self,
        name: Vec<String>,
        scope: ViewScope,
        replace: bool,
        schema: Option<spark_connect_proto::DataType>,
    ) -> Result<SqlCommand> {
        self.expect(&["USING"])?;
        let format = self.name()?.join(".");
        let options = if self.take(&["OPTIONS"]) { self.options()? } else { vec![] };
        Ok(SqlCommand::CreateView(Box::new(CreateView {
            name,
            scope,
            replace,
            if_not_exists: false,
            columns: vec![],
            comment: None,
            properties: vec![],
            source: ViewSource::Format { format, schema, options },
        })))
    }

    fn create_table(&mut self, replace: bool, external: bool) -> Result<SqlCommand> {
        let if_not_exists = self.if_not_exists();
        let mut table = CreateTable {
            name: self.name()?,
            if_not_exists,
            replace,
            external,
            schema: None,
            format: None,
            partition_columns: vec![],
            buckets: None,
            location: None,
            comment: None,
            options: vec![],
            properties: vec![],
            query: None,
            like: None,
        };
        if self.take(&["LIKE"]) {
            table.like = Some(self.name()?);
        } else if self.parser.peek_token_ref().token == Token::LParen {
            table.schema = Some(self.schema()?);
        }
        while self.table_clause(&mut table)? {}
        let is_query =
            self.take(&["AS"]) || ["SELECT", "WITH", "FROM", "VALUES", "TABLE"].iter().any(|word| self.sees(&[word]));
        if is_query {
            table.query = Some(Box::new(self.query()?));
        }
        Ok(SqlCommand::CreateTable(Box::new(table)))
    }

    /// One clause after a table's columns; false if there is none.
    fn table_clause(&mut self, table: &mut CreateTable) -> Result<bool> {
        self.refuse(&["STORED"], "STORED AS (Hive tables)")?;
        self.refuse(&["ROW", "FORMAT"], "ROW FORMAT (Hive tables)")?;
        self.refuse(&["CLUSTER", "BY"], "CLUSTER BY of a table")?;
        if self.take(&["USING"]) {
            table.format = Some(self.name()?.join("."));
        } else if self.take(&["PARTITIONED", "BY"]) {
            self.partitioned_by(table)?;
        } else if self.take(&["CLUSTERED", "BY"]) {
            table.buckets = Some(self.buckets()?);
        } else if self.take(&["LOCATION"]) {
            table.location = Some(self.string()?);
        } else if self.take(&["COMMENT"]) {
            table.comment = Some(self.string()?);
        } else if self.take(&["OPTIONS"]) {
            table.options = self.options()?;
        } else if self.take(&["TBLPROPERTIES"]) {
            table.properties = self.options()?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// Names of columns, or columns with types as Hive has them.
    fn partitioned_by(&mut self, table: &mut CreateTable) -> Result<()> {
        use spark_connect_proto::data_type::Kind;
        match self.parser.peek_nth_token_ref(2).token {
            Token::Word(_) | Token::Colon => {
                let schema = self.schema()?;
                let Some(Kind::Struct(added)) = schema.kind else { return Err(self.unexpected()) };
                table.partition_columns = added.fields.iter().map(|field| field.name.clone()).collect();
                let columns = table.schema.get_or_insert_with(|| crate::types::of(Kind::Struct(Default::default())));
                if let Some(Kind::Struct(columns)) = &mut columns.kind {
                    columns.fields.extend(added.fields);
                }
            }
            Token::LParen => return Err(SparkError::unsupported("partition transforms")),
            _ => table.partition_columns = self.columns()?,
        }
        Ok(())
    }

    fn buckets(&mut self) -> Result<Buckets> {
        let columns = self.columns()?;
        let sorted_by = if self.take(&["SORTED", "BY"]) {
            self.list(|reader| {
                let column = reader.identifier()?;
                reader.take(&["ASC"]);
                Ok(column)
            })?
        } else {
            vec![]
        };
        self.expect(&["INTO"])?;
        let count = match self.parser.next_token().token {
            Token::Number(digits, _) => digits.parse().ok(),
            _ => None,
        };
        let count = count.ok_or_else(|| self.unexpected())?;
        self.expect(&["BUCKETS"])?;
        Ok(Buckets { columns, sorted_by, count })
    }

    fn create_database(&mut self) -> Result<SqlCommand> {
        let if_not_exists = self.if_not_exists();
        let name = self.name()?;
        let (mut comment, mut location, mut properties) = (None, None, vec![]);
        loop {
            if self.take(&["COMMENT"]) {
                comment = Some(self.string()?);
            } else if self.take(&["LOCATION"]) {
                location = Some(self.string()?);
            } else if self.take(&["WITH", "DBPROPERTIES"]) || self.take(&["WITH", "PROPERTIES"]) {
                properties = self.options()?;
            } else {
                break;
            }
        }
        Ok(SqlCommand::CreateDatabase { name, if_not_exists, comment, location, properties })
    }

    pub(crate) fn drop(&mut self) -> Result<SqlCommand> {
        self.expect(&["DROP"])?;
        if let Some(command) = self.drop_routine()? {
            return Ok(command);
        }
        if self.take(&["TABLE"]) {
            let if_exists = self.if_exists();
            return Ok(SqlCommand::DropTable { name: self.name()?, if_exists, purge: self.take(&["PURGE"]) });
        }
        if self.take(&["VIEW"]) {
            let if_exists = self.if_exists();
            return Ok(SqlCommand::DropView { name: self.name()?, if_exists });
        }
        if self.take_one_of(&["DATABASE", "SCHEMA", "NAMESPACE"]) {
            let if_exists = self.if_exists();
            let name = self.name()?;
            let cascade = self.take(&["CASCADE"]);
            if !cascade {
                self.take(&["RESTRICT"]);
            }
            return Ok(SqlCommand::DropDatabase { name, if_exists, cascade });
        }
        Err(self.unexpected())
    }
}
