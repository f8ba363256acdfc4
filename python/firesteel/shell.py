"""The start of an interactive session: run with `python -i -m firesteel.shell`, it leaves `spark` and `sc` behind."""

import os
import platform

import pyspark
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
sc = spark.sparkContext
sql = spark.sql

print(
    f"""Welcome to Firesteel, compatible with Spark {pyspark.__version__}
Using Python version {platform.python_version()}
Spark context available as 'sc' (master = {sc.master}, app id = {sc.applicationId}).
SparkSession available as 'spark'."""
)

_startup = os.environ.get("PYTHONSTARTUP")
if _startup and os.path.isfile(_startup):
    with open(_startup) as _file:
        exec(compile(_file.read(), _startup, "exec"))
