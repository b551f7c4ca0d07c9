import pytest

from exgan_tf import inpainters
from exgan_tf.evaluation import Method, protocol


class OfSize(inpainters.MeanColor):
    def __init__(self, image_size):
        self.image_size = image_size


def of_sizes(*sizes):
    return {
        name: Method(OfSize(size), kind="untrained", description="")
        for name, size in zip("abc", sizes, strict=False)
    }


@pytest.mark.parametrize(
    ("sizes", "wanted", "chosen"),
    [
        ([None], None, 96),
        ([None], 48, 48),
        ([None, 64], None, 64),
        ([64, None, 64], 64, 64),
    ],
)
def test_the_trained_methods_decide_the_size_then_the_user_then_the_records(sizes, wanted, chosen):
    assert protocol.choose_image_size(of_sizes(*sizes), 96, wanted) == chosen


@pytest.mark.parametrize(
    ("sizes", "wanted", "message"),
    [
        ([32, None, 64], None, "different sizes: a 32, c 64"),
        ([64], 32, "image_size is 32, but the trained methods take 64"),
        ([None], 0, "image_size is 0; expected at least 32"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(sizes, wanted, message):
    with pytest.raises(ValueError, match=message):
        protocol.choose_image_size(of_sizes(*sizes), 96, wanted)


def test_resizing_is_told():
    assert (
        protocol.describe_resize(96, 96) == "records 96 pixels, measured at 96: as in the records"
    )
    assert "measured at 64: tf.image.resize, area" in protocol.describe_resize(96, 64)
