import pytest

from exgan_tf.report import numbers


@pytest.mark.parametrize(
    ("values", "decimals"),
    [([0.0482, 0.118], 4), ([29.4, 31.2], 1), ([1234.0], 0), ([0.0], 3), ([], 3), ([1e-9], 6)],
)
def test_three_digits_are_shown(values, decimals):
    assert numbers.decimals_for(values) == decimals


@pytest.mark.parametrize(
    ("value", "signed", "text"),
    [
        (-0.0482, False, "\N{MINUS SIGN}0.05"),
        (0.5, True, "+0.50"),
        (-0.0001, True, "0.00"),
        (-1e12, False, "\N{MINUS SIGN}1e+12"),
    ],
)
def test_numbers_are_written_for_people(value, signed, text):
    assert numbers.write(value, decimals=2, signed=signed) == text


def test_percentages_lose_their_decimal_from_a_hundred_up():
    texts = [numbers.percent(value, signed=True) for value in (-21.82, 99.94, 131.4)]
    assert [text[:-2] for text in texts] == ["\N{MINUS SIGN}21.8", "+99.9", "+131"]


def test_durations_have_a_fitting_unit():
    assert [numbers.duration(value) for value in (0.0123, 2.5)] == ["12.3 ms", "2.50 s"]
