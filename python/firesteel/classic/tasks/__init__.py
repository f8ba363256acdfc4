"""What of RDDs runs in the workers.

These modules import nothing of the driver, and a worker has them loaded before its first task.
"""
