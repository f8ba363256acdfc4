"""One process that runs cases one after another, for speed: names come in on standard input, results go out on a pipe.

Standard output is a file in append mode that the engine, started from here, inherits. So what a case prints
and what the engine prints for it (the console sink) lie in one file, in order: the part that was added while
the case ran is its output.
"""

import argparse
import json
import os
import runpy
import shutil
import sys
import traceback

from suite import Case


def run_case(case: Case, work_dir: str) -> dict:
    """Run one script in this process; give its output and, where it raised, the traceback."""
    from normalise import normalise

    case_dir = os.path.join(work_dir, "case")
    shutil.rmtree(case_dir, ignore_errors=True)
    os.makedirs(case_dir)
    os.environ["CASE_DIR"] = case_dir
    sys.modules.pop("scratch", None)  # its clock starts again with every case
    sys.stdout.flush()
    begin = os.fstat(1).st_size
    failure = None
    try:
        runpy.run_path(str(case.script), run_name="__main__")
    except BaseException as error:
        if not (isinstance(error, SystemExit) and not error.code):
            failure = traceback.format_exc()
    sys.stdout.flush()
    size = os.fstat(1).st_size - begin
    with open(os.environ["CAPTURE_FILE"], "rb") as capture:
        capture.seek(begin)
        output = capture.read(size).decode("utf-8", "replace")
    return {
        "name": case.name,
        "output": normalise(output, case_dir, work_dir),
        "failure": failure and normalise(failure, case_dir, work_dir),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--work-dir", required=True)
    parser.add_argument("--results", type=int, required=True)
    parser.add_argument("--remote")
    parser.add_argument("--isolated", action="store_true")
    arguments = parser.parse_args()
    results = os.fdopen(arguments.results, "w", buffering=1)
    sys.stdout.reconfigure(write_through=True, line_buffering=True)

    import session as sessions

    base = sessions.start(arguments.work_dir, arguments.remote)
    print(json.dumps({"ready": True}), file=results)
    for line in sys.stdin:
        case = Case(line.strip())
        session = base if arguments.isolated else sessions.fresh(base)
        result = run_case(case, arguments.work_dir)
        print(json.dumps(result), file=results)
        if not arguments.isolated:
            sessions.clean(base, session)
    results.close()
    if not arguments.isolated:
        base.stop()


if __name__ == "__main__":
    main()
