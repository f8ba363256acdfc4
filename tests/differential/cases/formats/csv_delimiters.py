"""Separators, quotes, escapes, comments, line ends."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
show = lambda df: print([tuple(r) for r in df.collect()])
write("a.csv", "1;'x;y';z")
show(spark.read.csv(path("a.csv"), sep=";", quote="'"))
write("b.tsv", "1\tx\ty")
show(spark.read.csv(path("b.tsv"), sep="\t"))
write("c.csv", "1||x||y")
show(spark.read.csv(path("c.csv"), sep="||"))
write("d.csv", '1,"a ""quoted"" word"', '2,"back\\"slash"')
show(spark.read.csv(path("d.csv")))
show(spark.read.csv(path("d.csv"), escape='"'))
write("e.csv", "# comment", "1,x", "", "2,y")
show(spark.read.csv(path("e.csv"), comment="#"))
write("f.csv", '1,"two', 'lines"', "2,one")
show(spark.read.csv(path("f.csv"), multiLine=True))
show(spark.read.csv(path("f.csv")))
write("g.csv", "1,x\r", "2,y\r")
show(spark.read.csv(path("g.csv")))
write("h.csv", "1,x;2,y")
show(spark.read.csv(path("h.csv"), lineSep=";"))
