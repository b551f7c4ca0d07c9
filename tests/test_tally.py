from exgan_tf.tally import Tally, count


def test_a_noun_agrees_with_its_number():
    assert [count(n, "copy", "copies") for n in (0, 1, 1000)] == [
        "0 copies",
        "1 copy",
        "1,000 copies",
    ]
    assert count(2, "face") == "2 faces"


def test_the_summary_counts_the_first_reasons_and_names_what_was_skipped():
    tally = Tally(num_done=3)
    for name, reason in (("a-1", "it is empty"), ("a-2", "it is empty"), ("a-1", "another")):
        tally.skip(name, reason)
    summary = tally.summary()
    assert "3 done, 2 skipped" in summary
    assert "2 x it is empty" in summary
    assert "a-2" in summary and "another" not in summary


def test_a_long_summary_is_cut_and_says_so():
    tally = Tally(num_done=1200)
    for index in range(50):
        tally.skip(f"a-{index}.jpg", "gone")
    summary = tally.summary(most=3)
    assert "1,200 done" in summary
    assert "47 more names" in summary
