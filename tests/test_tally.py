from exgan_tf.tally import Tally


def test_the_summary_counts_reasons_and_names_what_was_skipped():
    tally = Tally(num_done=3)
    tally.skip("a-1.jpg", "the file is empty")
    tally.skip("a-2.jpg", "the file is empty")
    summary = tally.summary()
    assert "3 done, 2 skipped" in summary
    assert "2 x the file is empty" in summary
    assert "a-2.jpg" in summary


def test_the_first_reason_for_a_name_stands():
    tally = Tally()
    tally.skip("a-1.jpg", "first")
    tally.skip("a-1.jpg", "second")
    assert tally.skipped == {"a-1.jpg": "first"}


def test_a_long_summary_is_cut_and_says_so():
    tally = Tally()
    for index in range(50):
        tally.skip(f"a-{index}.jpg", "gone")
    assert "47 more names" in tally.summary(most=3)
