"""How is a form parsed? Queries, urlencoded bodies and multipart bodies, as Werkzeug does it.

PERF: results and errors are those of Werkzeug's parsers, byte for byte and chunk for chunk
(``tests/property/test_forms.py`` compares them); they copy the body seven times over, compile
two regular expressions for each boundary and make an object for each event.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any, Final

from werkzeug.datastructures import FileStorage, Headers, ImmutableMultiDict, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from flask.internals import (
    headers_of_pairs,
    plain_number,
    query_pairs_of_text,
    unquote_as_werkzeug,
)
from flask.plaindicts import FieldDict

if TYPE_CHECKING:
    from werkzeug.formparser import TStreamFactory

URLENCODED: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
CHUNK: Final = 64 * 1024
"""Bytes of a body that are read at once."""
MOST_AT_ONCE: Final = 128 * 1024
"""Bytes of a body that is read in one chunk."""

_CHARACTERS: Final = {
    f"{high}{low}": chr(int(f"{high}{low}", 16))
    for high in "01234567"
    for low in "0123456789abcdefABCDEF"
}


def unquoted(text: str) -> str:
    """Undo percent-encoding; bytes that are not UTF-8 stay encoded.

    PERF: 0.3 µs for one ASCII character, urllib's function takes 1.7 µs.
    """
    parts = text.split("%")
    plain = parts[0]
    del parts[0]
    try:
        for part in parts:
            plain += _CHARACTERS[part[:2]] + part[2:]
    except KeyError:  # no ASCII character, or no number
        return unquote_as_werkzeug(text)
    return plain


def multi_dict_of(cls: type[MultiDict[str, Any]], pairs: Iterable[tuple[str, Any]]) -> Any:
    """Return a multi dict of pairs.

    PERF: the stock class is a dict of lists, and is filled as one.
    """
    if cls is not ImmutableMultiDict:
        return cls(pairs)
    values: dict[str, list[Any]] = {}
    for name, value in pairs:
        if name in values:
            values[name].append(value)
        else:
            values[name] = [value]
    made = _new(FieldDict)
    _fill(made, values)
    return made


_new: Any = FieldDict.__new__
_fill: Any = dict.update


def no_fields() -> ImmutableMultiDict[str, Any]:
    """Return an empty multi dict."""
    made: ImmutableMultiDict[str, Any] = _new(FieldDict)
    return made


def parse_fields(text: str) -> ImmutableMultiDict[str, str]:
    """Parse a query or an urlencoded body; what is not UTF-8 stays percent-encoded.

    PERF: 1.2 µs for three fields; urllib's ``parse_qsl`` and the multi dict take 9 µs.
    """
    if "+" in text:
        text = text.replace("+", " ")
    is_quoted = "%" in text
    values: dict[str, list[str]] = {}
    for pair in text.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            if is_quoted:
                if "%" in value:
                    value = unquoted(value)
                if "%" in name:
                    name = unquoted(name)
            if name in values:
                values[name].append(value)
            else:
                values[name] = [value]
    made: ImmutableMultiDict[str, str] = _new(FieldDict)
    _fill(made, values)
    return made


class FormParser(FormDataParser):
    """Werkzeug's parser with the same results in less time.

    A subclass of it, or another, set as ``Request.form_data_parser_class`` replaces it.
    """

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]:
        """Parse a body.

        Args:
            stream: The body, ending where it ends.
            mimetype: Of the body; other than the two of forms, it is no form.
            content_length: Its length, if it is known.
            options: The parameters of the content type.

        Returns:
            The stream, the fields and the files.

        Raises:
            RequestEntityTooLarge: A limit is exceeded.
            ValueError: The form is malformed, and the parser is not ``silent``.
        """
        cls = self.cls
        try:
            if mimetype == MULTIPART:
                boundary = (options or {}).get("boundary", "").encode("ascii")
                if not boundary:
                    raise ValueError("Missing boundary")
                parts = _Parts(self, boundary, content_length)
                parts.read(stream)
                return stream, multi_dict_of(cls, parts.fields), multi_dict_of(cls, parts.files)
            if mimetype == URLENCODED:
                text = stream.read().decode()
                form = (
                    parse_fields(text)
                    if cls is ImmutableMultiDict
                    else cls(query_pairs_of_text(text))
                )
                return stream, form, cls()
        except ValueError:
            if not self.silent:
                raise
        return stream, cls(), cls()


# What follows a boundary: "--" after the last one, white space, and a line break.
_AFTER_BOUNDARY = re.compile(rb"(--)?[^\S\n\r]*(\r\n|\n|\r)?").match
_BLANK_LINE = re.compile(rb"\r\n\r\n|\r\r|\n\n").search
_LINE_BREAK = re.compile(rb"\r\n|\n|\r").match
_CONTINUATION = re.compile(rb"(?:\r\n|\n|\r)[ \t]")
# Browsers' form, without characters that are escaped or mean an escape.
_PLAIN_DISPOSITION = re.compile(
    r'form-data; name="([^"\\%]*)"(?:; filename="([^"\\%]*)")?'
).fullmatch
# All headers of a part in that form, to the end of the blank line. PERF: 4 µs less for a file.
_PLAIN_HEADERS = re.compile(
    rb'Content-Disposition: (form-data; name="([ !#$&-\[\]-~]*)"'
    rb'(?:; filename="([ !#$&-\[\]-~]*)")?)'
    rb"(?:\r\nContent-Type: ([!-~]+))?\r\n\r\n"
).match
_CHARSETS = frozenset(("ascii", "us-ascii", "utf-8", "iso-8859-1"))
_NEAR = 1024
_MARGIN = 8  # Werkzeug looks again at as many bytes before a new chunk


class _Parts:
    """The parts of one multipart body (RFC 7578), as they are read.

    ``_step`` is what comes next; it consumes the buffer from ``_at`` and says whether
    there may be more to do before the next chunk. The buffer keeps the bytes that
    Werkzeug's keeps, because the limit for fields counts them.
    """

    def __init__(self, parser: FormDataParser, boundary: bytes, length: int | None) -> None:
        self.fields: list[tuple[str, str]] = []
        self.files: list[tuple[str, FileStorage]] = []
        self._new_stream: TStreamFactory = parser.stream_factory
        self._most_memory = parser.max_form_memory_size
        self._most_parts = parser.max_form_parts
        self._boundary = b"--" + boundary
        self._length = length
        self._buffer: bytes | bytearray = b""
        self._at = 0
        self._searched = 0  # so many bytes from _at on hold no start of what is looked for
        self._last: tuple[int, int] | None = None  # where the chunk's two last boundaries are
        self._count = 0
        # A function, not a method of this object, which would then refer to itself.
        self._step: Callable[[_Parts], bool] = _Parts._skip_preamble
        self._field_size: int | None = None
        self._write: Callable[[Any], Any]  # of the part that is read
        self._is_shown = False  # the content's bytes as they lie in the buffer
        self._finish: Callable[[], None]

    def read(self, stream: IO[bytes]) -> None:
        """Read the body to its end.

        Raises:
            RequestEntityTooLarge: There are too many parts, or a chunk or field is too long.
            ValueError: It is no multipart body, or ends too early.
        """
        read, size = stream.read, self._size_of_chunks()
        while chunk := read(size):
            self._receive(chunk)
            while self._step(self):
                pass
        if self._step is not _Parts._skip_epilogue:
            raise ValueError("The form ends before its last boundary.")

    def _size_of_chunks(self) -> int:
        """Return how many bytes are read at once: all, where they are few.

        The limit for fields is compared to what waits in the buffer, which depends on the
        chunks unless all of the body is below it.
        """
        length, most = self._length, self._most_memory
        if length is not None and length <= MOST_AT_ONCE and (most is None or length <= most):
            return max(length, CHUNK)
        return CHUNK

    def _receive(self, chunk: bytes) -> None:
        buffer, start = self._buffer, self._at
        length = len(buffer) - start
        if self._most_memory is not None and length + len(chunk) > self._most_memory:
            raise RequestEntityTooLarge()
        if not length:
            self._buffer = chunk
        elif start:
            self._buffer = bytes(buffer[start:]) + chunk
        else:  # nothing was understood; joining bytes each time would copy all of it
            self._buffer = buffer if type(buffer) is bytearray else bytearray(buffer)
            self._buffer += chunk
        self._at = 0
        self._last = None

    def _skip_preamble(self) -> bool:
        buffer, boundary = self._buffer, self._boundary
        start = buffer.find(boundary, self._searched)
        while start >= 0:
            if self._pass_boundary(start):
                self._searched = 0
                return True
            start = buffer.find(boundary, start + 1)
        self._searched = max(0, len(buffer) - len(boundary) + 2 - _MARGIN)
        return False

    def _pass_boundary(self, start: int) -> bool:
        """Choose the step after a boundary, unless other text follows it."""
        after = _AFTER_BOUNDARY(self._buffer, start + len(self._boundary))
        assert after is not None  # it matches the empty string
        if after[1]:
            self._step = _Parts._skip_epilogue
        elif after[2]:
            self._step = _Parts._start_part
        else:
            return False
        self._at = after.end()
        return True

    def _skip_epilogue(self) -> bool:
        return False

    def _start_part(self) -> bool:
        """Read the headers of a part, and what there is of its content."""
        buffer = self._buffer
        plain = None if self._searched else _PLAIN_HEADERS(buffer, self._at)
        if plain is not None:
            start = plain.end()
            self._at = start - 2
            name, filename, headers, content_type = _texts_of(plain)
            length = None
        else:
            end = _BLANK_LINE(buffer, self._at + self._searched)
            if end is None:
                self._searched = max(0, len(buffer) - self._at - _MARGIN)
                return False
            headers, disposition, content_type, length = _headers_of(buffer[self._at : end.start()])
            self._at = (end.start() + end.end()) // 2  # the content starts with a line break
            self._searched = 0
            if disposition is None:
                raise ValueError("Missing Content-Disposition header")
            name, filename = _names_of(disposition)
            line_break = _LINE_BREAK(buffer, self._at)
            assert line_break is not None
            start = line_break.end()
        self._count += 1
        if self._most_parts is not None and self._count > self._most_parts:
            raise RequestEntityTooLarge()
        if filename is None:
            self._start_field(name, content_type)
        else:
            self._start_file(name, filename, headers_of_pairs(headers), content_type, length)
        self._step = _Parts._read_content
        return self._take(start)

    def _start_field(self, name: str, content_type: str | None) -> None:
        pieces: list[bytes] = []
        fields = self.fields

        def finish() -> None:
            charset = _charset_of(content_type) if content_type else "utf-8"
            fields.append((name, b"".join(pieces).decode(charset, "replace")))

        self._field_size, self._write, self._finish = 0, pieces.append, finish
        self._is_shown = False

    def _start_file(
        self,
        name: str,
        filename: str,
        headers: Headers,
        content_type: str | None,
        length: str | None,
    ) -> None:
        try:
            content_length = 0 if length is None else plain_number(length)
        except ValueError:
            content_length = 0
        stream = self._new_stream(
            total_content_length=self._length,
            filename=filename,
            content_type=content_type,
            content_length=content_length,
        )
        files = self.files

        def finish() -> None:
            stream.seek(0)
            files.append((name, FileStorage(stream, filename, name, headers=headers)))

        self._field_size, self._write, self._finish = None, stream.write, finish
        # PERF: that class keeps nothing of what it is given, and needs no copy of its own.
        self._is_shown = type(stream) is SpooledTemporaryFile

    def _read_content(self) -> bool:
        return self._at < len(self._buffer) and self._take(self._at)

    def _take(self, start: int) -> bool:
        """Write the content from ``start`` on; return whether its end was found."""
        buffer, boundary = self._buffer, self._boundary
        found = self._find_boundary()
        while found >= 0:
            end = self._line_break_before(found)
            if end >= 0 and self._pass_boundary(found):
                self._put(start, end)
                self._finish()
                return True
            found = buffer.find(boundary, found + 1)
        # A boundary may have begun at the last line feed or carriage return.
        last = max(start, len(buffer) - len(boundary) - 2)
        feed, carriage = buffer.rfind(b"\n", last), buffer.rfind(b"\r", last)
        end = len(buffer)
        if feed >= 0:
            end = feed
        if 0 <= carriage < end:
            end = carriage
        self._at = end
        if end > start:
            self._put(start, end)
        return False

    def _find_boundary(self) -> int:
        """Return where the next boundary is, -1 where there is none.

        PERF: after a short field it is near. Else most chunks have none, or only the last one,
        and searching backwards is three times as fast: 64 KiB in 3 µs. Twice for a chunk at most,
        and only for a boundary of the usual length (RFC 2046 allows 70), because a hostile body
        and boundary make it slow.
        """
        buffer, boundary, at = self._buffer, self._boundary, self._at
        if len(boundary) > 72:
            return buffer.find(boundary, at)
        found = buffer.find(boundary, at, at + _NEAR)
        if found >= 0:
            return found
        if self._last is None:
            last = buffer.rfind(boundary, at)
            before = buffer.rfind(boundary, at, last + len(boundary) - 1) if last > 0 else -1
            self._last = before, last
        before, last = self._last
        if last < at:
            return -1
        return last if before < at else buffer.find(boundary, at)

    def _line_break_before(self, position: int) -> int:
        """Return where the line break before a position begins, -1 where there is none."""
        before = self._buffer[max(self._at, position - 2) : position]
        if before == b"\r\n":
            return position - 2
        return position - 1 if before.endswith((b"\r", b"\n")) else -1

    def _put(self, start: int, end: int) -> None:
        buffer = self._buffer
        if self._is_shown:
            self._write(memoryview(buffer)[start:end])
            return
        if self._field_size is not None and self._most_memory is not None:
            self._field_size += end - start
            if self._field_size > self._most_memory:
                raise RequestEntityTooLarge()
        self._write(bytes(buffer[start:end]))  # without another copy when it is all of it


def _texts_of(plain: re.Match[bytes]) -> tuple[str, str | None, list[tuple[str, str]], str | None]:
    """Return what plain headers tell: the two names, the headers, the content type."""
    disposition, name, filename, content_type = plain.groups()
    pairs = [("Content-Disposition", disposition.decode())]
    if content_type is not None:
        content_type = content_type.decode()
        pairs.append(("Content-Type", content_type))
    return (
        name.decode(),
        None if filename is None else filename.decode(),
        pairs,
        content_type,
    )


def _headers_of(
    block: bytes | bytearray,
) -> tuple[list[tuple[str, str]], str | None, str | None, str | None]:
    """Parse the headers of a part; return them, and the values of the three that matter."""
    pairs: list[tuple[str, str]] = []
    disposition = content_type = length = None
    if b" " in block or b"\t" in block:
        block = _CONTINUATION.sub(b" ", block)
    for line in block.splitlines():
        stripped = line.strip(b" \t")
        if stripped:
            name, _, value = stripped.decode().partition(":")
            name, value = name.strip(" \t"), value.strip(" \t")
            pairs.append((name, value))
            lowered = name.lower()
            if lowered == "content-disposition":
                disposition = value if disposition is None else disposition
            elif lowered == "content-type":
                content_type = value if content_type is None else content_type
            elif lowered == "content-length":
                length = value if length is None else length
    return pairs, disposition, content_type, length


def _names_of(disposition: str) -> tuple[Any, str | None]:
    """Return the name of a field and the name of its file, if it is one."""
    plain = _PLAIN_DISPOSITION(disposition)
    if plain is not None:
        return plain[1], plain[2]
    options = parse_options_header(disposition)[1]
    return options.get("name"), options.get("filename")


def _charset_of(content_type: str) -> str:
    charset = parse_options_header(content_type)[1].get("charset", "").lower()
    return charset if charset in _CHARSETS else "utf-8"
