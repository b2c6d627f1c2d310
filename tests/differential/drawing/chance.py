"""What is drawn at random? Everything in a description, from one seeded source."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")

TEXTS = (
    "", "a", "hello", "two words", "ü", "日本", "<b>&\"'</b>", "a/b", "a.b", "x" * 300, "0", "-1",
    "true", "\n", "tab\tbed", "emoji 🎉", "%41", "a+b", "a=b&c", "null",
)  # fmt: skip

SCALARS: tuple[Any, ...] = (
    None, True, False, 0, 1, -7, 2**60, 1.5, 1e100, "text", "ü</script>", "",
)  # fmt: skip

TYPED: tuple[Any, ...] = (
    {"$datetime": 1_700_000_000}, {"$naive": 1_600_000_000}, {"$date": 40}, {"$uuid": 12345},
    {"$decimal": "1.50"}, {"$product": "tea"}, {"$html": "em"}, {"$markup": "<b>"},
    {"$tuple": [1, {"$tuple": []}]}, {"$pairs": [["b", 1], ["a", 2]]}, {"$float": "inf"},
)  # fmt: skip

UNWRITABLE: tuple[Any, ...] = (
    {"$opaque": 0}, {"$set": [1]}, {"$bytes": "raw"}, {"$pairs": [[1, 2], ["a", 3]]},
    {"$pairs": [[{"$tuple": [1]}, 2]]}, {"$delta": 5},
)  # fmt: skip

IN_SESSION: tuple[Any, ...] = (
    {"$datetime": 1_700_000_000}, {"$naive": 1_600_000_000}, {"$uuid": 5}, {"$bytes": "\x00\xff"},
    {"$markup": "<i>"}, {"$tuple": [1, "a", {"$tuple": [2]}]}, {" t": [1]}, {" b": "x"},
    {"a": {"$tuple": [{"$uuid": 1}]}}, {"$pairs": [[" di", 1]]}, {"x": 1, " u": "y"},
)  # fmt: skip


class Draw:
    """Draws from one source of chance, in the words the generators use."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def one(self, choices: Sequence[T]) -> T:
        return self.random.choice(choices)

    def some(self, choices: Sequence[T], least: int, most: int) -> list[T]:
        """Draw different items, in their order."""
        count = min(self.random.randint(least, most), len(choices))
        return [choices[i] for i in sorted(self.random.sample(range(len(choices)), count))]

    def many(self, choices: Sequence[T], least: int, most: int) -> list[T]:
        return [self.one(choices) for _ in range(self.random.randint(least, most))]

    def number(self, least: int, most: int) -> int:
        return self.random.randint(least, most)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def text(self) -> str:
        return self.one(TEXTS)

    def word(self) -> str:
        return "".join(self.many("abcdefgxyz", 1, 6))

    def value(self, depth: int = 0) -> Any:
        """Draw a value that JSON has, nested a little."""
        if depth < 2 and self.chance(0.4):
            if self.chance(0.5):
                return [self.value(depth + 1) for _ in range(self.number(0, 3))]
            return {self.word(): self.value(depth + 1) for _ in range(self.number(0, 3))}
        return self.one(SCALARS)

    def rich_value(self) -> Any:
        """Draw a value that may be of a type that Flask's JSON knows beside the standard ones."""
        shape = self.number(0, 9)
        if shape < 4:
            return self.one(TYPED)
        if shape < 5:
            return self.one(UNWRITABLE)
        if shape < 7:
            return {self.word(): self.one(TYPED), "b": self.value(), "A": [self.one(TYPED)]}
        return self.value()
