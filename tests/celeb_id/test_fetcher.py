import pytest

from exgan_tf.celeb_id import fetcher


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fe80::1%eth0", "::ffff:127.0.0.1"],
)
def test_addresses_of_the_own_network_are_private(address):
    assert not fetcher.is_public_address((address, 80))


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8"])
def test_addresses_of_the_internet_are_public(address):
    assert fetcher.is_public_address((address, 443))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:word@host/a@b-1.jpg?x=1", "https://host/a@b-1.jpg?x=1"),
        ("https://host:81/a-1.jpg", "https://host:81/a-1.jpg"),
        ("https://me:wo/rd@host/a-1.jpg", "host/a-1.jpg"),
        ("me:word@host/a-1.jpg", "host/a-1.jpg"),
    ],
)
def test_user_and_password_of_a_url_are_not_shown(url, shown):
    assert fetcher.without_credentials(url) == shown
