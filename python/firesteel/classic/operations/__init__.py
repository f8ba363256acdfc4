"""What an RDD can do: a family of methods in each module, which `firesteel.classic.rdd.RDD` brings together."""
