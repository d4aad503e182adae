"""The hostile requests, as data: what strangers send by mistake, to find a weakness, or to keep a service busy.

Each has a connection of its own. Most ask the service to close the connection, so that the exchange ends with the
answer.
"""

from collections.abc import Iterator
from urllib.parse import quote

from benchmarks.hostile.exchange import HostileRequest

_CLOSE = b"Connection: close\r\n\r\n"
_HOST = b"Host: localhost\r\n"
_JSON = b"Content-Type: application/json\r\n"
_KIB = 1024


def get(target: str, *headers: bytes, method: str = "GET", host: bytes = _HOST) -> bytes:
    """Return a request without a body; `headers` end with a line break each."""
    return f"{method} {target} HTTP/1.1\r\n".encode("latin-1") + host + b"".join(headers) + _CLOSE


def post(body: bytes, *headers: bytes) -> bytes:
    """Return a search by POST."""
    length = f"Content-Length: {len(body)}\r\n".encode()
    return b"POST /v1/search HTTP/1.1\r\n" + _HOST + _JSON + b"".join(headers) + length + _CLOSE + body


def search(**parameters: str) -> str:
    """Return the target of a search with percent-encoded parameters."""
    return "/v1/search?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())


def _chunked(*chunks: bytes) -> bytes:
    head = b"POST /v1/search HTTP/1.1\r\n" + _HOST + _JSON + b"Connection: close\r\n"
    return head + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(chunks)


_BODY = b'{"q": "canal"}'
_CHUNK = b"%x\r\n%s\r\n" % (len(_BODY), _BODY)
_LAST_CHUNK = b"0\r\n\r\n"
_BEGUN = b"GET /v1/search?q=canal HTTP/1.1\r\n" + _HOST


def _targets() -> Iterator[tuple[str, bytes]]:
    yield "target of 15 KiB", get("/v1/search?q=" + "a" * 15 * _KIB)
    yield "target of 17 KiB", get("/v1/search?q=" + "a" * 17 * _KIB)
    yield "target of 1 MiB", get("/v1/search?q=" + "a" * _KIB * _KIB)
    yield "path of 15 KiB", get("/v1/articles/" + "a/" * 7 * _KIB)
    yield "path with 5,000 double dots", get("/web/" + "../" * 5_000)
    yield "encoded path out of the files of the page", get("/web/..%2f..%2f..%2f..%2fetc%2fpasswd")
    yield "path doubly encoded", get("/web/%252e%252e/%252e%252e/etc/passwd")
    yield "NUL in the path", get("/v1/articles/%00%00")
    yield "one parameter 2,000 times", get("/v1/search?q=canal" + "&k=1" * 2_000)
    yield "one parameter twice", get("/v1/search?q=canal&q=canal")
    yield "2,000 unknown parameters", get("/v1/search?q=canal" + "".join(f"&p{n}=1" for n in range(2_000)))
    yield "15 KiB of separators", get("/v1/search?" + "&" * 15 * _KIB)
    yield "15 KiB of percent signs", get("/v1/search?q=" + "%" * 15 * _KIB)
    yield "5,000 encoded percent signs", get("/v1/search?q=" + "%25" * 5_000)
    yield "absolute target", get("http://localhost/v1/search?q=canal")
    yield "absolute target of another host", get("http://example.org/v1/search?q=canal")
    yield "target that is no path", get("v1/search?q=canal")
    yield "bytes above 127 in the target", get("/v1/search?q=" + "\xff\xfe" * 100)


def _texts() -> Iterator[tuple[str, bytes]]:
    yield "U+FDFA 1,000 times", get(search(q="\ufdfa" * 1_000))
    yield "1,000 combining marks on one letter", get(search(q="a" + "\u0301" * 999))
    yield "1,000 words of one letter", get(search(q="a " * 500))
    yield "1,000 emoji joined to one", get(search(q="\U0001f469\u200d" * 500))
    yield "1,000 marks that change direction", get(search(q="\u202e\u202d" * 499 + "x"))
    yield "1,000 letters of tatweel", get(search(q="\u0640" * 1_000))
    yield "query of NUL bytes", get("/v1/search?q=" + "%00" * 1_000)
    yield "overlong UTF-8", get("/v1/search?q=%c0%af%e0%80%af%f0%80%80%af")
    yield "half a surrogate", get("/v1/search?q=%ed%a0%80")
    yield "bytes that are no UTF-8", get("/v1/search?q=" + "%ff%fe" * 400)
    yield "20,000 language tags by POST", post(b'{"q": "canal", "language": "%s"}' % b",".join([b"en"] * 20_000))
    yield "300 language tags", get(search(q="canal", language=",".join(["en"] * 300)))
    yield "language tag of 300 parts", get(search(q="canal", language="-".join(["en"] * 300)))
    yield "source of 1,000 letters", get(search(q="canal", source="\u0622" * 1_000))
    yield "year 0", get(search(q="canal", published_from="0000-01-01"))
    yield "last moment of the year 9999", get("/v1/alerts?since=9999-12-31T23:59:59.999999Z")
    yield "moment after the year 9999", get(search(q="canal", published_to="9999-12-31T23:59:59-14:00"))
    yield "date of 900 digits", get(search(q="canal", published_from="1" * 900))
    yield "number of 4,000 digits", get("/v1/search?q=canal&k=" + "9" * 4_000)
    yield "number beyond 64 bits", get("/v1/alerts?before=9223372036854775808")
    yield "last page that may be asked for", get("/v1/search?q=canal&k=10&offset=1000&group=none")
    yield "page after the last one", get("/v1/search?q=canal&offset=1001")


def _bodies() -> Iterator[tuple[str, bytes]]:
    yield "JSON 30,000 lists deep", post(b"[" * 30_000)
    yield "JSON 10,000 objects deep", post(b'{"a":' * 10_000)
    yield "JSON with a number of 60,000 digits", post(b'{"q": "canal", "k": %s}' % (b"9" * 60_000))
    yield "JSON with 5,000 unknown fields", post(b'{"q": "a"%s}' % b"".join(b',"%d":1' % n for n in range(5_000)))
    yield "JSON with one field 5,000 times", post(b'{"q": "a"%s}' % (b',"k":1' * 5_000))
    yield "JSON with half a surrogate", post(b'{"q": "\\ud800", "\\udfff": 1}')
    yield "JSON that is NaN", post(b'{"q": "canal", "k": NaN}')
    yield "body of 60 KiB of spaces", post(b" " * 60 * _KIB)
    yield "body of 65 KiB", post(b" " * 65 * _KIB)
    yield "body that says it is packed", post(_BODY, b"Content-Encoding: gzip\r\n")
    yield "body of another type", post(b"<q/>", b"Content-Type: text/xml\r\n")
    yield "body of a GET", get("/v1/search?q=canal", b"Content-Length: 5\r\n") + b"hello"
    yield "chunks of one byte", _chunked(*[b"1\r\n \r\n"] * 20_000, _CHUNK, _LAST_CHUNK)
    yield "chunk of a length that is no number", _chunked(b"zz\r\n", _BODY)
    yield "chunk of a length beyond 64 bits", _chunked(b"f" * 20 + b"\r\n", _BODY)
    yield "chunk extension of 60 KiB", _chunked(b"1;a=" + b"b" * 60 * _KIB + b"\r\n \r\n", _LAST_CHUNK)
    yield "trailers of 60 KiB", _chunked(_CHUNK, b"0\r\n", b"X-A: b\r\n" * 7_500, b"\r\n")
    yield "negative length", b"POST /v1/search HTTP/1.1\r\n" + _HOST + _JSON + b"Content-Length: -1\r\n" + _CLOSE
    yield (
        "length beyond 64 bits",
        b"POST /v1/search HTTP/1.1\r\n" + _HOST + b"Content-Length: 9%s\r\n" % (b"9" * 30) + _CLOSE,
    )


def _smuggled() -> Iterator[tuple[str, bytes]]:
    hidden = b"GET /metrics HTTP/1.1\r\n" + _HOST + b"\r\n"
    yield "length and chunks", post(b"0\r\n\r\n" + hidden, b"Transfer-Encoding: chunked\r\n")
    yield "two lengths", post(_BODY + hidden, b"Content-Length: 0\r\n")
    yield "list of lengths", post(_BODY + hidden, b"Content-Length: 0, 5\r\n")
    yield "length with a sign", post(_BODY, b"Content-Length: +14\r\n")
    yield "chunks under another name", post(_LAST_CHUNK + hidden, b"Transfer-Encoding : chunked\r\n")
    yield "chunks twice", post(_LAST_CHUNK + hidden, b"Transfer-Encoding: chunked, identity\r\n")
    yield "header after a bare line feed", get("/healthz", b"X-A: b\nContent-Length: 40\r\n") + hidden
    yield "bare carriage return in a header", get("/healthz", b"X-A: b\rX-B: c\r\n")
    yield "space before the first header", b"GET /healthz HTTP/1.1\r\n Host: localhost\r\n" + _CLOSE
    yield "NUL in a header", get("/healthz", b"X-A: b\0c\r\n")


def _headers() -> Iterator[tuple[str, bytes]]:
    yield "header of 31 KiB", get("/healthz", b"X-A: %s\r\n" % (b"a" * 31 * _KIB))
    yield "header of 1 MiB", get("/healthz", b"X-A: %s\r\n" % (b"a" * _KIB * _KIB))
    yield "5,000 headers", get("/healthz", *[b"X-A: b\r\n"] * 5_000)
    yield "folded header", get("/healthz", b"X-A: b\r\n  c\r\n")
    yield "header without a name", get("/healthz", b": b\r\n")
    yield "header with a name of 20 KiB", get("/healthz", b"a" * 20 * _KIB + b": b\r\n")
    yield "no host", get("/healthz", host=b"")
    yield "two hosts", get("/healthz", b"Host: example.org\r\n")
    yield "host of a stranger", get("/healthz", host=b"Host: example.org\r\n")
    yield "host of 30 KiB", get("/healthz", host=b"Host: %s\r\n" % (b"a." * 15 * _KIB))
    yield "host that is no name", get("/healthz", host=b"Host: [::1%25<script>]:99999\r\n")
    yield "request id of 30 KiB", get("/healthz", b"X-Request-ID: %s\r\n" % (b"a" * 30 * _KIB))
    yield "key of 30 KiB", get("/v1/index", b"Authorization: Bearer %s\r\n" % (b"a" * 30 * _KIB))
    yield "1,000 ranges of a file", get("/web/search.js", b"Range: bytes=" + b",".join([b"0-"] * 1_000) + b"\r\n")
    yield "range from the end", get("/web/search.js", b"Range: bytes=-99999999999999999999\r\n")
    yield "expects an answer before its body", post(_BODY, b"Expect: 100-continue\r\n")
    yield "asks for a WebSocket", get("/", b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n")
    yield "asks for HTTP/2", get("/", b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n")


def _methods() -> Iterator[tuple[str, bytes]]:
    for method in ("HEAD", "OPTIONS", "TRACE", "DELETE", "PATCH"):
        yield f"{method} of a search", get("/v1/search?q=canal", method=method)
    yield "HEAD of /healthz", get("/healthz", method="HEAD")
    yield "CONNECT", get("example.org:443", method="CONNECT")
    yield "method that nobody knows", get("/", method="BREW")
    yield "method of 10 KiB", get("/", method="A" * 10 * _KIB)
    yield "HTTP/0.9", b"GET /healthz\r\n"
    yield "HTTP/1.0", b"GET /healthz HTTP/1.0\r\n\r\n"
    yield "HTTP/9.9", b"GET /healthz HTTP/9.9\r\n" + _HOST + _CLOSE
    yield "HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"
    yield "TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500)
    yield "line feeds", b"\r\n" * 20_000
    yield "bytes of all values", bytes(range(256)) * 400
    yield "RTSP", b"DESCRIBE rtsp://localhost/ RTSP/1.0\r\n\r\n"


def _connections() -> Iterator[HostileRequest]:
    searches = _BEGUN + b"\r\n"
    yield HostileRequest("16 requests one behind the other", (searches * 16 + get("/healthz"),))
    yield HostileRequest("5,000 requests one behind the other", (searches * 5_000,))
    yield HostileRequest(
        "many requests and no reading", (get("/openapi.json")[:-19] + b"\r\n",) * 15, 0.05, reads=False, wait_s=3.0
    )
    yield HostileRequest("half-closed after a request", (searches,), half_close=True)
    yield HostileRequest("half-closed within a request", (_BEGUN,), half_close=True)
    yield HostileRequest("half-closed within a body", (post(_BODY)[:-5],), half_close=True)
    yield HostileRequest("gone within a request", (_BEGUN,), wait_s=0.1)
    yield HostileRequest("gone before the answer", (searches,), reads=False, wait_s=0.01)
    yield HostileRequest("silent", ())
    yield HostileRequest("a header a second", (_BEGUN, *[b"X-A: b\r\n"] * 12), 1.0)
    yield HostileRequest("a byte of a body a second", (post(b" " * 50)[:-50], *[b" "] * 12), 1.0)
    yield HostileRequest(
        "a byte of the target every 10 ms", tuple(bytes([byte]) for byte in get("/healthz" + "/" * 500)), 0.01
    )


def hostile_requests() -> list[HostileRequest]:
    """Return all hostile requests, each under a name of its own."""
    groups = (_targets(), _texts(), _bodies(), _smuggled(), _headers(), _methods())
    return [*(HostileRequest(name, (sent,)) for group in groups for name, sent in group), *_connections()]
