"""How does a request read its body? As data, JSON or a form, when somebody asks for it.

``wrappers.Request`` is built on the class here; ``forms`` has the parsers.

COMPAT: ``_get_stream_for_parsing`` and ``_cached_data`` are Werkzeug's own names, which its
documentation lacks; ``tests/test_bodies.py`` fails when they mean something else.
"""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator, Callable
from functools import lru_cache
from io import BytesIO
from typing import IO, Any, Literal, overload

from werkzeug.datastructures import EnvironHeaders, FileStorage, ImmutableMultiDict
from werkzeug.exceptions import BadRequest, ClientDisconnected, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header
from werkzeug.sansio.request import Request as SansioRequest
from werkzeug.wrappers import Request as RequestBase
from werkzeug.wsgi import LimitedStream, get_content_length

from flask.forms import MULTIPART, URLENCODED, FormParser, no_fields, parse_fields
from flask.globals import active_app
from flask.internals import AwaitedStream, LimitedBody, pairs_of_multi_dict
from flask.lazy import LazyAttribute


class Body(IO[bytes]):
    """What :attr:`Request.stream <flask.Request.stream>` is to a type checker."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the pieces of the body as they come."""
        raise NotImplementedError


class BodyRequest(RequestBase):
    """A request that reads its body when it is asked for it.

    What may be assigned (``headers``, ``stream``, ``form``, ``files``) is a property with a
    default on the class. PERF: to look whether it was assigned in the instance's ``__dict__``
    makes CPython build that dict, and all of the object's attributes slower.
    """

    form_data_parser_class: type[FormDataParser] = FormParser

    _headers: Any = None
    _has_own_headers = False
    _stream: Any = None
    _is_read = False  # from below the stream, which was not made
    _form: Any = None
    _files: Any = None
    _cached_data: bytes | None = None  # type: ignore[assignment]
    _max_content_length: int | None = None
    _max_form_memory_size: int | None = None
    _max_form_parts: int | None = None

    @property  # type: ignore[override]
    def headers(self) -> EnvironHeaders:
        """The headers, read from the environ when they are asked for."""
        headers: EnvironHeaders | None = self._headers
        if headers is None:
            headers = self._headers = EnvironHeaders(self.environ)
        return headers

    @headers.setter
    def headers(self, value: Any) -> None:
        self._headers = value
        self._has_own_headers = True

    @property
    def mimetype(self) -> str:
        """The content type without its parameters, in lower case."""
        if self._has_own_headers or type(self).headers is not _STOCK_HEADERS:
            return super().mimetype
        content_type = self.environ.get("CONTENT_TYPE") or ""
        return _MIMETYPES.get(content_type) or mimetype_of(content_type)

    @LazyAttribute
    def mimetype_params(self) -> dict[str, str]:
        """The parameters of the content type, by name in lower case."""
        if self._has_own_headers or type(self).headers is not _STOCK_HEADERS:
            return super().mimetype_params
        content_type = self.environ.get("CONTENT_TYPE") or ""
        plain = _PLAIN_MULTIPART(content_type)  # PERF: 3 µs less, for nearly all uploads
        return {"boundary": plain[1]} if plain else parse_options_header(content_type)[1]

    @LazyAttribute
    def content_length(self) -> int | None:
        """The length of the body; None when it is not told or the body comes in chunks."""
        if self._has_own_headers or type(self).headers is not _STOCK_HEADERS:
            return _content_length_of_headers(self)
        length = _LENGTHS.get(self.environ.get("CONTENT_LENGTH", ""))
        if length is not None and "HTTP_TRANSFER_ENCODING" not in self.environ:
            return length
        return get_content_length(self.environ)

    @property
    def stream(self) -> Body:
        """The body as a stream that ends where the body does.

        A coroutine reads its pieces as they come: ``async for chunk in request.stream``, since
        3.1.3+dewar.2.

        Raises:
            RequestEntityTooLarge: The body is longer than :attr:`max_content_length`.
            ClientDisconnected: Reading it, when the client left or sent broken chunks: 400.
        """
        stream: Body | None = self._stream
        if stream is None:
            stream = self._stream = self.__dict__.get("stream") or self._open_stream()
        return stream

    @stream.setter
    def stream(self, value: IO[bytes]) -> None:
        self._stream = value

    def _open_stream(self) -> Any:
        environ = self.environ
        if self._is_read:
            body = LimitedBody(environ["wsgi.input"], get_content_length(environ) or 0)
            body.skip()
            return body
        length = self._length_to_read()
        if length >= 0:
            return LimitedBody(environ["wsgi.input"], length)
        is_terminated = "wsgi.input_terminated" in environ
        # Under ASGI the body ends where the server says, in HTTP/2 without another word.
        comes_in_pieces = "HTTP_TRANSFER_ENCODING" in environ or "asgi.scope" in environ
        if is_terminated and comes_in_pieces and not self.shallow:
            limit = self.max_content_length
            return ChunkedBody(environ["wsgi.input"], sys.maxsize if limit is None else limit)
        stream: Any = _stream_of_werkzeug(self)
        if type(stream) is LimitedStream:
            return LimitedBody(environ["wsgi.input"], stream.limit, is_terminated)
        is_empty = type(stream) is BytesIO and stream is not environ.get("wsgi.input")
        return NoBody() if is_empty else stream

    def _read_body(self) -> bytes:
        """Read what is left of the body."""
        length = self._length_to_read()
        return self.stream.read() if length < 0 else self._read_short_body(length)

    def _length_to_read(self) -> int:
        """Return the length of a body that is short, told, and not read yet; else -1.

        PERF: what only wants all of it reads it without making a stream for it: 0.8 µs less.

        Raises:
            RequestEntityTooLarge: It is longer than :attr:`max_content_length`.
        """
        environ = self.environ
        if (
            self._stream is not None
            or type(self).stream is not _STOCK_STREAM
            or self._is_read
            or self.shallow
            or "wsgi.input_terminated" in environ
            or "HTTP_TRANSFER_ENCODING" in environ
        ):
            return -1
        try:
            length = _LENGTHS[environ["CONTENT_LENGTH"]]
        except KeyError:
            length = short_length(environ.get("CONTENT_LENGTH", ""))
            if length < 0:
                return length
        limit = self.max_content_length
        if limit is not None and length > limit:
            raise RequestEntityTooLarge()
        return length

    def _read_short_body(self, length: int) -> bytes:
        source = self.environ["wsgi.input"]
        try:
            body: bytes = source.read(length)
            while len(body) < length:
                more = source.read(length - len(body))
                if not more:
                    raise ClientDisconnected()
                body += more
        except (OSError, ValueError):
            raise ClientDisconnected() from None
        self._is_read = True
        return body

    @overload
    def get_data(
        self, cache: bool = True, as_text: Literal[False] = False, parse_form_data: bool = False
    ) -> bytes: ...
    @overload
    def get_data(
        self, cache: bool = True, as_text: Literal[True] = ..., parse_form_data: bool = False
    ) -> str: ...
    def get_data(
        self, cache: bool = True, as_text: bool = False, parse_form_data: bool = False
    ) -> bytes | str:
        """Read the whole body.

        Args:
            cache: Keep it for the next call, and for parsing the form.
            as_text: Decode it as UTF-8; other bytes become U+FFFD.
            parse_form_data: Parse it as a form first, if it is one; then nothing is left.
        """
        data = self._cached_data
        if data is None:
            if parse_form_data:
                self._load_form_data()
            data = self._read_body()
            if cache:
                self._cached_data = data
        return data.decode(errors="replace") if as_text else data

    def on_json_loading_failed(self, e: ValueError | None) -> Any:
        """Answer a body that is not JSON; what this returns, ``get_json`` returns.

        Args:
            e: The parser's error; ``None`` when the content type is not JSON.

        Raises:
            BadRequest: The body is not JSON; what is wrong with it is told in debug mode.
            UnsupportedMediaType: The content type is not JSON.
        """
        try:
            return super().on_json_loading_failed(e)
        except BadRequest as error:
            app = active_app()
            if app is not None and app.debug:
                raise
            raise BadRequest() from error

    @property
    def form(self) -> ImmutableMultiDict[str, str]:
        """The fields of a form, without its files."""
        if self._form is None:
            self._load_form_data()
            if self._form is None:
                self._form = self.__dict__["form"]  # written by a subclass as Werkzeug writes it
        return self._form  # type: ignore[no-any-return]

    @form.setter
    def form(self, value: ImmutableMultiDict[str, str]) -> None:
        self._form = value

    @property
    def files(self) -> ImmutableMultiDict[str, FileStorage]:
        """The files of a multipart form, by the names of their fields."""
        if self._files is None:
            self._load_form_data()
            if self._files is None:
                self._files = self.__dict__.get("files")
            if self._files is None:  # an urlencoded form has none
                self._files = no_fields()
                self._explain_missing_files()
        return self._files  # type: ignore[no-any-return]

    @files.setter
    def files(self, value: ImmutableMultiDict[str, FileStorage]) -> None:
        self._files = value

    def _load_form_data(self) -> None:
        """Parse the form, unless it was: sets :attr:`form`, :attr:`files` and :attr:`stream`."""
        if self._form is not None:
            return
        if self.mimetype == URLENCODED and self._has_stock_parser():
            # PERF: 1 µs less than making the parser, for which three limits are looked up; files
            # are made when somebody asks for them.
            data = self._cached_data
            if data is None:
                data = self._read_body()
            else:
                self._stream = BytesIO()  # which has been read to its end
            try:
                self._form = parse_fields(data.decode())
            except UnicodeDecodeError:
                self._form = no_fields()
            return
        if not self.want_form_data_parsed:
            new = self.parameter_storage_class
            self._stream, self._form, self._files = self.stream, new(), new()
        else:
            parser = self.make_form_data_parser()
            self._stream, self._form, self._files = parser.parse(
                self._get_stream_for_parsing(),
                self.mimetype,
                self.content_length,
                self.mimetype_params,
            )
        if self.mimetype != MULTIPART and not self._files:
            self._explain_missing_files()

    def _explain_missing_files(self) -> None:
        """Let the files say in debug mode that the form lacks its ``enctype``."""
        app = active_app()
        if app is not None and app.debug:
            from flask.debughelpers import (  # noqa: PLC0415 - only debug mode pays for it
                attach_enctype_error_multidict,
            )

            attach_enctype_error_multidict(self)  # type: ignore[arg-type]

    def _has_stock_parser(self) -> bool:
        """Tell whether class and instance leave parsing a form to us."""
        here: Any = self
        try:
            return (
                type(self).want_form_data_parsed is _STOCK_WANT
                and here.form_data_parser_class is FormParser
                and here.parameter_storage_class is ImmutableMultiDict
                and here.make_form_data_parser.__func__ is _STOCK_MAKE_PARSER
                and here._get_stream_for_parsing.__func__ is _STOCK_GET_STREAM
            )
        except AttributeError:  # a function that was assigned
            return False

    def close(self) -> None:
        """Close the uploaded files, if any were parsed."""
        if self._files:
            for _, file in pairs_of_multi_dict(self._files):
                file.close()

    @property
    def max_content_length(self) -> int | None:
        """Most bytes of body that may be read; more is answered 413 (Content Too Large).

        ``MAX_CONTENT_LENGTH`` unless set on this request; ``None`` is no limit.
        """
        if self._max_content_length is not None:
            return self._max_content_length
        app = active_app()
        if app is None:
            return super().max_content_length
        limit: int | None = app.config["MAX_CONTENT_LENGTH"]
        return limit

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        self._max_content_length = value

    @property
    def max_form_memory_size(self) -> int | None:
        """Most bytes of a field of a multipart form that is no file; more is answered 413.

        ``MAX_FORM_MEMORY_SIZE`` unless set on this request; ``None`` is no limit.
        """
        if self._max_form_memory_size is not None:
            return self._max_form_memory_size
        app = active_app()
        if app is None:
            return super().max_form_memory_size
        limit: int | None = app.config["MAX_FORM_MEMORY_SIZE"]
        return limit

    @max_form_memory_size.setter
    def max_form_memory_size(self, value: int | None) -> None:
        self._max_form_memory_size = value

    @property  # type: ignore[override]
    def max_form_parts(self) -> int | None:
        """Most fields of a multipart form; more are answered 413.

        ``MAX_FORM_PARTS`` unless set on this request; ``None`` is no limit.
        """
        if self._max_form_parts is not None:
            return self._max_form_parts
        app = active_app()
        if app is None:
            return super().max_form_parts
        limit: int | None = app.config["MAX_FORM_PARTS"]
        return limit

    @max_form_parts.setter
    def max_form_parts(self, value: int | None) -> None:
        self._max_form_parts = value


_PLAIN_MULTIPART = re.compile(r"multipart/form-data; boundary=([\w.-]+)", re.ASCII).fullmatch
_STOCK_HEADERS = vars(BodyRequest)["headers"]
_STOCK_STREAM = vars(BodyRequest)["stream"]
_STOCK_WANT = RequestBase.want_form_data_parsed
_STOCK_MAKE_PARSER = RequestBase.make_form_data_parser
_STOCK_GET_STREAM = RequestBase._get_stream_for_parsing
_content_length_of_headers: Callable[[RequestBase], int | None] = vars(SansioRequest)[
    "content_length"
].fget
_stream_of_werkzeug: Callable[[RequestBase], IO[bytes]] = vars(RequestBase)["stream"].fget


@lru_cache(maxsize=256)
def mimetype_of(content_type: str) -> str:
    """Return a content type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip(" \t").lower()


# PERF: the most usual ones in 0.03 µs, half as long as the cache takes.
_MIMETYPES = {kind: kind for kind in (URLENCODED, "application/json")}


def short_length(text: str) -> int:
    """Return the length that a header tells; -1 for a long body, or where it is no number."""
    if len(text) > 5 or not (text.isdecimal() and text.isascii()):
        return -1
    length = int(text)
    if length < 1024:
        _LENGTHS[text] = length
    return length


_LENGTHS: dict[str, int] = {}  # PERF: 0.15 µs less than to read the number again


class NoBody(BytesIO):
    """The stream of a request without a body, for coroutines too."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield what is there: nothing."""
        while piece := self.read():
            yield piece


class ChunkedBody(AwaitedStream):
    """A body of unknown length, sent in chunks (RFC 9112, section 7.1).

    Werkzeug's own would let a server's error about a chunk through, which ends as 500, and cut
    a body that is too long.
    """

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        super().__init__(stream, limit, is_max=True)

    def readall(self) -> bytes:
        """Read what is left.

        Raises:
            RequestEntityTooLarge: There is more than the limit.
        """
        body = super().readall()
        if self.is_exhausted:
            self.on_exhausted()
        return body

    def on_exhausted(self) -> None:
        """Look, with the limit reached, for one byte more."""
        try:
            is_longer = self._stream.read(1)
        except (OSError, ValueError) as error:
            self.on_disconnect(error)
        else:
            if is_longer:
                raise RequestEntityTooLarge()
