"""Classic PySpark's modules (`pyspark.core`, `pyspark.streaming`), which Apache's JVM-free client does not have."""
