"""Measuring consistency through the command."""

import json

FAST = {"untrained": "mean_color,telea", "num_images": 3}


def test_the_command_measures_and_shows_tables(records_dir, tmp_path, run_command):
    output_dir = tmp_path / "out"
    flags = {"records": records_dir, "output_dir": output_dir, **FAST}
    run = run_command("consistency", **flags)
    assert (run.returncode, run.stderr) == (0, "")
    result = json.loads((output_dir / "consistency.json").read_text())
    assert list(result["methods"]) == ["mean_color", "telea"]
    assert result["data"]["num_images"] == 3
    for name, method in result["methods"].items():
        by_mask, all_masks = (
            line for line in run.stdout.splitlines() if line.startswith(f"{name} ")
        )
        assert by_mask.split()[1:] == [f"{each['psnr']:.2f}" for each in method["by_mask"].values()]
        assert f"{method['consistency']['pairwise_mse']:.6f}" in all_masks
    assert f"written: {output_dir}/consistency.json" in run.stdout
    assert f"--records={records_dir}" in result["made_by"]["flags"]
    assert (output_dir / "cases.png").is_file()

    again = run_command("consistency", **flags)
    assert (again.returncode, again.stderr) == (0, "")
    assert "complete already, nothing was done" in again.stdout


def test_bad_input_ends_in_one_line(records_dir, tmp_path, run_command):
    flags = {"records": records_dir, "output_dir": tmp_path / "out", **FAST, "num_images": 0}
    run = run_command("consistency", **flags)
    assert run.returncode == 1
    assert run.stderr.startswith("error: num_images is 0: Expected `int` >= 1")
    assert not list(tmp_path.iterdir())
