"""Is it ours that is tested? Genuine Flask has the same name and would pass most tests too."""

from importlib.metadata import version
from pathlib import Path

import flask

CHECKOUT = Path(__file__).parents[2]


def test_flask_is_this_checkout_or_a_build_of_it() -> None:
    """The imported package is the checkout's, or an installed distribution that says it is ours."""
    from_checkout = Path(flask.__file__).is_relative_to(CHECKOUT / "src")

    assert from_checkout or "+dewar." in version("flask"), (
        f"{flask.__file__} is not ours: run tests with the interpreter of this checkout's .venv"
    )


def test_distribution_names_the_version_it_stands_for() -> None:
    """The version is Flask's, so that requirements of extensions are met, and says Dewar."""
    public, _, local = version("flask").partition("+")

    assert public == "3.1.3"
    assert local.startswith("dewar.")
