"""The line that shows progress in a notebook."""

from types import SimpleNamespace

from firesteel.notebook import is_notebook, line


def stage(number: int, tasks: int, completed: int, *, done: bool = False) -> SimpleNamespace:
    return SimpleNamespace(stage_id=number, num_tasks=tasks, num_completed_tasks=completed, done=done)


def test_only_stages_that_run_have_a_bar_and_the_line_fits():
    text = line([stage(0, 4, 4, done=True), stage(1, 4, 2)])
    assert text.startswith("[Stage 1:===") and text.endswith("2 / 4]")
    assert len(text) == 80
    assert len(line([stage(n, 10, n) for n in range(7)])) <= 80
    assert line([]) == line([stage(0, 0, 0)]) == ""


def test_a_test_runner_is_no_notebook():
    assert not is_notebook()
