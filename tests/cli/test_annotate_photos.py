import json

from exgan_tf.celeb_id import layouts


def test_the_tool_annotates_and_says_what_it_did(run_command, raw_dir, tmp_path):
    (tmp_path / "in" / "Ann").mkdir(parents=True)
    for path in sorted((raw_dir / layouts.RAW_IMAGES).iterdir())[:2]:
        (tmp_path / "in" / "Ann" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "in" / "Ann" / "notes.txt").write_text("not an image")
    folders = {"input_dir": tmp_path / "in", "output_dir": tmp_path / "out"}
    result = run_command("annotate_photos", **folders, num_workers=1)
    assert (result.returncode, result.stderr) == (0, "")
    assert "2 done, 1 skipped" in result.stdout
    assert "Ann/notes.txt" in result.stdout
    assert "annotation_report.json" in result.stdout
    entries = json.loads((tmp_path / "out" / layouts.RAW_JSON).read_text())
    assert sorted(entries) == ["ann-1.jpg", "ann-2.jpg"]
    fields = {"eye_left", "eye_right", "mouth_center", "face_x", "face_w", "roll", "eyes_closed"}
    assert fields <= set(entries["ann-1.jpg"])
    result = run_command("annotate_photos", **folders, landmark_model="dlib68")
    assert (result.returncode, "--overwrite" in result.stderr) == (1, True)
