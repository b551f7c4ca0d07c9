"""One URL to the bytes of one image, whatever the server at the other end does.

What servers answer comes from outside, and is treated so:

* Only http and https, also after every redirect.
* A URL may name a host of one's own network, such as a mirror. An answer from a public address,
  however, never leads to a private one: strangers must not aim requests at what only this machine
  can reach. What counts is the address connected to, not what a name resolved to earlier; through
  a proxy the proxy connects, and its own rules hold.
* Each attempt has one time limit over connecting, headers, body and redirects together, as a
  server that sends a byte a second never trips the limit on a single read.
* Only a whole image is handed on, byte for byte as served.
"""

import contextlib
import http.client
import ipaddress
import itertools
import socket
import threading
import urllib.parse
from typing import NamedTuple

import numpy as np
import requests
import requests.adapters
import urllib3
import urllib3.connection

import exgan_tf
from exgan_tf import images

# All limits below are ours.
MAX_REDIRECTS = 5  # http to https, to www, to a CDN, and two to spare; browsers allow 20.
CONNECT_SECONDS = 10.0  # Three lost TCP SYNs: 1 + 2 + 4 s, and some.
READ_SECONDS = 30.0  # The longest silence; slow image servers answer well within.
BACKOFF_SECONDS = 1.0  # Before the second attempt on average; doubles with each one after it.
MAX_WAIT_SECONDS = 60.0  # A server that asks for more is left to the next run.

_CHUNK_BYTES = 1 << 16
_TEMPORARY_STATUSES = (408, 425, 429)  # Time-out, too early, too many; and all from 500 on.
_HEADERS = {
    "User-Agent": f"exgan_tf/{exgan_tf.__version__} (image data set download)",
    "Accept": "image/*",
    "Accept-Encoding": "identity",  # Files are kept as they are served.
}
_REASONS = (
    (urllib3.exceptions.NameResolutionError, "host name not found"),
    (urllib3.exceptions.ConnectTimeoutError, "no connection in time"),
    (urllib3.exceptions.ReadTimeoutError, "no answer in time"),
    (urllib3.exceptions.SSLError, "no secure connection"),
    (urllib3.exceptions.ProtocolError, "the connection broke off"),
)

# A decoded photograph may take hundreds of megabytes, so only a few are decoded at a time.
_DECODING = threading.BoundedSemaphore(2)

# `.transfer` is the attempt the current thread is at; the connections look there.
_current = threading.local()


class Limits(NamedTuple):
    """What one file may cost.

    Attributes:
      total_seconds: limit on one attempt, all in all.
      retries: number of further attempts after a temporary failure.
      max_bytes: limit on the size.
    """

    total_seconds: float
    retries: int
    max_bytes: int


class FetchError(Exception):
    """One attempt at a URL that failed.

    Attributes:
      temporary: whether a later run may succeed.
      retry_after: seconds to wait at least before another attempt in this run; None: no other.
      attempts: number of attempts so far.
    """

    def __init__(self, reason: str, *, temporary: bool = False, retry_after: float | None = None):
        super().__init__(reason)
        self.temporary = temporary
        self.retry_after = retry_after
        self.attempts = 1


class StoppedError(Exception):
    """The run was stopped while this file was being fetched."""


class Fetcher:
    """Fetches one file after the other over connections of its own."""

    def __init__(self, limits: Limits, stop: threading.Event, rng: np.random.Generator):
        self._limits = limits
        self._stop = stop
        self._rng = rng
        self._transfer = None
        self.session = requests.Session()
        self.session.headers.update(_HEADERS)
        # Or requests would send the user's passwords from ~/.netrc to hosts that the list names.
        self.session.auth = lambda request: request
        self.session.mount("http://", _Adapter())
        self.session.mount("https://", _Adapter())

    def fetch(self, url: str) -> bytes:
        """The whole file, checked to be an image; raises FetchError or StoppedError."""
        # Not urllib3's own retries: those end with the headers, sleep through Ctrl-C, and do not
        # say how many there were. Its reading of Retry-After is used.
        for attempt in itertools.count(1):
            try:
                data = self._attempt(url)
                _check_image(data)
                return data
            except FetchError as error:
                error.attempts = attempt
                if error.retry_after is None or attempt > self._limits.retries:
                    raise
                pause = BACKOFF_SECONDS * 2 ** (attempt - 1) * self._rng.uniform(0.5, 1.5)
                pause = max(error.retry_after, min(pause, MAX_WAIT_SECONDS))
            if self._stop.wait(pause):
                break
        raise StoppedError

    def abort(self):
        """Ends the attempt under way, from another thread; to be called after `stop` is set."""
        transfer = self._transfer
        if transfer is not None:
            transfer.abort("stopped")

    def _attempt(self, url: str) -> bytes:
        limit = self._limits.total_seconds
        transfer = self._transfer = _current.transfer = _Transfer()
        if self._stop.is_set():  # An `abort` from now on finds this transfer.
            raise StoppedError
        timer = threading.Timer(limit, transfer.abort, [f"took longer than {limit:g} s"])
        timer.daemon = True
        timer.start()
        error = None
        try:
            data = self._follow(url)
        except FetchError as own_error:
            error = own_error
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            http.client.HTTPException,
            OSError,
            ValueError,
        ) as network_error:
            error = _explain(network_error)
        finally:
            timer.cancel()
            transfer.finish()
            self.session.cookies.clear()
        if self._stop.is_set():
            raise StoppedError
        if transfer.end_reason is not None:
            raise FetchError(transfer.end_reason, temporary=True)
        if error is not None:
            raise error
        return data

    def _follow(self, url: str) -> bytes:
        limit = self._limits.total_seconds
        timeout = (min(CONNECT_SECONDS, limit), min(READ_SECONDS, limit))
        for _ in range(MAX_REDIRECTS + 1):
            # Not requests' own redirects, which read the body of each without any limit.
            with self.session.get(
                url, stream=True, allow_redirects=False, timeout=timeout
            ) as response:
                if not response.is_redirect:
                    _check_status(response)
                    return _read_body(response, max_bytes=self._limits.max_bytes)
                target = self.session.get_redirect_target(response)
            try:
                url = urllib.parse.urljoin(url, target)
                check_url(url)
            except ValueError as error:
                raise FetchError(f"redirect refused: {error}") from error
        raise FetchError(f"more than {MAX_REDIRECTS} redirects")


def without_credentials(url: str) -> str:
    """A URL fit for a report: without `user:password@`, which others should not read."""
    try:
        check_url(url)
    except ValueError:
        # Where a broken URL keeps its password is anyone's guess: all up to the last @ goes.
        return ascii(url.rpartition("@")[2])[1:-1]
    parts = urllib.parse.urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def check_url(url: str):
    """Raises ValueError, which does not repeat the URL, unless it is one of http or https."""
    if not url.isprintable():
        raise ValueError("not a URL: it has control characters")
    try:
        parts = urllib.parse.urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise ValueError("not a valid URL") from error
    if parts.scheme not in ("http", "https"):
        raise ValueError("neither http nor https")
    if not has_host:
        raise ValueError("the URL names no host")


def is_public_address(peer) -> bool:
    """Whether a socket's peer, an (address, port, ...) tuple, is reachable for everyone."""
    address = ipaddress.ip_address(peer[0].partition("%")[0])
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_global and not address.is_multicast


class _Transfer:
    """One attempt at one file: what the time limit, Ctrl-C and the address rule get hold of."""

    def __init__(self):
        self.end_reason = None
        self._lock = threading.Lock()
        self._socket = None
        self._was_public = False

    def watch(self, connection_socket, *, direct: bool):
        """Takes note of the socket a request is about to go through.

        Raises:
          FetchError: if the attempt is over, or a public server led to a private one.
        """
        with self._lock:
            self._socket = connection_socket
            if self.end_reason is not None:
                raise FetchError(self.end_reason, temporary=True)
        if direct:
            is_public = is_public_address(connection_socket.getpeername())
            if self._was_public and not is_public:
                raise FetchError("redirect from a public to a private address")
            self._was_public = self._was_public or is_public

    def abort(self, reason: str):
        """Ends the attempt from another thread, whatever it is waiting for."""
        with self._lock:
            self.end_reason = self.end_reason or reason
            if self._socket is not None:
                # The reader wakes with an end of file. Past the TLS layer, whose own shutdown
                # is not made to be called from another thread.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def finish(self):
        """Lets go of the socket, which the next file may use."""
        with self._lock:
            self._socket = None


class _WatchedHTTPConnection(urllib3.connection.HTTPConnection):
    def send(self, data):
        _watch(self)
        super().send(data)


class _WatchedHTTPSConnection(urllib3.connection.HTTPSConnection):
    def send(self, data):
        _watch(self)
        super().send(data)


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _WatchedHTTPConnection


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPSConnection


class _Adapter(requests.adapters.HTTPAdapter):
    """Plain requests, but every connection shows its socket to the transfer it is used for."""

    _POOLS = {"http": _HTTPPool, "https": _HTTPSPool}

    def __init__(self):
        super().__init__(max_retries=0)
        self.poolmanager.pool_classes_by_scheme = self._POOLS

    def proxy_manager_for(self, proxy):
        manager = super().proxy_manager_for(proxy)
        # A SOCKS manager has pools of its own, without which it would go round the proxy.
        if isinstance(manager, urllib3.ProxyManager):
            manager.pool_classes_by_scheme = self._POOLS
        return manager


def _watch(connection):
    if connection.sock is None:
        connection.connect()
    _current.transfer.watch(connection.sock, direct=connection.proxy is None)


def _check_status(response):
    status = response.status_code
    if status == 200:
        return
    if status < 500 and status not in _TEMPORARY_STATUSES:
        raise FetchError(f"HTTP {status}")
    try:
        wait = urllib3.Retry().parse_retry_after(response.headers.get("Retry-After", "0"))
    except (urllib3.exceptions.InvalidHeader, ValueError, OverflowError):
        wait = 0.0
    if wait > MAX_WAIT_SECONDS:
        raise FetchError(f"HTTP {status}, the server asks to come back later", temporary=True)
    raise FetchError(f"HTTP {status}", temporary=True, retry_after=wait)


def _read_body(response, *, max_bytes: int) -> bytes:
    too_large = f"larger than {max_bytes / 1e6:g} megabytes"
    length = response.headers.get("Content-Length", "")
    if length.isascii() and length.isdigit() and int(length) > max_bytes:
        raise FetchError(too_large)
    data = bytearray()
    # Fewer bytes than Content-Length says raise ChunkedEncodingError here.
    for chunk in response.iter_content(_CHUNK_BYTES):
        data += chunk
        if len(data) > max_bytes:
            raise FetchError(too_large)
    return bytes(data)


def _check_image(data: bytes):
    try:
        with _DECODING:
            images.decode_photo(data)
    except images.UnreadableImageError as error:
        raise FetchError(f"not an image: {error}") from error


def _explain(error: Exception) -> FetchError:
    """What a network error means to people, without the URL, which may hold a password."""
    if isinstance(error, ValueError):  # Host names that cannot be encoded, and their like.
        return FetchError(f"cannot be asked for ({type(error).__name__})")
    cause = error.args[0] if error.args else error
    cause = getattr(cause, "reason", cause)
    for kind, reason in _REASONS:
        if isinstance(cause, kind):
            return FetchError(reason, temporary=True, retry_after=0.0)
    return FetchError("connection failed", temporary=True, retry_after=0.0)
