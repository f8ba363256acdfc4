"""What a run's output may differ in without meaning anything: scratch paths, random ids, plan attribute numbers."""

import re

_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_ATTRIBUTE = re.compile(r"#\d+L?\b")


def normalise(text: str, case_dir: str, work_dir: str) -> str:
    """The text with such parts replaced by fixed names; the case's directory lies inside the work directory."""
    text = text.replace(case_dir, "<CASE_DIR>").replace(work_dir, "<WORK_DIR>")
    text = _UUID.sub("<UUID>", text)
    return _ATTRIBUTE.sub("#N", text)
