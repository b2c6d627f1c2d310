"""What is in the book: entries, newest first, ten to a page."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .database import connect
from .texts import clean, fold

if TYPE_CHECKING:
    import sqlite3

    from .accounts import Account

PER_PAGE = 10
LONGEST_QUERY = 100  # characters; every page link repeats them

_SELECT = """
    SELECT entry.id, text, image, image_alt, entry.created_at, account.id AS author_id,
           account.name AS author
    FROM entry JOIN account ON account.id = entry.account_id
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry with its author's name."""

    id: int
    author_id: int
    author: str
    text: str
    image: str | None
    image_alt: str
    created_at: datetime

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> Entry:
        """Build an entry from a row of `_SELECT`."""
        values = dict(row)
        return cls(created_at=datetime.fromisoformat(values.pop("created_at")), **values)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the book, or of the entries matching a query."""

    entries: list[Entry]
    number: int
    total: int  # entries on all pages
    query: str

    @property
    def pages(self) -> int:
        """Number of pages; an empty book has one."""
        return max(1, math.ceil(self.total / PER_PAGE))

    @property
    def exists(self) -> bool:
        """Whether the book has a page of this number."""
        return 1 <= self.number <= self.pages

    @property
    def window(self) -> list[int | None]:
        """Page numbers worth a link; ``None`` stands for a gap."""
        near = {1, self.pages, self.number - 1, self.number, self.number + 1}
        shown = sorted(number for number in near if 1 <= number <= self.pages)
        links: list[int | None] = []
        for number in shown:
            previous = links[-1] if links else number - 1
            if previous is not None and number - previous > 1:
                links.append(None)
            links.append(number)
        return links


def read_page(number: int, query: str = "") -> Page:
    """Return a page of the entries whose text or author contains ``query``.

    A number that the book does not have gives a page without entries.
    """
    query = clean(query)[:LONGEST_QUERY]
    # Not LIKE: it has wildcards. `database` adds the function fold to SQL.
    where = "WHERE instr(fold(text), :words) OR instr(fold(account.name), :words)" if query else ""
    words = fold(query)
    count = f"SELECT count(*) FROM entry JOIN account ON account.id = account_id {where}"
    total = connect().execute(count, {"words": words}).fetchone()[0]
    page = Page([], number, total, query)
    if page.exists:
        rows = connect().execute(
            f"{_SELECT} {where} ORDER BY entry.id DESC LIMIT :limit OFFSET :offset",
            {"words": words, "limit": PER_PAGE, "offset": (number - 1) * PER_PAGE},
        )
        page.entries.extend(map(Entry.from_row, rows))
    return page


def find_entry(entry_id: int) -> Entry | None:
    """Return the entry with this number."""
    row = connect().execute(f"{_SELECT} WHERE entry.id = ?", (entry_id,)).fetchone()
    return Entry.from_row(row) if row else None


def add_entry(
    author: Account,
    text: str,
    *,
    image: str | None = None,
    image_alt: str = "",
    created_at: datetime | None = None,
) -> Entry:
    """Write an entry into the book.

    Args:
        author: Who writes it.
        text: Its words, cleaned by `texts.clean`.
        image: Name of a stored upload.
        image_alt: What the image shows, for those who cannot see it.
        created_at: When it was written; now, if not given.
    """
    moment = (created_at or datetime.now(UTC)).replace(microsecond=0)
    with connect() as connection:
        cursor = connection.execute(
            "INSERT INTO entry (account_id, text, image, image_alt, created_at)"
            " VALUES (?, ?, ?, ?, ?)",
            (author.id, text, image, image_alt, moment.isoformat()),
        )
    return Entry(cursor.lastrowid or 0, author.id, author.name, text, image, image_alt, moment)


def delete_entry(entry: Entry) -> None:
    """Take an entry out of the book; its image stays with `uploads`."""
    with connect() as connection:
        connection.execute("DELETE FROM entry WHERE id = ?", (entry.id,))
