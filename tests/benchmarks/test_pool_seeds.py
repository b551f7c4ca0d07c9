import pytest

from benchmarks import pool_seeds

HEADER = "name,identity,method,masked_l1,l1,identity_to_truth"


def write_table(folder, errors):
    """A table of two people whose errors, by method, are all measures at once."""
    folder.mkdir()
    rows = [
        f"{name}.jpg,{name},{method},{error},{error},{error}"
        for method, of_people in errors.items()
        for name, error in zip(("ann", "ben"), of_people, strict=True)
    ]
    (folder / "per_image.csv").write_text("\n".join([HEADER, *rows]))
    return pool_seeds.read_table(folder)


def test_errors_are_averaged_over_the_seeds_before_methods_are_compared(tmp_path):
    first = write_table(tmp_path / "0", {"baseline": (0.4, 0.4), "code": (0.1, 0.4), "x": (1, 1)})
    second = write_table(tmp_path / "1", {"baseline": (0.4, 0.8), "code": (0.3, 0.2)})
    pooled = pool_seeds.pool([first, second], against="baseline")
    # Ann 0.2 against 0.4, Ben 0.3 against 0.6: both halves.
    assert pooled == {
        "code": dict.fromkeys(
            ("masked_l1", "l1", "identity_to_truth"),
            {"percent": -50.0, "interval": [-50.0, -50.0]},
        )
    }


def test_tables_that_do_not_fit_are_refused(tmp_path):
    table = write_table(tmp_path / "0", {"baseline": (0.4, 0.4)})
    with pytest.raises(ValueError, match="not all evaluations have 'code'"):
        pool_seeds.pool([table], against="code")
    with pytest.raises(ValueError, match="of different photographs"):
        pool_seeds.pool([table, {}], against="baseline")
    (tmp_path / "per_image.csv").write_text("name,identity\nann.jpg,ann")
    with pytest.raises(ValueError, match="no table of evaluate"):
        pool_seeds.read_table(tmp_path)
