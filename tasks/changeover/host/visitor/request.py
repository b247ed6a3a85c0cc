"""A request, and the connection on which it is sent: the host's own nginx or an app's socket."""

import re
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

_HERE = "127.0.0.1"
_HTTP, _HTTPS = 80, 443
_UNSAFE = re.compile(r"[\x00-\x20\x7f]")
_PAUSE_SECONDS = 0.02


class Request(NamedTuple):
    """What is asked for, and where."""

    path: str
    headers: Mapping[str, str]
    """With ``Host``."""
    socket: str = ""
    """A Unix socket, or ``ADDRESS:PORT``; "" for the host's own nginx."""
    certificate: str = ""
    """A file: nginx is asked by https, and has to show its first certificate; "" for http."""


def send(request: Request, ends: float) -> socket.socket:
    """Return a connection on which a request was sent, before a moment. Raises OSError."""
    if _UNSAFE.search(request.path):
        raise OSError(f"{request.path!r} is no path")
    connection = _connect(request, ends)
    try:
        connection.settimeout(left(ends))
        connection.sendall(_text(request))
    except OSError:
        connection.close()
        raise
    return connection


def left(ends: float) -> float:
    """Return the seconds until a moment. Raises TimeoutError when it has come."""
    seconds = ends - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("timed out")
    return seconds


def _text(request: Request) -> bytes:
    headers = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    head = f"GET {request.path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n"
    return head.encode("utf-8", "surrogateescape")


def _connect(request: Request, ends: float) -> socket.socket:
    if request.socket.startswith("/"):
        return _by_socket(request.socket, ends)
    if request.socket:
        address, _, port = request.socket.rpartition(":")
        return socket.create_connection((address, int(port)), timeout=left(ends))
    if request.certificate:
        return _by_https(request, ends)
    return socket.create_connection((_HERE, _HTTP), timeout=left(ends))


def _by_socket(path: str, ends: float) -> socket.socket:
    """Return a connection to a Unix socket; a place in its queue is waited for."""
    while True:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(left(ends))
            connection.connect(path)
        except BlockingIOError:
            connection.close()
            time.sleep(_PAUSE_SECONDS)
        except OSError:
            connection.close()
            raise
        else:
            return connection


def _by_https(request: Request, ends: float) -> socket.socket:
    """Return a connection by https. Raises OSError unless nginx shows the very certificate."""
    import ssl  # it takes its time, and is not always needed

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # it may be self-signed: it has to be the same instead
    first = Path(request.certificate).read_text().partition(ssl.PEM_FOOTER)[0] + ssl.PEM_FOOTER
    plain = socket.create_connection((_HERE, _HTTPS), timeout=left(ends))
    try:
        plain.settimeout(left(ends))
        secured = context.wrap_socket(plain, server_hostname=request.headers["Host"])
    except OSError:
        plain.close()
        raise
    if secured.getpeercert(binary_form=True) != ssl.PEM_cert_to_DER_cert(first):
        secured.close()
        raise OSError(f"nginx shows another certificate than {request.certificate}")
    return secured
