"""Logging from a job's own code."""
import logging
logging.basicConfig(level=logging.INFO)
logger = logging.getLogger(__name__)

def process_data(data):
    logger.info("Processing data: %s", data)
    return data

data = ["Test 1", "Test 2", "Test 3"]
for d in data:
    process_data(d)
