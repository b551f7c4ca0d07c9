import json

import pytest

from exgan_tf.report import curves


def write_lines(run_dir, lines):
    (run_dir / "metrics.jsonl").write_text("".join(f"{line}\n" for line in lines))
    return run_dir


@pytest.fixture
def empty_run(write_run, tmp_path):
    run = write_run(tmp_path / "code", model="code")
    (run / "metrics.jsonl").unlink()
    return run


def test_curves_are_read_as_they_were_written(empty_run):
    lines = [
        {"step": 5, "losses": {"generator_total": 2.0}},
        {"step": 10, "losses": {"generator_total": 1.0}},
        {"step": 10, "validation": {"masked_l1": 0.5, "num_images": 3}},
    ]
    run = curves.read_curves(write_lines(empty_run, map(json.dumps, lines)))
    assert (run.name, run.model, run.num_averaged) == ("code", "code", 1)
    assert run.curves["losses", "generator_total"] == curves.Curve((5.0, 10.0), (2.0, 1.0))
    assert run.curves["validation", "masked_l1"].values == (0.5,)


def test_long_curves_are_averaged_to_few_points(empty_run):
    lines = [json.dumps({"step": step, "losses": {"a": step % 2}}) for step in range(1000)]
    curve = curves.read_curves(write_lines(empty_run, lines)).curves["losses", "a"]
    assert len(curve.steps) == 200
    assert curve.steps[:2] == (2.0, 7.0)
    assert set(curve.values) == {0.4, 0.6}


def test_a_last_line_cut_short_is_left_out(empty_run):
    lines = ['{"step": 1, "losses": {"a": 1}}', '{"step": 2, "los']
    found = curves.read_curves(write_lines(empty_run, lines)).curves
    assert found["losses", "a"] == curves.Curve((1.0,), (1.0,))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("[]", r"line 2.* is \[\]: Expected `object`"),
        ('{"losses": {}}', "line 2.*missing required field `step`"),
        ('{"step": -1}', "line 2: step is -1"),
        ('{"step": 1, "losses": {"a": NaN}}', "line 2: losses.a is nan"),
        ('{"step": 1, "losses": [1]}', r"line 2: losses is \[1\]"),
        ("[" * 100_000, "is not lines of JSON"),
        ("1" * 6000, "is not lines of JSON"),
    ],
    ids=lambda text: text[:20],
)
def test_lines_of_anything_else_are_named(empty_run, line, message):
    write_lines(empty_run, ['{"step": 1, "losses": {"a": 1}}', line])
    with pytest.raises(ValueError, match=f"metrics.jsonl.*{message}"):
        curves.read_curves(empty_run)


def test_what_is_no_run_or_measured_nothing_yet_is_refused(empty_run, tmp_path):
    with pytest.raises(ValueError, match="not a run directory"):
        curves.read_curves(tmp_path)
    with pytest.raises(ValueError, match="metrics.jsonl is missing or empty"):
        curves.read_curves(empty_run)
    (empty_run / "metrics.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="metrics.jsonl is not lines of JSON"):
        curves.read_curves(empty_run)
