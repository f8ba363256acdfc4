from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
letters = sc.parallelize("abcdefg", 3)
print(letters.zipWithIndex().glom().collect(), letters.zipWithUniqueId().glom().collect())
print(sc.parallelize("ab", 1).zipWithIndex().collect(), sc.parallelize("ab", 4).zipWithIndex().glom().collect())
print(letters.filter(lambda x: x > "c").zipWithIndex().collect(), sc.parallelize("ab", 4).zipWithUniqueId().collect())
