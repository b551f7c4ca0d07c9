import operator
import os
import shutil
import subprocess
import sys

import pytest

pytest.importorskip("apache_beam", reason="Apache Beam is not installed: make beam")

from exgan_tf import beam, files
from exgan_tf.celeb_id import alignment, annotation, layouts
from exgan_tf.data import records


def write_and_tell_process(path):
    files.write_bytes(path, b"whole")
    return os.getpid()


def fail_the_first_time(path):
    """Stops after half of the work, and does all of it when it is called again."""
    if not path.with_suffix(".tried").exists():
        path.with_suffix(".tried").touch()
        path.with_name(f".{path.name}.tmp").write_bytes(b"ha")
        raise OSError("the network is gone")
    files.write_bytes(path, b"whole")
    return path.name


def break_down(item):
    raise OSError("the network is gone")


def run(function, items, **settings):
    engine = beam.Beam(**{"runner": "DirectRunner", **settings})
    return list(engine(function, items, description="testing"))


@pytest.mark.parametrize("num_items", [0, 1, 1000])
def test_results_come_in_the_order_of_the_items(num_items):
    assert run(operator.neg, range(num_items)) == [-number for number in range(num_items)]


def test_the_work_is_shared_out_among_processes(tmp_path):
    paths = [tmp_path / str(number) for number in range(40)]
    processes = set(run(write_and_tell_process, paths, num_workers=2))
    assert len(processes) == 2
    assert os.getpid() not in processes
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in paths}


def test_what_the_function_refuses_is_raised_as_it_is():
    with pytest.raises(ValueError, match="^invalid literal for int"):
        run(int, ["1", "two"])


def test_a_pipeline_that_fails_ends_in_one_line():
    with pytest.raises(OSError, match="^the pipeline failed: .*the network is gone") as caught:
        run(break_down, [1])
    assert "\n" not in str(caught.value)


def test_work_that_failed_half_way_is_tried_again_and_leaves_no_duplicate(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    options = (f"--temp_location={scratch}",)
    with files.staged_directory(tmp_path / "out", tool="test", parameters={}) as work_dir:
        paths = [work_dir / f"{number}.jpg" for number in range(3)]
        # Beam's older local runner, which tries again as those of clusters do.
        results = run(fail_the_first_time, paths, runner="BundleBasedDirectRunner", options=options)
    assert results == ["0.jpg", "1.jpg", "2.jpg"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        *("0.jpg", "0.tried", "1.jpg", "1.tried", "2.jpg", "2.tried"),
        files.PROVENANCE,
    ]
    assert not list(scratch.iterdir())


def test_other_runners_need_a_folder_that_every_worker_reaches():
    with pytest.raises(ValueError, match="DataflowRunner needs --temp_location"):
        run(operator.neg, [1], runner="DataflowRunner")


@pytest.fixture(scope="module")
def people(raw_dir, tmp_path_factory):
    """Two folders of drawn people with two photographs each, and one with a damaged file."""
    folder = tmp_path_factory.mktemp("people")
    for name in ("drawn_00001-1", "drawn_00001-2", "drawn_00002-1", "drawn_00002-2"):
        person = folder / name.partition("-")[0]
        person.mkdir(exist_ok=True)
        shutil.copy(raw_dir / layouts.RAW_IMAGES / f"{name}.jpg", person)
    (folder / "drawn_00002" / "damaged.jpg").write_bytes(b"no image")
    return folder


def prepare(people, folder, **engine):
    """All that is made of people's folders, and all that is said about them."""
    raw, aligned, made = (folder / name for name in ("raw", "aligned", "records"))
    tallies = [
        annotation.annotate_photos(people, raw, **engine),
        alignment.align_photographs(raw, aligned, image_size=64, seed=0, **engine),
        records.build_records(
            aligned, made, records.RecordOptions(image_size=32, validation_fraction=0), **engine
        )[1],
    ]
    contents = {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    return tallies, contents


def test_every_byte_is_that_of_one_process_however_often_the_work_is_done(people, tmp_path):
    expected_tallies, expected = prepare(people, tmp_path / "one")
    assert list(expected_tallies[0].skipped) == ["drawn_00002/damaged.jpg"]
    for name, num_workers in (("beam", 1), ("beams", 2)):
        engine = beam.Beam("DirectRunner", num_workers, ("--direct_runner_bundle_repeat=1",))
        tallies, contents = prepare(people, tmp_path / name, engine=engine)
        assert tallies == expected_tallies
        assert contents.keys() == expected.keys()
        different = [path for path in contents if contents[path] != expected[path]]
        # The times of change of these very folders are among what it was made by.
        assert {path.name for path in different} <= {files.PROVENANCE}


def test_the_command_does_the_same_on_beam(aligned_dir, tmp_path):
    for name, flags in (("one", []), ("beam", ["--runner=DirectRunner"])):
        command = [sys.executable, "-m", "exgan_tf.cli.build_records", "--image_size=48"]
        paths = [f"--input_dir={aligned_dir}", f"--output_dir={tmp_path / name}"]
        run = subprocess.run(
            [*command, *paths, "--num_workers=1", *flags], capture_output=True, text=True
        )
        assert (run.returncode, run.stderr) == (0, "")
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "beam" / path.name).read_bytes()
