"""EXECUTE IMMEDIATE and SQL scripts."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("EXECUTE IMMEDIATE 'SELECT ? + ? AS x' USING 1, 2").show()
spark.sql("EXECUTE IMMEDIATE 'SELECT :a AS x' USING 5 AS a").show()
spark.sql("""
BEGIN
  DECLARE total INT DEFAULT 0;
  WHILE total < 5 DO
    SET total = total + 2;
  END WHILE;
  SELECT total AS result;
END""").show()
