from __future__ import annotations

from pathlib import Path

import jinja2
import pytest

from flask import Blueprint, Flask, render_template
from flask.templating import DispatchingJinjaLoader, Environment


@pytest.fixture
def app(app: Flask, tmp_path: Path) -> Flask:
    """An app and two blueprints, whose folders share some names."""
    for folder, names in {
        "app": ["both", "app"],
        "one": ["both", "one", "parts"],
        "two": ["two", "parts"],
    }.items():
        (tmp_path / folder / "deep").mkdir(parents=True)
        for name in names:
            (tmp_path / folder / f"{name}.html").write_text(f"{name} of {folder}")
        (tmp_path / folder / "deep" / f"{folder}.html").write_text(f"deep {folder}")
    app.root_path, app.template_folder = str(tmp_path), "app"
    for name in ("one", "two"):
        app.register_blueprint(
            Blueprint(name, "shop", root_path=str(tmp_path), template_folder=name)
        )
    app.register_blueprint(Blueprint("bare", "shop"))
    return app


@pytest.mark.parametrize("explain", [False, True])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("app.html", "app of app"),
        ("both.html", "both of app"),
        ("one.html", "one of one"),
        ("two.html", "two of two"),
        ("parts.html", "parts of one"),
        ("deep/two.html", "deep two"),
    ],
)
def test_app_goes_first_then_blueprints_in_order(
    app: Flask, name: str, text: str, explain: bool
) -> None:
    """The app's file wins, then that of the blueprint registered first, explained or not."""
    app.config["EXPLAIN_TEMPLATE_LOADING"] = explain
    with app.app_context():
        assert render_template(name) == text


@pytest.mark.parametrize("explain", [False, True])
def test_missing_template(app: Flask, explain: bool) -> None:
    """A template that nobody has is Jinja's error."""
    app.config["EXPLAIN_TEMPLATE_LOADING"] = explain
    with app.app_context(), pytest.raises(jinja2.TemplateNotFound, match=r"none\.html"):
        render_template("none.html")


def test_list_of_templates(app: Flask) -> None:
    """The names that all of them have, each once, sorted."""
    assert app.jinja_env.list_templates() == [
        "app.html",
        "both.html",
        "deep/app.html",
        "deep/one.html",
        "deep/two.html",
        "one.html",
        "parts.html",
        "two.html",
    ]


def test_blueprint_registered_late_is_asked(app: Flask, tmp_path: Path) -> None:
    """Loaders are asked live: a blueprint added later is seen."""
    with app.app_context(), pytest.raises(jinja2.TemplateNotFound):
        render_template("late.html")
    (tmp_path / "late").mkdir()
    (tmp_path / "late" / "late.html").write_text("late")
    app.register_blueprint(
        Blueprint("late", "shop", root_path=str(tmp_path), template_folder="late")
    )

    with app.app_context():
        assert render_template("late.html") == "late"


def test_environment_takes_another_loader(app: Flask) -> None:
    """An environment is made with any of Jinja's options, a loader among them."""
    own = Environment(app, loader=jinja2.DictLoader({"a": "dict"}), trim_blocks=True)

    assert own.app is app
    assert own.get_template("a").render() == "dict"
    assert type(Environment(app).loader) is DispatchingJinjaLoader


def test_loader_of_the_app_may_be_assigned(app: Flask) -> None:
    """``jinja_loader`` may be replaced by any loader."""
    app.jinja_loader = jinja2.DictLoader({"both.html": "dict"})

    with app.app_context():
        assert render_template("both.html") == "dict"
        assert render_template("one.html") == "one of one"
