"""What somebody in a room hears: what was said before, then what happens.

WebSocket and event stream send the same events:

=============  =====================================================================
``history``    the latest messages, and whether there are older ones; for newcomers
``message``    one message, those first that somebody has missed who comes back
``presence``   who is there, id → name, when one comes oneself
``came``       somebody is there who was not, or has another name now
``left``       somebody's last tab is closed
``refused``    why there is nothing to hear; then it ends
=============  =====================================================================
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from . import history
from .languages import gettext as _
from .posting import RefusedError
from .rooms import Event, NameTakenError, current_rooms

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from .identity import Person

PAGE = 50
"""Messages that a newcomer sees, and that the button for older ones brings."""


async def listen(room: str, person: Person, after: int | None) -> AsyncGenerator[Event, None]:
    """Yield events until the caller closes this, the server stops, or the connection lags.

    Args:
        room: Where.
        person: Who is there meanwhile.
        after: The last message that this browser has; ``None`` for a newcomer.
    """
    try:
        # Listening begins before the history is read: nothing is lost in between, and what
        # comes twice is known by its number.
        with current_rooms().listen(room, person) as listener:
            last = after or 0
            async for event in past(room, after):
                last = event["id"]
                yield event
            async for event in listener:
                if event["type"] == "message":
                    if event["id"] <= last:
                        continue
                    last = event["id"]
                yield event
    except NameTakenError:
        yield RefusedError(
            "name-taken",
            _("Somebody called %(name)s is in this room already.", name=person.name),
        ).as_event()


async def past(room: str, after: int | None) -> AsyncGenerator[Event, None]:
    """Yield what a newcomer sees at first, or each message that was missed."""
    if after is None:
        messages, has_older = await asyncio.to_thread(history.read_latest, room, PAGE)
        yield {
            "type": "history",
            "id": messages[-1].id if messages else 0,
            "messages": [message.as_event() for message in messages],
            "has_older": has_older,
        }
        return
    while missed := await asyncio.to_thread(history.read_since, room, after, PAGE):
        for message in missed:
            yield message.as_event()
        after = missed[-1].id
