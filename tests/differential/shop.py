"""A small shop's data, made by arithmetic: the views customers, orders, items and visits."""


def create_views(spark):
    """Create the temporary views; the data is the same on every run."""
    spark.sql("""
        SELECT cast(id AS INT) AS customer, concat('Customer ', id) AS name,
          element_at(array('north', 'south', 'east'), cast(id % 3 + 1 AS INT)) AS region,
          date_add(DATE '2023-01-01', cast(id * 17 % 300 AS INT)) AS joined,
          if(id % 7 = 0, NULL, cast(id * 13 % 90 + 10 AS DECIMAL(8, 2))) AS credit
        FROM range(1, 21)""").createOrReplaceTempView("customers")
    spark.sql("""
        SELECT cast(id AS INT) AS order_id, cast(id * 7 % 23 + 1 AS INT) AS customer,
          date_add(DATE '2024-01-01', cast(id * 11 % 180 AS INT)) AS day,
          element_at(array('open', 'paid', 'sent', 'returned'), cast(id * 3 % 4 + 1 AS INT)) AS status,
          if(id % 9 = 0, NULL, concat('note ', id % 5)) AS note
        FROM range(1, 61)""").createOrReplaceTempView("orders")
    spark.sql("""
        SELECT cast(id % 60 + 1 AS INT) AS order_id, concat('P', id * 5 % 8) AS product, cast(id % 4 + 1 AS INT) AS quantity,
          cast((id * 37 % 1000) / 10.0 AS DECIMAL(10, 2)) AS price, cast(id % 3 * 0.05 AS DOUBLE) AS discount
        FROM range(0, 150)""").createOrReplaceTempView("items")
    spark.sql("""
        SELECT cast(id % 6 AS INT) AS visitor, timestamp_seconds(1704067200 + id * id * 97 % 86400) AS at,
          element_at(array('home', 'search', 'product', 'cart', 'pay'), cast(id * 3 % 5 + 1 AS INT)) AS page
        FROM range(0, 60)""").createOrReplaceTempView("visits")
