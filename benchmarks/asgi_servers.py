"""What does an ASGI request cost on a real server? As ``servers``, on uvicorn and granian."""

from functools import partial

from .frameworks import ASGI_PEERS
from .processes import HOST
from .servers import Interface, ServerKind, run
from .suite import Suite
from .workloads import ASGI_WORKLOADS

UVICORN = (
    *("-m", "uvicorn", "--host", HOST, "--port", "{port}", "--interface", "asgi3"),
    *("--loop", "asyncio", "--http", "httptools", "--log-level", "warning", "--no-access-log"),
)
GRANIAN = (
    *("-m", "granian", "--interface", "asgi", "--host", HOST, "--port", "{port}"),
    *("--workers", "1", "--runtime-threads", "1", "--loop", "asyncio", "--no-ws"),
)

ASGI = Interface(
    suite="asgi-servers",
    servers={
        "uvicorn": ServerKind(UVICORN),
        "granian": ServerKind(GRANIAN),
        "granian-busy": ServerKind(GRANIAN, connections=64),
    },
    workloads=ASGI_WORKLOADS,
    targets={"plain": 1.3, "json": 1.3},
    rival="starlette",
    module=lambda peer: peer.asgi_app,
)

SUITE = Suite(
    run=partial(run, ASGI),
    about="CPU time per ASGI request on uvicorn and granian",
    peers=tuple(name for name in ASGI_PEERS if name not in {"litestar", "fastapi"}),
    workloads=tuple(name for name in ASGI_WORKLOADS if ASGI_WORKLOADS[name].method == "GET"),
    default=tuple(ASGI.targets),
    seconds=2.0,
    servers=True,
)
