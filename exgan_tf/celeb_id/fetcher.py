"""One URL to the bytes of one image, whatever the server at the other end does.

What servers answer comes from outside, and is treated so:

* Only http and https, also after every redirect.
* A URL may name a host of one's own network, such as a mirror. A public address, however, never
  redirects to a private one, which only this machine can reach. What counts is the address
  connected to, not what a name resolved to earlier; through a proxy, the proxy's rules hold.
* Each attempt has one time limit over connecting, headers, body and redirects together, as a
  server that sends a byte a second never trips the limit on a single read.
* Only a whole image is handed on, byte for byte as served.
"""

import contextlib
import http.client
import http.cookiejar
import ipaddress
import random
import socket
import threading
import urllib.parse
from typing import Annotated

import msgspec
import requests
import requests.adapters
import urllib3

import exgan_tf
from exgan_tf import images, option_types

# All limits below are ours.
MAX_REDIRECTS = 5  # http to https, to www, to a CDN, and two to spare; browsers allow 20.
CONNECT_SECONDS = 10.0  # Three lost TCP SYNs: 1 + 2 + 4 s, and some.
READ_SECONDS = 30.0  # The longest silence; slow image servers answer well within.
BACKOFF_SECONDS = 1.0  # Between attempts; doubles with each one.
MAX_WAIT_SECONDS = 60.0  # A server that asks for more is left to the next run.

_CHUNK_BYTES = 1 << 16
_TEMPORARY_STATUSES = (408, 425, 429, *range(500, 600))  # Time-out, too early, too many requests.
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
    (urllib3.exceptions.ProtocolError, "the connection was lost"),
)

# A decoded photograph may take hundreds of megabytes, so only a few are decoded at a time.
_DECODING = threading.BoundedSemaphore(2)

# `.transfer` is the attempt the current thread is at; the connections look there.
_current = threading.local()


class DownloadOptions(
    option_types.Options, frozen=True, kw_only=True, rename={"timeout": "timeout_seconds"}
):
    """How much is requested from servers, and for how long.

    Attributes:
      num_workers: number of files fetched at the same time, at most 256; on Beam, by each of its
        workers.
      timeout: seconds that one attempt at one file may take in all; one that timed out is not
        repeated in the same run.
      retries: number of further attempts after a temporary failure.
      max_megabytes: largest file that is fetched, in 10^6 bytes.
    """

    # More threads than that wait for each other, not for the network.
    num_workers: Annotated[int, msgspec.Meta(ge=1, le=256)] = 16
    timeout: Annotated[float, msgspec.Meta(ge=0.1, le=86400)] = 120.0
    retries: Annotated[int, msgspec.Meta(ge=0, le=100)] = 3
    max_megabytes: Annotated[float, msgspec.Meta(ge=0.001, le=1000)] = 32.0


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
    """The fetcher was stopped while this file was being fetched."""


class Fetcher:
    """Fetches files, several threads at a time, until it is stopped."""

    def __init__(self, options: DownloadOptions):
        self._options = options
        self._stop = threading.Event()
        self._transfers = set()
        self._session = requests.Session()
        self._session.headers.update(_HEADERS)
        self._session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        # Or requests would send the user's passwords from ~/.netrc to hosts that the list names.
        self._session.auth = lambda request: request
        for scheme in _POOLS:
            self._session.mount(f"{scheme}://", _Adapter(pool_maxsize=options.num_workers))

    def fetch(self, url: str) -> bytes:
        """The whole file, checked to be an image; raises FetchError or StoppedError."""
        # Not urllib3's loop, which ends with the headers and sleeps through Ctrl-C.
        attempt = 0
        while True:
            attempt += 1
            try:
                data = self._attempt(url)
                with _DECODING:
                    images.decode_photo(data)
                return data
            except images.UnreadableImageError as unreadable:
                error = FetchError(f"not an image: {unreadable}")
            except FetchError as fetch_error:
                error = fetch_error
            error.attempts = attempt
            if error.retry_after is None or attempt > self._options.retries:
                raise error
            backoff = BACKOFF_SECONDS * (2 ** (attempt - 1) + random.random())
            if self._stop.wait(max(error.retry_after, min(backoff, MAX_WAIT_SECONDS))):
                raise StoppedError

    def stop(self) -> None:
        """Ends all attempts under way and to come, from another thread."""
        self._stop.set()
        for transfer in list(self._transfers):
            transfer.abort("stopped")
        self._session.close()

    def _attempt(self, url: str) -> bytes:
        transfer = _current.transfer = _Transfer()
        reason = f"took longer than {self._options.timeout:g} s"
        timer = threading.Timer(self._options.timeout, transfer.abort, [reason])
        timer.daemon = True
        self._transfers.add(transfer)
        data, error = b"", None
        try:
            if not self._stop.is_set():  # `stop` finds the transfer from here on.
                timer.start()
                data = self._follow(url)
        except (
            FetchError,
            urllib3.exceptions.HTTPError,
            http.client.HTTPException,
            OSError,  # Among others requests' own.
            ValueError,
        ) as caught:
            error = _explain(caught)
        finally:
            timer.cancel()
            transfer.finish()
            self._transfers.discard(transfer)
        if self._stop.is_set():
            raise StoppedError
        if transfer.end_reason is not None:
            raise FetchError(transfer.end_reason, temporary=True)
        if error is not None:
            raise error
        return data

    def _follow(self, url: str) -> bytes:
        timeout = tuple(
            min(seconds, self._options.timeout) for seconds in (CONNECT_SECONDS, READ_SECONDS)
        )
        for _ in range(MAX_REDIRECTS + 1):
            # Not requests' own redirects, which read the body of each without any limit.
            with self._session.get(
                url, stream=True, allow_redirects=False, timeout=timeout
            ) as response:
                if not response.is_redirect:
                    self._check_status(response)
                    return self._read_body(response)
                target = self._session.get_redirect_target(response)
            try:
                url = urllib.parse.urljoin(url, target)
                check_url(url)
            except ValueError as error:
                raise FetchError(f"redirect refused: {error}") from error
        raise FetchError(f"more than {MAX_REDIRECTS} redirects")

    def _check_status(self, response):
        status = response.status_code
        if status == 200:
            return
        if status not in _TEMPORARY_STATUSES:
            raise FetchError(f"HTTP {status}")
        try:
            wait = urllib3.Retry().get_retry_after(response.raw) or 0.0
        except (urllib3.exceptions.InvalidHeader, ValueError, OverflowError):
            wait = 0.0
        if wait > MAX_WAIT_SECONDS:
            raise FetchError(f"HTTP {status}, the server asks to try again later", temporary=True)
        raise FetchError(f"HTTP {status}", temporary=True, retry_after=wait)

    def _read_body(self, response) -> bytes:
        max_bytes = int(self._options.max_megabytes * 1e6)
        too_large = FetchError(f"larger than {max_bytes / 1e6:g} megabytes")
        if (response.raw.length_remaining or 0) > max_bytes:  # As Content-Length says.
            raise too_large
        data = bytearray()
        # Fewer bytes than Content-Length says raise ChunkedEncodingError here.
        for chunk in response.iter_content(_CHUNK_BYTES):
            data += chunk
            if len(data) > max_bytes:
                raise too_large
        return bytes(data)


def without_credentials(url: str) -> str:
    """A URL fit for a report: without `user:password@`, which others should not read."""
    try:
        check_url(url)
    except ValueError:
        # Where a broken URL keeps its password is anyone's guess: all up to the last @ goes.
        return ascii(url.rpartition("@")[2])[1:-1]
    parts = urllib.parse.urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def check_url(url: str) -> None:
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
    """One attempt at one file, which the time limit and Ctrl-C end from other threads."""

    def __init__(self):
        self.end_reason = None
        self._lock = threading.Lock()
        self._socket = None
        self._was_public = False

    def watch(self, connection_socket, *, direct: bool):
        """Notes the socket of a request; raises FetchError if it must not be sent."""
        with self._lock:
            self._socket = connection_socket
            if self.end_reason is not None:
                raise FetchError(self.end_reason, temporary=True)
        if direct:
            is_public = is_public_address(connection_socket.getpeername())
            if self._was_public and not is_public:
                raise FetchError("redirect from a public to a private address")
            self._was_public |= is_public

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


def _watched(pool_class):
    """A class of connection pools whose connections show their sockets to the transfer."""

    class Connection(pool_class.ConnectionCls):
        def send(self, data):
            if self.sock is None:
                self.connect()
            _current.transfer.watch(self.sock, direct=self.proxy is None)
            super().send(data)

    class Pool(pool_class):
        ConnectionCls = Connection

    return Pool


_POOLS = {
    "http": _watched(urllib3.HTTPConnectionPool),
    "https": _watched(urllib3.HTTPSConnectionPool),
}


class _Adapter(requests.adapters.HTTPAdapter):
    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy, **proxy_kwargs):
        manager = super().proxy_manager_for(proxy, **proxy_kwargs)
        # A SOCKS manager has pools of its own, without which it would go round the proxy.
        if isinstance(manager, urllib3.ProxyManager):
            manager.pool_classes_by_scheme = _POOLS
        return manager


def _explain(error: Exception) -> FetchError:
    """What an error means to people, without the URL, which may hold a password."""
    if isinstance(error, FetchError):
        return error
    if isinstance(error, ValueError):  # Host names that cannot be encoded, and their like.
        return FetchError(f"cannot be requested ({type(error).__name__})")
    cause = error.args[0] if error.args else error
    cause = getattr(cause, "reason", cause)
    for kind, reason in _REASONS:
        if isinstance(cause, kind):
            return FetchError(reason, temporary=True, retry_after=0.0)
    return FetchError("connection failed", temporary=True, retry_after=0.0)
