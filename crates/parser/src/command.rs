//! The SQL statements for which Spark Connect has no message, as plain data.
//!
//! A name is a list of parts (`["spark_catalog", "default", "t"]`), as written and without back-ticks. A query inside a
//! command is a [`Relation`], as everywhere.

use std::collections::HashMap;

use spark_connect_proto::{DataType, Expression, Relation};

use crate::Statement;

/// A name as written, part by part.
pub type Name = Vec<String>;

/// Options or properties in the order in which they are written.
pub type Options = Vec<(String, String)>;

/// A statement that is neither a query nor a message of Spark Connect.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are the clauses of the statement named by the variant")]
pub enum SqlCommand {
    /// `CREATE [OR REPLACE] [GLOBAL] [TEMPORARY] VIEW`
    CreateView(Box<CreateView>),
    /// `CREATE TABLE`
    CreateTable(Box<CreateTable>),
    /// `INSERT INTO` and `INSERT OVERWRITE` of a table
    Insert(Box<Insert>),
    /// `INSERT OVERWRITE [LOCAL] DIRECTORY`
    InsertDirectory { path: Option<String>, format: Option<String>, options: Options, query: Box<Relation> },
    /// `DROP TABLE`
    DropTable { name: Name, if_exists: bool, purge: bool },
    /// `DROP VIEW`
    DropView { name: Name, if_exists: bool },
    /// `CREATE DATABASE | SCHEMA | NAMESPACE`
    CreateDatabase {
        name: Name,
        if_not_exists: bool,
        comment: Option<String>,
        location: Option<String>,
        properties: Options,
    },
    /// `DROP DATABASE | SCHEMA | NAMESPACE`
    DropDatabase { name: Name, if_exists: bool, cascade: bool },
    /// `USE [DATABASE | SCHEMA | NAMESPACE] name`
    Use { name: Name },
    /// `SET CATALOG name`
    SetCatalog { name: String },
    /// `SHOW TABLES [IN database] [LIKE pattern]`
    ShowTables { database: Option<Name>, pattern: Option<String> },
    /// `SHOW VIEWS [IN database] [LIKE pattern]`
    ShowViews { database: Option<Name>, pattern: Option<String> },
    /// `SHOW DATABASES | SCHEMAS | NAMESPACES [IN catalog] [LIKE pattern]`
    ShowDatabases { catalog: Option<Name>, pattern: Option<String> },
    /// `SHOW CATALOGS [LIKE pattern]`
    ShowCatalogs { pattern: Option<String> },
    /// `SHOW COLUMNS IN table [IN database]`
    ShowColumns { table: Name, database: Option<Name> },
    /// `SHOW [USER | SYSTEM | ALL] FUNCTIONS [IN database] [LIKE pattern]`
    ShowFunctions { scope: FunctionScope, database: Option<Name>, pattern: Option<String> },
    /// `SHOW CREATE TABLE`
    ShowCreateTable { table: Name },
    /// `SHOW TBLPROPERTIES table [(key)]`
    ShowTableProperties { table: Name, key: Option<String> },
    /// `SHOW CURRENT NAMESPACE`
    ShowCurrentNamespace,
    /// `COMMENT ON TABLE | DATABASE name IS text`
    CommentOn { name: Name, database: bool, comment: Option<String> },
    /// `SHOW PARTITIONS table`
    ShowPartitions { table: Name },
    /// `DESCRIBE [TABLE] [EXTENDED | FORMATTED] table [column]`
    DescribeTable { table: Name, column: Option<Name>, extended: bool },
    /// `DESCRIBE [QUERY] query`
    DescribeQuery { query: Box<Relation> },
    /// `DESCRIBE FUNCTION [EXTENDED] name`
    DescribeFunction { name: Name, extended: bool },
    /// `DESCRIBE DATABASE | SCHEMA | NAMESPACE [EXTENDED] name`
    DescribeDatabase { name: Name, extended: bool },
    /// `SET` and `SET -v`: all settings
    ShowSettings { verbose: bool },
    /// `SET key`
    GetSetting { key: String },
    /// `SET key = value`
    SetSetting { key: String, value: String },
    /// `SET TIME ZONE zone`: a zone's name, `LOCAL`, or an interval as `+01:00`
    SetTimeZone { zone: String },
    /// `RESET [key]`
    Reset { key: Option<String> },
    /// `EXPLAIN [EXTENDED | CODEGEN | COST | FORMATTED] statement`
    Explain { mode: ExplainMode, statement: Box<Statement> },
    /// `CACHE [LAZY] TABLE name [OPTIONS (..)] [AS query]`
    CacheTable { name: Name, lazy: bool, options: Options, query: Option<Box<Relation>> },
    /// `UNCACHE TABLE [IF EXISTS] name`
    UncacheTable { name: Name, if_exists: bool },
    /// `CLEAR CACHE`
    ClearCache,
    /// `REFRESH [TABLE] name`
    RefreshTable { name: Name },
    /// `REFRESH path`
    RefreshPath { path: String },
    /// `TRUNCATE TABLE name`
    TruncateTable { name: Name },
    /// `ALTER TABLE | VIEW name RENAME TO name`
    Rename { view: bool, from: Name, to: Name },
    /// `ALTER VIEW name AS query`
    AlterViewAs { name: Name, query: Box<Relation>, text: String },
    /// `ALTER TABLE | VIEW name SET TBLPROPERTIES (..)`
    SetProperties { view: bool, name: Name, properties: Options },
    /// `ALTER TABLE | VIEW name UNSET TBLPROPERTIES [IF EXISTS] (..)`
    UnsetProperties { view: bool, name: Name, keys: Vec<String>, if_exists: bool },
    /// `ALTER TABLE name ADD COLUMNS (..)`; the type is a struct
    AddColumns { name: Name, columns: DataType },
    /// `ANALYZE TABLE name COMPUTE STATISTICS ..`
    AnalyzeTable { name: Name },
    /// `DELETE FROM table [WHERE condition]`
    Delete { table: Name, condition: Option<Box<Expression>> },
    /// `DECLARE [OR REPLACE] VARIABLE name, .. [type] [DEFAULT value]`; the value is a query of one row
    DeclareVariables { names: Vec<Name>, replace: bool, data_type: Option<DataType>, default: Option<Box<Relation>> },
    /// `SET VARIABLE a = value, ..` and `SET VARIABLE (a, ..) = (query)`: a column for each name; those of `defaults` get
    /// their default instead
    SetVariables { names: Vec<Name>, query: Box<Relation>, defaults: Vec<usize> },
    /// `DROP TEMPORARY VARIABLE [IF EXISTS] name`
    DropVariable { name: Name, if_exists: bool },
    /// `EXECUTE IMMEDIATE text [INTO variable, ..] [USING ..]` where the text is no literal, or a row goes into variables;
    /// the text is a query of one row
    ExecuteImmediate {
        text: Box<Relation>,
        into: Vec<Name>,
        named: HashMap<String, Expression>,
        positional: Vec<Expression>,
    },
    /// `CREATE [OR REPLACE] [TEMPORARY] FUNCTION name(..) RETURN ..`
    CreateFunction(Box<CreateFunction>),
    /// `DROP [TEMPORARY] FUNCTION [IF EXISTS] name`
    DropFunction { name: Name, temporary: bool, if_exists: bool },
    /// `UPDATE table SET column = value, .. [WHERE condition]`
    Update { table: Name, assignments: Vec<(Name, Expression)>, condition: Option<Box<Expression>> },
}

/// `CREATE FUNCTION` of a function written in SQL
#[derive(Debug, Clone, PartialEq)]
pub struct CreateFunction {
    /// The name as written.
    pub name: Name,
    /// `OR REPLACE`
    pub replace: bool,
    /// `TEMPORARY`
    pub temporary: bool,
    /// `IF NOT EXISTS`
    pub if_not_exists: bool,
    /// The parameters: name, type, `DEFAULT`.
    pub parameters: Vec<(String, DataType, Option<Expression>)>,
    /// `COMMENT`
    pub comment: Option<String>,
    /// The text after `RETURN`.
    pub text: String,
    /// What it gives.
    pub body: FunctionReturn,
}

/// What a function written in SQL gives.
#[derive(Debug, Clone, PartialEq)]
pub enum FunctionReturn {
    /// A value.
    Value {
        /// `RETURNS type`
        data_type: Option<DataType>,
        /// A query of one row and one column without a `FROM`: its expression is the value.
        row: Relation,
    },
    /// `RETURNS TABLE`: rows.
    Rows {
        /// The columns, a struct.
        schema: Option<DataType>,
        /// The query.
        query: Relation,
    },
}

/// `CREATE VIEW`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateView {
    /// The name as written.
    pub name: Name,
    /// Which kind of view.
    pub scope: ViewScope,
    /// `OR REPLACE`
    pub replace: bool,
    /// `IF NOT EXISTS`
    pub if_not_exists: bool,
    /// The column names and comments given after the view's name.
    pub columns: Vec<(String, Option<String>)>,
    /// `COMMENT`
    pub comment: Option<String>,
    /// `TBLPROPERTIES`
    pub properties: Options,
    /// Where the rows come from.
    pub source: ViewSource,
}

/// How long a view lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewScope {
    /// `TEMPORARY`: this session.
    Session,
    /// `GLOBAL TEMPORARY`: this server.
    Global,
    /// Neither: the catalog.
    Catalog,
}

/// Where a view's rows come from.
#[derive(Debug, Clone, PartialEq)]
pub enum ViewSource {
    /// `AS query`, with the query's text.
    Query {
        /// The plan.
        query: Box<Relation>,
        /// The text after `AS`.
        text: String,
    },
    /// `USING format OPTIONS (..)`, with the schema when one is written (a struct).
    Format {
        /// The data source's name.
        format: String,
        /// The schema, a struct.
        schema: Option<DataType>,
        /// The options.
        options: Options,
    },
}

/// `CREATE TABLE`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateTable {
    /// The name as written.
    pub name: Name,
    /// `IF NOT EXISTS`
    pub if_not_exists: bool,
    /// `CREATE OR REPLACE` or `REPLACE`
    pub replace: bool,
    /// `EXTERNAL`
    pub external: bool,
    /// The schema, a struct, with the partition columns that are declared with a type.
    pub schema: Option<DataType>,
    /// `USING`
    pub format: Option<String>,
    /// `PARTITIONED BY`, column names
    pub partition_columns: Vec<String>,
    /// `CLUSTERED BY (..) [SORTED BY (..)] INTO n BUCKETS`
    pub buckets: Option<Buckets>,
    /// `LOCATION`
    pub location: Option<String>,
    /// `COMMENT`
    pub comment: Option<String>,
    /// `OPTIONS`
    pub options: Options,
    /// `TBLPROPERTIES`
    pub properties: Options,
    /// `AS query`
    pub query: Option<Box<Relation>>,
    /// `LIKE table`
    pub like: Option<Name>,
}

/// `CLUSTERED BY`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buckets {
    /// The columns that are hashed.
    pub columns: Vec<String>,
    /// The columns that are sorted within a bucket.
    pub sorted_by: Vec<String>,
    /// How many buckets.
    pub count: u32,
}

/// `INSERT INTO` and `INSERT OVERWRITE`
#[derive(Debug, Clone, PartialEq)]
pub struct Insert {
    /// The table's name as written.
    pub table: Name,
    /// `OVERWRITE`
    pub overwrite: bool,
    /// `IF NOT EXISTS` (of a partition)
    pub if_not_exists: bool,
    /// The column list.
    pub columns: Vec<String>,
    /// `PARTITION (a = 1, b)`: a column without a value is dynamic.
    pub partition: Vec<(String, Option<Expression>)>,
    /// `BY NAME`
    pub by_name: bool,
    /// `REPLACE WHERE condition`
    pub replace_where: Option<Box<Expression>>,
    /// What is inserted.
    pub query: Box<Relation>,
}

/// Which functions `SHOW FUNCTIONS` shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionScope {
    /// Those of the user.
    User,
    /// Those of the system.
    System,
    /// Both.
    All,
}

/// How much `EXPLAIN` shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExplainMode {
    /// The physical plan.
    Simple,
    /// All plans.
    Extended,
    /// The generated code.
    Codegen,
    /// The plan with statistics.
    Cost,
    /// An outline and the details of each node.
    Formatted,
}
