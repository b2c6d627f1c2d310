"""Which routes does an application of many have? Alike for every framework.

Ten routes share a prefix, as a resource's do, in three shapes: no variable, one
number, a number and a word.
"""

from collections.abc import Sequence

PER_GROUP = 10  # routes with one prefix; a blueprint each where blueprints are built
ITEM, SLUG = 7, "blue-whale"
SHAPES = ("", "/{item}", "/{item}/{slug}")


def write_rule(number: int, item: str, slug: str) -> str:
    """Return the route's rule, its variables written as the framework wants them."""
    shape = SHAPES[number % len(SHAPES)].format(item=item, slug=slug)
    return f"/group-{number // PER_GROUP}{shape}/action-{number}"


def write_path(number: int) -> str:
    """Return a path that the route answers."""
    return write_rule(number, str(ITEM), SLUG)


def list_variables(number: int) -> dict[str, int | str]:
    """Return the variables that ``write_path`` holds for the route."""
    return dict(list({"item": ITEM, "slug": SLUG}.items())[: number % len(SHAPES)])


def write_answer(number: int, variables: dict[str, int | str]) -> str:
    """Return the body that the route's view gives."""
    return f"{number}: {sorted(variables.items())}"


def sample(count: int) -> Sequence[int]:
    """Return 100 routes of ``count``, evenly spread; few routes occur repeatedly."""
    return [number * count // 100 for number in range(100)]
