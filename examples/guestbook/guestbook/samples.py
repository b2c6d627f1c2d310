"""Entries and pictures to try the book with; used by ``flask seed`` only.

The pictures are painted here, row by row, and packed as PNG with the standard
library: nothing has to be downloaded, and the upload code sees real files.
"""

from __future__ import annotations

import io
import itertools
import math
import random
import secrets
import struct
import zlib
from datetime import UTC, datetime, timedelta

from werkzeug.datastructures import FileStorage

from . import uploads
from .accounts import Account, NameTakenError, create_account
from .entries import add_entry

WRITERS = ("Ada", "민준", "Noor", "서연", "Tomás", "Wanjiru")

# Oldest first: text, and what its picture shows if it has one.
ENTRIES: tuple[tuple[str, str], ...] = (
    ("First page, first words. Somebody has to begin.", ""),
    ("The pen was on the table, so I took it. Lovely view from the bench by the door.", ""),
    ("조용하고 아늑한 곳이네요. 다음에는 가족과 함께 올게요.", ""),
    ("Cycled here from the coast, 62 km against the wind. Worth every one of them.", ""),
    ("Thank you for the tea!", ""),
    ("We came for an hour and stayed for the day.", "Hills in the afternoon light"),
    ("비가 와서 하루 종일 책만 읽었습니다. 그것도 참 좋았어요.", ""),
    ("Is anyone else here for the owls? They start at about ten.", ""),
    ("Two nights, seven owls. I counted.", ""),
    ("Left a jar of plum jam on the shelf for whoever comes next.", ""),
    ("Whoever comes next says thank you. The jam did not survive breakfast.", ""),
    (
        "Notes for the next visitors:\n\nThe left tap is the warm one.\n"
        "The map in the drawer is older than the road.\nThe dog next door only wants company.",
        "",
    ),
    ("겨울에 오면 별이 정말 잘 보여요.", "달이 떠 있는 밤의 산"),
    ("Proposed to her on the hill behind the house. She said: ask me again after lunch.", ""),
    ("She said yes. Lunch was good too.", ""),
    ("Ten years since our last visit, and the gate still sings.", ""),
    ("Slept better than at home.", ""),
    ("처음 혼자 떠난 여행. 용기를 얻어 갑니다.", ""),
    ("My daughter (4) wants it written that the frog is called Bernard.", ""),
    ("Saw Bernard. Can confirm.", "Green hills with a pale sun"),
    ("The path along the river is open again. Go early, before the mist has left.", ""),
    ("아침 안개가 걷힐 때 꼭 창문을 열어 보세요.", "안개 낀 아침의 산등성이"),
    (
        "Finished the last chapter of my thesis at this table.\n\nThank you, table.",
        "",
    ),
    (
        "We walked up for the sunset and had the whole hill to ourselves.\n"
        "Bring a jacket: it gets cold the moment the sun is gone.",
        "Sunset over a line of dark hills",
    ),
)

# Sky above, sky at the horizon, sun or moon, farthest hill, nearest hill.
PALETTES: tuple[tuple[tuple[int, int, int], ...], ...] = (
    ((116, 165, 196), (238, 221, 186), (255, 244, 214), (140, 160, 142), (44, 76, 66)),
    ((14, 22, 48), (62, 78, 116), (240, 238, 220), (44, 58, 92), (12, 18, 34)),
    ((168, 205, 206), (240, 240, 214), (255, 250, 224), (150, 186, 150), (40, 92, 62)),
    ((176, 190, 204), (236, 228, 222), (250, 244, 234), (168, 180, 188), (74, 94, 104)),
    ((70, 66, 120), (246, 158, 96), (255, 226, 150), (150, 92, 112), (44, 30, 58)),
)


def write_entries() -> int:
    """Write the samples, spread over the last weeks, and return how many there are."""
    authors = [_open_account(name) for name in WRITERS]
    korean = itertools.cycle(account for account in authors if _is_korean(account.name))
    others = itertools.cycle(account for account in authors if not _is_korean(account.name))
    palettes = iter(PALETTES)
    dice = random.Random(7)
    moment = datetime.now(UTC) - timedelta(days=2 * len(ENTRIES) + 1)
    for text, image_alt in ENTRIES:
        author = next(korean if _is_korean(text) else others)
        image = uploads.save(_upload(paint(next(palettes), dice))) if image_alt else None
        moment += timedelta(days=2, minutes=dice.randint(-400, 400))
        add_entry(author, text, image=image, image_alt=image_alt, created_at=moment)
    return len(ENTRIES)


def paint(
    palette: tuple[tuple[int, int, int], ...], dice: random.Random, width: int = 640
) -> bytes:
    """Paint hills under a sky.

    Args:
        palette: Five colours as in `PALETTES`.
        dice: Decides the shape of the hills.
        width: In pixels; the height is five eighths of it.

    Returns:
        A PNG file.
    """
    sky, horizon, sun, far, near = palette
    height = width * 5 // 8
    crests = [_crest(dice, width, height * (0.52 + 0.13 * layer)) for layer in range(4)]
    hills = [_mix(far, near, layer / 3) for layer in range(4)]
    centre = (dice.uniform(0.3, 0.7) * width, height * 0.34, width * 0.055)
    rows = []
    for y in range(height):
        row = bytearray(_mix(sky, horizon, min(1.0, y / (height * 0.62))) * width)
        half = math.sqrt(max(0.0, centre[2] ** 2 - (y - centre[1]) ** 2))
        left, right = int(centre[0] - half), int(centre[0] + half)
        row[3 * left : 3 * right] = bytes(sun) * (right - left)
        for crest, colour in zip(crests, hills, strict=True):
            for x in range(width) if y >= min(crest) else ():
                if y >= crest[x]:
                    row[3 * x : 3 * x + 3] = colour
        rows.append(b"\x00" + row)
    return pack_png(width, height, b"".join(rows))


def pack_png(width: int, height: int, rows: bytes) -> bytes:
    """Pack rows of RGB pixels, each behind its filter byte 0, into a PNG file."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bits, RGB
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            chunk(b"IDAT", zlib.compress(rows, 9)),
            chunk(b"IEND", b""),
        )
    )


def _open_account(name: str) -> Account:
    """Open an account that nobody can sign in to; another one when seeding again."""
    try:
        return create_account(name, secrets.token_hex())
    except NameTakenError:
        return create_account(f"{name}-{secrets.token_hex(3)}", secrets.token_hex())


def _is_korean(text: str) -> bool:
    return any("가" <= letter <= "힣" for letter in text)


def _upload(content: bytes) -> FileStorage:
    return FileStorage(io.BytesIO(content), filename="sample.png")


def _crest(dice: random.Random, width: int, level: float) -> list[float]:
    """Return the upper edge of a chain of hills: its height in pixels for each column."""
    waves = [
        (dice.uniform(0.6, 1.4) * width / (14 * n), dice.uniform(0, 6.28), n) for n in (1, 2, 5)
    ]
    return [
        level + sum(size * math.sin(turn + 6.28 * n * x / width) for size, turn, n in waves)
        for x in range(width)
    ]


def _mix(first: tuple[int, ...], second: tuple[int, ...], part: float) -> bytes:
    """Return a colour between two: ``part`` 0 is the first, 1 the second."""
    return bytes(round(a + (b - a) * part) for a, b in zip(first, second, strict=True))
