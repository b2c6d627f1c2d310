"""What do views call besides the proxies? Responses, redirects, URLs, files and flashes.

Most ask the current application, so that overriding its method changes the helper too.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import sys
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator
from contextlib import aclosing
from functools import update_wrapper
from typing import IO, TYPE_CHECKING, Any, AnyStr, NoReturn, ParamSpec, overload

from werkzeug.exceptions import abort as _werkzeug_abort
from werkzeug.wrappers import Response as BaseResponse

from flask import files
from flask.coroutines import in_place
from flask.globals import (
    _cv_request,
    active_app,
    active_request_context,
    app_ctx,
    current_app,
    request_ctx,
    session,
)
from flask.lazy import former_names_of, with_former_parameters
from flask.plainresponses import redirect_to
from flask.signals import message_flashed

if TYPE_CHECKING:
    from datetime import datetime

    from flask.ctx import RequestContext
    from flask.wrappers import Response


_P = ParamSpec("_P")

_FALSE_WORDS = frozenset(("0", "false", "no"))


def get_debug_flag() -> bool:
    """Tell whether the environment variable ``FLASK_DEBUG`` asks for debug mode."""
    value = os.environ.get("FLASK_DEBUG")
    return value is not None and value != "" and value.lower() not in _FALSE_WORDS


def get_load_dotenv(default: bool = True) -> bool:
    """Tell whether dotenv files are to be read; ``FLASK_SKIP_DOTENV`` forbids it.

    Args:
        default: The answer when the variable is unset or empty.
    """
    value = os.environ.get("FLASK_SKIP_DOTENV")
    if not value:
        return default
    return value.lower() in _FALSE_WORDS


@overload
def stream_with_context(generator_or_function: Iterator[AnyStr]) -> Iterator[AnyStr]: ...
@overload
def stream_with_context(generator_or_function: AsyncIterator[AnyStr]) -> AsyncIterator[AnyStr]: ...
@overload
def stream_with_context(
    generator_or_function: Callable[_P, Iterator[AnyStr]],
) -> Callable[_P, Iterator[AnyStr]]: ...
@overload
def stream_with_context(
    generator_or_function: Callable[_P, AsyncIterator[AnyStr]],
) -> Callable[_P, AsyncIterator[AnyStr]]: ...
def stream_with_context(generator_or_function: Any) -> Any:
    """Keep the request context while a response is being streamed.

    Without it the context ends when the view returns, before the generator runs.

    Args:
        generator_or_function: A generator, or (as a decorator) a function returning one; since
            3.1.3+dewar.2 an async one, too.

    Raises:
        RuntimeError: No request context is active.

    Source: the API reference seed, "Stream Helpers".
    """
    if hasattr(generator_or_function, "__aiter__"):
        return _keep_context_of_coroutines(generator_or_function)
    try:
        generator = iter(generator_or_function)
    except TypeError:

        def decorated(*args: Any, **kwargs: Any) -> Any:
            return stream_with_context(generator_or_function(*args, **kwargs))

        return update_wrapper(decorated, generator_or_function)

    kept = _keep_context(generator)
    next(kept)  # up to the first yield, where the contexts of this request are already captured
    return kept


def _keep_context_of_coroutines(generator: Any) -> Any:
    """Return the async generator with the contexts of this request active while it runs."""
    ctx = _active_request_context()
    app_context = app_ctx._get_current_object()  # type: ignore[attr-defined]

    async def kept() -> AsyncIterator[Any]:
        with app_context, ctx:
            async with aclosing(generator):
                async for piece in generator:
                    yield piece

    return kept()


def _active_request_context() -> RequestContext:
    ctx = _cv_request.get(None)
    if ctx is None:
        raise RuntimeError(
            "'stream_with_context' can only be used when a request context is active,"
            " such as in a view function. Decorate the generator inside the view."
        )
    return ctx


def _keep_context(generator: Iterator[AnyStr]) -> Generator[AnyStr | None, None, None]:
    ctx = _active_request_context()
    app_context = app_ctx._get_current_object()  # type: ignore[attr-defined]
    close = getattr(generator, "close", None)
    # Pushed only when the first piece is asked for: whoever asks pops them again, be it in
    # another thread than the view's or outside of its coroutine; and what is never asked for
    # leaves nothing active.
    try:
        yield None
    except GeneratorExit:
        if close is not None:
            close()
        raise
    with app_context, ctx:
        try:
            for piece in generator:  # noqa: UP028 - "yield from" would close it a second time
                yield piece
        finally:
            if close is not None:
                close()


def make_response(*args: Any) -> Response:
    """Turn what a view may return into a response, so that headers can be set on it.

    Args:
        args: Nothing for an empty response, one return value, or the parts of a tuple
            ``body, status, headers``.
    """
    if not args:
        return current_app.response_class()
    return current_app.make_response(args[0] if len(args) == 1 else args)


def url_for(
    endpoint: str,
    *,
    _anchor: str | None = None,
    _method: str | None = None,
    _scheme: str | None = None,
    _external: bool | None = None,
    **values: Any,
) -> str:
    """Build the URL of an endpoint by the current app's :meth:`~flask.Flask.url_for`."""
    app = active_app()
    if app is not None and not app._has_own_url_for:
        cls = type(app)
        if cls.url_for is cls._stock_url_for:  # PERF: 0.4 µs of passing arguments on
            return app._build_url(endpoint, values, _anchor, _method, _scheme, _external)
    return current_app.url_for(
        endpoint,
        _anchor=_anchor,
        _method=_method,
        _scheme=_scheme,
        _external=_external,
        **values,
    )


def redirect(
    location: str,
    code: int = 302,
    Response: type[BaseResponse] | None = None,  # noqa: N803 - upstream's name
) -> BaseResponse:
    """Return a response that sends the browser to another URL.

    The current app's :meth:`~flask.Flask.redirect` makes it when there is one.

    Args:
        location: The URL.
        code: 301, 302, 303, 305, 307 or 308.
        Response: The class to use when no app is active.
    """
    app = active_app()
    if app is not None:
        return app.redirect(location, code=code)
    return redirect_to(location, code, Response or BaseResponse)


def abort(code: int | BaseResponse, *args: Any, **kwargs: Any) -> NoReturn:
    """Raise the HTTP exception of a status code, or one that answers with a response.

    Args:
        code: The status, or a ready response.
        args: Passed to the exception, for example its description.
        kwargs: Passed to the exception.

    Raises:
        HTTPException: Always.
        LookupError: No exception is known for the code.
    """
    app = active_app()
    if app is not None:
        app.aborter(code, *args, **kwargs)
    _werkzeug_abort(code, *args, **kwargs)


def get_template_attribute(template_name: str, attribute: str) -> Any:
    """Return a macro or variable that a template exports, to use it from Python."""
    return getattr(current_app.jinja_env.get_template(template_name).module, attribute)


def flash(message: str, category: str = "message") -> None:
    """Keep a message in the session for the next page that shows messages.

    Args:
        message: The text, or any value that the session can hold.
        category: Free; ``message``, ``error``, ``info`` and ``warning`` are usual.
    """
    # Assigned anew, because the session does not see a list inside it change.
    flashes = session.get("_flashes", [])
    flashes.append((category, message))
    session["_flashes"] = flashes
    if message_flashed.receivers:
        app = app_ctx.app
        in_place(message_flashed.send)(
            app, _async_wrapper=app.ensure_sync, message=message, category=category
        )


def get_flashed_messages(
    with_categories: bool = False, category_filter: Iterable[str] = ()
) -> list[str] | list[tuple[str, str]]:
    """Take the flashed messages out of the session; later calls in the request repeat them.

    Args:
        with_categories: Return pairs ``(category, message)``.
        category_filter: Return only messages of these categories.
    """
    flashes = request_ctx.flashes
    if flashes is None:
        flashes = session.pop("_flashes") if "_flashes" in session else []
        request_ctx.flashes = flashes
    if category_filter:
        flashes = [pair for pair in flashes if pair[0] in category_filter]
    return flashes if with_categories else [message for _, message in flashes]


_FORMER = {
    "add_etags": "etag",
    "attachment_filename": "download_name",
    "cache_timeout": "max_age",
}


@with_former_parameters(filename_or_fp="path_or_file", **_FORMER)
def send_file(
    path_or_file: os.PathLike[AnyStr] | str | IO[bytes],
    mimetype: str | None = None,
    as_attachment: bool = False,
    download_name: str | None = None,
    conditional: bool = True,
    etag: bool | str = True,
    last_modified: datetime | int | float | None = None,
    max_age: int | Callable[[str | None], int | None] | None = None,
) -> Response:
    """Send a file that the program chose; for a name from the client use
    :func:`send_from_directory`.

    Args:
        path_or_file: A path, relative to the application's root, or a file open for bytes.
        mimetype: Guessed from the name when not given.
        as_attachment: Let the browser offer to save it.
        download_name: The name to save as; needed for a file object with ``as_attachment``.
        conditional: Answer conditional and range requests.
        etag: Make an ETag, or use this one.
        last_modified: Seconds since 1970 or a datetime; read from the file when not given.
        max_age: Seconds to cache, or a function of the name;
            :meth:`~flask.Flask.get_send_file_max_age` when not given.

    Raises:
        TypeError: The file has no name to guess the type from.
        ValueError: The file is open as text.
    """  # noqa: D205 - the reference has to stand in the first sentence
    app = active_app() or current_app  # the proxy raises where there is none
    return files.send_file(  # type: ignore[return-value]
        path_or_file,
        active_request_context().request.environ,
        mimetype,
        as_attachment,
        download_name,
        conditional,
        etag,
        last_modified,
        app.get_send_file_max_age if max_age is None else max_age,
        app.config["USE_X_SENDFILE"],
        app.response_class,
        app.root_path,
    )


@with_former_parameters(filename="path", **_FORMER)
def send_from_directory(
    directory: os.PathLike[str] | str, path: os.PathLike[str] | str, **kwargs: Any
) -> Response:
    """Send the file that a client names, from within one folder and never from outside it.

    Args:
        directory: The folder, relative to the application's root.
        path: The name from the client, relative to the folder.
        kwargs: Passed to :func:`send_file`.

    Raises:
        NotFound: There is no such regular file inside the folder.
    """
    app = active_app() or current_app  # the proxy raises where there is none
    max_age = kwargs.pop("max_age", None)
    return files.send_from_directory(  # type: ignore[return-value]
        directory,
        path,
        active_request_context().request.environ,
        app.get_send_file_max_age if max_age is None else max_age,
        app.config["USE_X_SENDFILE"],
        app.response_class,
        app.root_path,
        kwargs,
    )


def get_root_path(import_name: str) -> str:
    """Return the folder of a module or package, the working directory when it has none.

    Raises:
        RuntimeError: The name belongs to an imported namespace package or to a module without
            a file.
    """
    module = sys.modules.get(import_name)
    file: str | None = getattr(module, "__file__", None)
    if file is not None:
        return os.path.dirname(os.path.abspath(file))  # noqa: PTH100, PTH120 - links stay links
    try:
        spec = importlib.util.find_spec(import_name)
    except (ImportError, ValueError):
        spec = None
    if spec is None or spec.loader is None:  # also for a mere folder of that name
        return os.getcwd()  # noqa: PTH109 - no pathlib for this
    file = _file_of(spec.loader, import_name, module)
    if file is None:
        raise RuntimeError(
            f"No root path can be found for the provided module {import_name!r}."
            " It has no file: it is a namespace package, or built in, or comes from an import"
            " hook that names none. Pass root_path= explicitly."
        )
    return os.path.dirname(os.path.abspath(file))  # noqa: PTH100, PTH120 - links stay links


def _file_of(loader: Any, import_name: str, module: Any) -> str | None:
    if hasattr(loader, "get_filename"):
        return str(loader.get_filename(import_name))
    if module is None:
        module = importlib.import_module(import_name)
    return getattr(module, "__file__", None)


@functools.lru_cache(maxsize=1024)  # bounded: an endpoint given to url_for may come from a client
def _split_blueprint_path(name: str) -> list[str]:
    """Return a nested blueprint's name and its parents': ``a.b`` gives ``["a.b", "a"]``."""
    names = [name]
    while "." in name:
        name = name.rpartition(".")[0]
        names.append(name)
    return names


if not TYPE_CHECKING:
    __getattr__ = former_names_of(__name__)
