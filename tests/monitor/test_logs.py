"""Logs as settings and log4j 2's files ask for."""

import json

from conftest import wait_until

ROLLING = """\
rootLogger.level = info
rootLogger.appenderRef.file.ref = file
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = logs/job.log
appender.file.filePattern = logs/job-%i.log
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %p|%c|%m%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 300
appender.file.strategy.max = 2
logger.quiet.name = org.apache.spark.sql.execution.streaming.Query
logger.quiet.level = error
"""


def test_structured_logs_have_sparks_fields(stream):
    program = stream({}, "spark.log.structuredLogging.enabled=true", "spark.log.level=INFO")
    lines = wait_until(lambda: [line for line in program.output.splitlines() if '"Batch [1]' in line])
    line = json.loads(lines[0])
    assert set(line) == {"ts", "level", "msg", "context", "logger"}
    assert (line["level"], line["logger"]) == ("INFO", "Query")
    program.stop()


def test_log4j2_properties_rolls_files_and_quiets_a_logger(stream, tmp_path):
    program = stream({"log4j2.properties": ROLLING}, seconds=4)
    assert program.process.wait(60) == 0, program.output
    files = sorted(path.name for path in (tmp_path / "logs").iterdir())
    text = "".join((tmp_path / "logs" / name).read_text() for name in files)
    assert set(files) <= {"job.log", "job-1.log", "job-2.log"}
    assert all(len((tmp_path / "logs" / name).read_bytes()) < 2000 for name in files)
    assert "Batch [" not in text, "the logger of queries is at ERROR"
    assert "INFO|" not in program.output, "the file is the only appender"


def test_what_a_file_asks_for_in_vain_is_said(stream):
    program = stream({"log4j2.properties": "rootLogger.level = info\nappender.k.type = Kafka\n"}, seconds=1)
    assert program.process.wait(60) == 0, program.output
    assert sum("appender.k.type=Kafka has no effect" in line for line in program.output.splitlines()) == 1
