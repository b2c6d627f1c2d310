"""The cases: what a client sends, and what RFC 6455 wants to come back from an echo.

Numbered as the groups of the Autobahn test suite: 1 framing, 2 pings, 3 reserved bits, 4 opcodes,
5 fragmentation, 6 UTF-8, 7 closing, 9 limits, 10 many frames, 12 compression.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Frame, closing, deflate

Frames = tuple[Frame, ...]
HELLO = Frame(TEXT, b"hello")


@dataclass(frozen=True)
class Case:
    """A conversation.

    Attributes:
        name: Its number, and what it is about.
        steps: Frames that are sent, and the messages that must be back before the next ones.
        last: Sent at the end.
        codes: With one of these the server must close then; None stands for no code.
        chop: Bytes are sent in pieces of that size.
        compresses: The client offers compression.
    """

    name: str
    steps: tuple[tuple[Frames, Frames], ...] = ()
    last: Frames = (closing(1000),)
    codes: tuple[int | None, ...] = (1000,)
    chop: int = 0
    compresses: bool = False


def echoed(name: str, *frames: Frame, chop: int = 0) -> Case:
    """Send frames that make one message, which comes back."""
    data = b"".join(frame.payload for frame in frames)
    return Case(name, ((frames, (Frame(frames[0].opcode, data),)),), chop=chop)


def refused(name: str, *frames: Frame, code: int = 1002, chop: int = 0) -> Case:
    """Send a good message, then what ends the connection."""
    return Case(name, (((HELLO,), (HELLO,)),), frames, (code,), chop)


def in_frames(opcode: int, data: bytes, size: int) -> Frames:
    """Cut a message into frames."""
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    last = len(pieces) - 1
    return tuple(
        Frame(opcode if number == 0 else CONTINUATION, piece, number == last)
        for number, piece in enumerate(pieces)
    )


def framing() -> Iterator[Case]:
    for kind, opcode, byte in (("text", TEXT, b"*"), ("binary", BINARY, b"\xfe")):
        for size in (0, 1, 125, 126, 127, 128, 65535, 65536):
            yield echoed(f"1 {kind} of {size} bytes", Frame(opcode, byte * size))
        yield echoed(f"1 {kind} in pieces", Frame(opcode, byte * 65536), chop=997)


def pings() -> Iterator[Case]:
    for name, payload in (("empty", b""), ("text", b"hello"), ("bytes", b"\x00\xff\xfe" * 41)):
        step = (Frame(PING, payload),), (Frame(PONG, payload),)
        yield Case(f"2 ping: {name}", (step,))
        yield Case(f"2 ping in pieces: {name}", (step,), chop=1)
    yield refused("2 ping of 126 bytes", Frame(PING, b"x" * 126))
    yield Case("2 pong unasked", (((Frame(PONG, b"x"), HELLO), (HELLO,)),))
    many = tuple(Frame(PING, b"%d" % number) for number in range(10))
    yield Case("2 ten pings", ((many, tuple(Frame(PONG, ping.payload) for ping in many)),))


def reserved() -> Iterator[Case]:
    for rsv in range(1, 8):
        yield refused(f"3 text with bits {rsv}", Frame(TEXT, b"x", rsv=rsv))
        yield refused(f"3 ping with bits {rsv}", Frame(PING, b"x", rsv=rsv))
    yield refused("3 close with bits 4", Frame(CLOSE, b"\x03\xe8", rsv=4))
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        yield refused(f"4 opcode {opcode}", Frame(opcode))
        yield refused(f"4 opcode {opcode} with payload", Frame(opcode, b"x"), chop=1)


def fragments() -> Iterator[Case]:
    start, end = Frame(TEXT, b"hel", fin=False), Frame(CONTINUATION, b"lo")
    middle = Frame(CONTINUATION, b"l", fin=False)
    ping, pong = Frame(PING, b"x"), Frame(PONG, b"x")
    yield echoed("5 two frames", start, end)
    yield echoed("5 two frames in pieces", start, end, chop=1)
    yield echoed("5 empty frames", Frame(TEXT, fin=False), Frame(CONTINUATION, fin=False), end)
    yield Case("5 ping between", (((start, ping, end), (pong, HELLO)),))
    yield Case("5 pong between", (((start, pong, end), (HELLO,)),))
    yield Case(
        "5 pings between all",
        (((start, ping, middle, ping, end), (pong, pong, Frame(TEXT, b"hellolo"[:3] + b"llo"))),),
    )
    yield refused("5 ping in frames", Frame(PING, b"x", fin=False), end)
    yield refused("5 pong in frames", Frame(PONG, b"x", fin=False), end)
    yield refused("5 continuation of nothing", end)
    yield refused("5 continuation of nothing, more to come", middle)
    yield refused("5 text within text", start, HELLO)
    yield refused("5 text within binary", Frame(BINARY, b"x", fin=False), HELLO, chop=1)


GOOD = ("κόσμε", "한국어", "\U0001f600", "\U0010ffff", "\uffff", "\x00", "\ud7ff\ue000")
BAD = {
    "surrogate": b"\xce\xba\xed\xa0\x80edited",
    "overlong": b"\xc0\x80",
    "too high": b"\xf4\x90\x80\x80",
    "cut": b"\xe4\xb8",
    "lone continuation": b"x\x80",
    "no byte of UTF-8": b"\xff",
    "five bytes": b"\xf8\x88\x80\x80\x80",
}


def texts() -> Iterator[Case]:
    for text in GOOD:
        data = text.encode()
        yield echoed(f"6 good {text!a}", Frame(TEXT, data))
        frames = in_frames(TEXT, data, 1)
        yield echoed(f"6 good, byte by byte {text!a}", *frames)
    for name, data in BAD.items():
        yield refused(f"6 {name}", Frame(TEXT, data), code=1007)
        frames = in_frames(TEXT, data, 1) if len(data) > 1 else (Frame(TEXT, data),)
        yield refused(f"6 {name}, byte by byte", *frames, code=1007, chop=1)
        yield echoed(f"6 {name} as bytes", Frame(BINARY, data))


def closings() -> Iterator[Case]:
    for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999):
        yield Case(f"7 code {code}", last=(closing(code),), codes=(code,))
    for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535):
        yield Case(f"7 wrong code {code}", last=(closing(code),), codes=(1002,))
    yield Case("7 no code", last=(Frame(CLOSE),), codes=(None, 1000))
    yield Case("7 half a code", last=(Frame(CLOSE, b"\x03"),), codes=(1002,))
    yield Case("7 reason", last=(closing(1000, b"because"),))
    yield Case("7 longest reason", last=(closing(1000, b"x" * 123),))
    yield Case("7 too long a reason", last=(closing(1000, b"x" * 124),), codes=(1002,))
    yield Case("7 reason not UTF-8", last=(closing(1000, b"\xff"),), codes=(1002, 1007))
    yield Case("7 close in frames", last=(Frame(CLOSE, b"\x03\xe8", fin=False),), codes=(1002,))
    yield Case("7 message after close", last=(closing(1000), HELLO))
    yield Case("7 ping after close", last=(closing(1000), Frame(PING, b"x")))
    yield Case("7 close within a message", last=(Frame(TEXT, b"x", fin=False), closing(1000)))


def limits() -> Iterator[Case]:
    for size in (2**18, 2**20):
        yield echoed(f"9 text of {size}", Frame(TEXT, b"*" * size))
        yield echoed(f"9 bytes of {size}", Frame(BINARY, b"\xfe" * size), chop=2**15)
        yield echoed(f"9 text of {size} in frames", *in_frames(TEXT, b"*" * size, 2**14))
    steps = tuple(((Frame(TEXT, b"%d" % number),),) * 2 for number in range(200))
    yield Case("9 200 messages", steps)
    burst = tuple(Frame(TEXT, b"%d" % number) for number in range(200))
    yield Case("9 200 messages at once", ((burst, burst),))
    yield echoed("10 frames of 1300", *in_frames(TEXT, b"*" * 65536, 1300))


def compressed() -> Iterator[Case]:
    def case(name: str, sent: Frames, *back: Frame, **more: object) -> Case:
        return Case(f"12 {name}", ((sent, back),), compresses=True, **more)  # type: ignore[arg-type]

    for size in (1, 100, 65536):
        data = b"*" * size
        sent = Frame(TEXT, deflate(data), rsv=4)
        yield case(f"text of {size}", (sent,), Frame(TEXT, data))
        yield case(f"bytes of {size}", (Frame(BINARY, sent.payload, rsv=4),), Frame(BINARY, data))
    yield case("not compressed", (HELLO,), HELLO)
    data = deflate(b"hello" * 100)
    frames = (Frame(TEXT, data[:3], fin=False, rsv=4), Frame(CONTINUATION, data[3:]))
    yield case("in frames", frames, Frame(TEXT, b"hello" * 100))
    twice = (frames[0], Frame(CONTINUATION, data[3:], rsv=4))
    yield case("bit in a continuation", (HELLO,), HELLO, last=twice, codes=(1002,))
    ping = (Frame(PING, b"x", rsv=4),)
    yield case("bit in a ping", (HELLO,), HELLO, last=ping, codes=(1002,))
    broken = (Frame(TEXT, b"\xff" * 20, rsv=4),)
    yield case("no deflated data", (HELLO,), HELLO, last=broken, codes=(1002, 1007))
    wrong = (Frame(TEXT, deflate(b"\xff"), rsv=4),)
    yield case("deflated, not UTF-8", (HELLO,), HELLO, last=wrong, codes=(1007,))


CASES = [
    case
    for group in (*(framing, pings, reserved, fragments, texts, closings, limits, compressed),)
    for case in group()
]
