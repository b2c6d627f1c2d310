"""What runs when a server starts and stops? The functions that these decorators register.

``flask.asgi.lifespan`` calls them; it reads the tables live.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask.setup.scaffold import Scaffold, T_serving, setupmethod


class Lifetime(Scaffold):
    """The part of an application's setup that is about its server's start and stop.

    Args:
        import_name: That of the application.
        options: The other arguments of the storey below.
    """

    def __init__(self, import_name: str, **options: Any) -> None:
        super().__init__(import_name, **options)
        self.before_serving_funcs: list[Callable[[], Any]] = []
        self.after_serving_funcs: list[Callable[[], Any]] = []
        self.while_serving_funcs: list[Callable[[], Any]] = []
        self._background_tasks: Any = None  # made by flask.asgi.background
        self._lifespan: Any = None  # from start to stop, one of flask.asgi.lifespan

    @setupmethod
    def before_serving(self, f: T_serving) -> T_serving:
        """Call a function before the first request is accepted.

        In order of registration, after the :meth:`while_serving` functions have begun. A dict
        that it returns is added to the state of the lifespan. An error stops the server's start.
        :meth:`Flask.serving <flask.Flask.serving>` says which servers call it.

        Since: 3.1.3+dewar.2; source: ASGI, "Lifespan Protocol".
        """
        self.before_serving_funcs.append(f)
        return f

    @setupmethod
    def after_serving(self, f: T_serving) -> T_serving:
        """Call a function when the server stops: the last registered first.

        Background tasks have ended then. An error in one of them is logged, and the others still
        run. After a start that failed they are not called, because what they end may not have
        begun.

        Since: 3.1.3+dewar.2; source: ASGI, "Lifespan Protocol".
        """
        self.after_serving_funcs.append(f)
        return f

    @setupmethod
    def while_serving(self, f: T_serving) -> T_serving:
        """Let a function begin something before serving, and end it afterwards.

        It is an async generator function or a generator function that yields once, or returns a
        context manager, async or not::

            @app.while_serving
            async def pool():
                async with connect() as pool:
                    yield {"pool": pool}

        A dict that is yielded, or that the context manager gives, is added to the state of the
        lifespan: requests see their copy of it in ``request.environ["asgi.scope"]["state"]``.

        Raises:
            TypeError: At the start, when it does neither.
            RuntimeError: When it yields not exactly once.

        Since: 3.1.3+dewar.2; source: ASGI, "Lifespan Protocol" and "Lifespan State".
        """
        self.while_serving_funcs.append(f)
        return f
