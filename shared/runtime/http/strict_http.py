"""HTTP/1.1 as RFC 9112 writes it: what h11 puts up with, and a proxy in front may read otherwise, is refused."""

import re

import h11

HEAD_BYTES = 16_384

_END_OF_HEAD = re.compile(rb"\n\r?\n")
# Lines end with CR LF, none is folded, and no name has a space behind it (sections 2.2, 5.1, 5.2).
_HEAD = re.compile(rb"[^\r\n]+ HTTP/(1\.[01])\r\n([^\s:]+:[^\r\n]*\r\n)*\r\n")
_FRAMING = re.compile(rb"\r\n(content-length|transfer-encoding):[ \t]*([^\r]*?)[ \t]*(?=\r\n)", re.IGNORECASE)


class StrictConnection(h11.Connection):
    """h11, but each request says in one way only where it ends."""

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """As h11's. Raises h11.RemoteProtocolError."""
        if self.their_state is h11.IDLE:
            _require_strict_head(self.trailing_data[0])
        event = super().next_event()
        if isinstance(event, h11.EndOfMessage) and list(event.headers):
            raise h11.RemoteProtocolError("trailers")
        return event


def _require_strict_head(received: bytes) -> None:
    end = _END_OF_HEAD.search(received)
    if end is None:
        return
    head = _HEAD.fullmatch(received[: end.end()])
    if head is None or not _is_framed_once(head[0], head[1]):
        raise h11.RemoteProtocolError("no HTTP as RFC 9112 writes it")


def _is_framed_once(head: bytes, version: bytes) -> bool:
    """Whether there is one length at most, in digits, or chunks, and the version knows them (RFC 9112, section 6)."""
    framing = _FRAMING.findall(head)
    if len(framing) > 1:
        return False
    for name, value in framing:
        if name.lower() == b"content-length":
            return bool(value.isdigit())
        return version == b"1.1" and value.lower() == b"chunked"
    return True
