//! Queries end to end: SQL text to the table that `show()` prints.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use firesteel_parser::Statement;
use firesteel_sql::display::{Show, show};
use firesteel_sql::{Engine, EngineConfig, Session};

fn session() -> Session {
    let settings = vec![("spark.sql.session.timeZone".to_string(), "UTC".to_string())];
    Session::new(Engine::new(EngineConfig { settings }).unwrap(), "test")
}

async fn run(session: &Session, sql: &str) -> String {
    let Statement::Query(relation) = firesteel_parser::parse_statement(sql).unwrap() else {
        panic!("not a query: {sql}")
    };
    let analyzed = match session.analyze(&relation) {
        Ok(analyzed) => analyzed,
        Err(error) => return error.message(),
    };
    let names: Vec<String> = analyzed.output.iter().map(|a| a.name.clone()).collect();
    match session.collect(&analyzed).await {
        Ok(batches) => {
            let zone = firesteel_sql::display::zone(session.conf());
            show(&names, &batches, Show { rows: 20, truncate: 0, vertical: false, zone })
        }
        Err(error) => error.message(),
    }
}

macro_rules! shows {
    ($($name:ident: $sql:expr => $expected:expr;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let text = run(&session(), $sql).await;
            assert_eq!(text.trim(), $expected.trim(), "\n{text}");
        }
    )*};
}

shows! {
    arithmetic: "select 1 + 2 * 3 as a, 7 / 2 b, 7 % 4, -5 div 2" => "
+---+---+-------+----------+
|a  |b  |(7 % 4)|(-5 div 2)|
+---+---+-------+----------+
|7  |3.5|3      |-2        |
+---+---+-------+----------+";
    groups: "select id % 3 as k, count(*), sum(id), avg(id) from range(10) group by id % 3 order by k" => "
+---+--------+-------+-------+
|k  |count(1)|sum(id)|avg(id)|
+---+--------+-------+-------+
|0  |4       |18     |4.5    |
|1  |3       |12     |4.0    |
|2  |3       |15     |5.0    |
+---+--------+-------+-------+";
    having_and_order_beneath: "select id % 3 as k from range(10) group by id % 3 having sum(id) > 12 order by max(id) desc" => "
+---+
|k  |
+---+
|0  |
|2  |
+---+";
    join_and_qualifiers: "select a.id, b.id + 1 as n from range(3) a join range(2) b on a.id = b.id order by a.id" => "
+---+---+
|id |n  |
+---+---+
|0  |1  |
|1  |2  |
+---+---+";
    windows: "select id, row_number() over (order by id desc) as r, sum(id) over (order by id) s from range(3) order by id" => "
+---+---+---+
|id |r  |s  |
+---+---+---+
|0  |3  |0  |
|1  |2  |1  |
|2  |1  |3  |
+---+---+---+";
    nested: "select struct(1 as a, 'x' as b) s, array(1, 2) as l, map('k', 1)['k'] as m where false" => "
+---+---+---+
|s  |l  |m  |
+---+---+---+
+---+---+---+";
    explode_rows: "select id, explode(array(id, id + 1)) as e from range(2) order by id, e" => "
+---+---+
|id |e  |
+---+---+
|0  |0  |
|0  |1  |
|1  |1  |
|1  |2  |
+---+---+";
    time_windows: "select window(t, '10 minutes') as w, count(*) as n from (select timestamp'2020-01-01 00:07:00' as t) group by window(t, '10 minutes')" => "
+------------------------------------------+---+
|w                                         |n  |
+------------------------------------------+---+
|{2020-01-01 00:00:00, 2020-01-01 00:10:00}|1  |
+------------------------------------------+---+";
    subquery: "select id from range(5) where id > (select avg(id) from range(5)) order by id" => "
+---+
|id |
+---+
|3  |
|4  |
+---+";
    correlated: "select id from range(4) a where exists (select 1 from range(2) b where b.id = a.id) order by id" => "
+---+
|id |
+---+
|0  |
|1  |
+---+";
    division_by_zero: "select 1 / 0" => "
[DIVIDE_BY_ZERO] Division by zero. `try_divide` gives NULL instead; \"spark.sql.ansi.enabled\" = false switches the check off. SQLSTATE: 22012";
    unknown_column: "select nope from range(3)" => "
[UNRESOLVED_COLUMN.WITH_SUGGESTION] There is no column, variable or function parameter `nope`. Did you mean one of these: `id`? SQLSTATE: 42703";
    union_types: "select 1 as a union all select 2.5 order by a" => "
+---+
|a  |
+---+
|1.0|
|2.5|
+---+";
}
