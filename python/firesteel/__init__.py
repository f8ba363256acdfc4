"""Firesteel's Python package: what lets PySpark scripts run on the Firesteel engine.

Nothing here needs to be imported by a script. `firesteel.startup`, which Python loads when it starts, watches for
`pyspark` and adds to Apache's client what it lacks.
"""

__version__ = "0.1.0"
