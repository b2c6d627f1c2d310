"""Flask-SQLAlchemy: a lending library kept in SQLite."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.pagination import Pagination
from flask_sqlalchemy.query import Query
from flask_sqlalchemy.record_queries import get_recorded_queries
from sqlalchemy import ForeignKey
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from flask import Flask, jsonify, render_template_string, request
from flask.testing import FlaskClient


class Base(DeclarativeBase):
    """The documented seam for a project's own declarative base."""

    def to_dict(self) -> dict[str, Any]:
        return {column.name: getattr(self, column.name) for column in self.__table__.columns}


class ShelfQuery(Query):
    """A query class of our own, another documented seam."""

    def on_shelf(self, shelf: str) -> ShelfQuery:
        return self.filter_by(shelf=shelf)


db = SQLAlchemy(model_class=Base, query_class=ShelfQuery)


class Author(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    books: Mapped[list[Book]] = relationship(back_populates="author")


class Book(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    shelf: Mapped[str] = mapped_column(default="A")
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship(back_populates="books")


class LoanEvent(db.Model):
    __bind_key__ = "journal"
    id: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[str]


PAGE = """
{% for book in page %}<li>{{ book.title }} by {{ book.author.name }}</li>{% endfor %}
{% for number in page.iter_pages() %}<a href="{{ url_for('shelves', page=number) }}">{{ number }}</a>
{% endfor %}
"""


def create_library(folder: Path) -> Flask:
    app = Flask(__name__, instance_path=str(folder))
    app.config.update(
        SQLALCHEMY_DATABASE_URI="sqlite:///library.db",
        SQLALCHEMY_BINDS={"journal": "sqlite:///journal.db"},
        SQLALCHEMY_RECORD_QUERIES=True,
        TESTING=True,
    )
    db.init_app(app)
    app.add_url_rule("/authors", view_func=add_author, methods=["POST"])
    app.add_url_rule("/books", view_func=add_book, methods=["POST"])
    app.add_url_rule("/books/<int:book_id>", view_func=show_book)
    app.add_url_rule("/shelves", endpoint="shelves", view_func=show_shelves)
    app.add_url_rule("/shelf/<shelf>", view_func=show_shelf)
    app.register_error_handler(IntegrityError, refuse_duplicate)
    with app.app_context():
        db.create_all()
    return app


def add_author() -> tuple[dict[str, Any], int]:
    author = Author(name=request.get_json()["name"])
    db.session.add(author)
    db.session.commit()
    return author.to_dict(), 201


def add_book() -> tuple[dict[str, Any], int]:
    data = request.get_json()
    author = db.first_or_404(
        db.select(Author).filter_by(name=data["author"]), description="No such author."
    )
    book = Book(title=data["title"], author=author, shelf=data.get("shelf", "A"))
    db.session.add_all([book, LoanEvent(note=f"bought {book.title}")])
    db.session.commit()
    return book.to_dict(), 201


def show_book(book_id: int) -> dict[str, Any]:
    return db.get_or_404(Book, book_id).to_dict()


def show_shelves() -> str:
    page = db.paginate(db.select(Book).order_by(Book.title), max_per_page=2)
    return render_template_string(PAGE, page=page)


def show_shelf(shelf: str) -> Any:
    return jsonify([book.title for book in Book.query.on_shelf(shelf).order_by(Book.title)])


def refuse_duplicate(error: IntegrityError) -> tuple[dict[str, str], int]:
    db.session.rollback()
    return {"error": "That name is taken."}, 409


@pytest.fixture
def library(tmp_path: Path) -> Flask:
    return create_library(tmp_path)


@pytest.fixture
def client(library: Flask) -> FlaskClient:
    client = library.test_client()
    client.post("/authors", json={"name": "Han Kang"})
    return client


def test_tables_are_made_in_the_instance_folder(library: Flask, tmp_path: Path) -> None:
    """A relative SQLite address means a file in the application's instance folder."""
    with library.app_context():
        assert db.session.execute(db.select(Author)).all() == []
        assert set(db.metadata.tables) == {"author", "book"}

    assert {file.name for file in tmp_path.iterdir()} == {"library.db", "journal.db"}


def test_what_one_request_writes_another_reads(client: FlaskClient) -> None:
    """A row committed by one request is there for the next, also by another client."""
    made = client.post("/books", json={"title": "The White Book", "author": "Han Kang"})

    assert made.status_code == 201
    read = client.application.test_client().get(f"/books/{made.json['id']}")
    assert read.json == made.json | {"shelf": "A"}


def test_uncommitted_rows_vanish_with_the_application_context(library: Flask) -> None:
    """The session belongs to the application context and is dropped with it."""
    with library.app_context():
        db.session.add(Author(name="never committed"))
        db.session.flush()
        first = db.session()
    with library.app_context():
        assert db.session() is not first
        assert db.session.scalars(db.select(Author)).all() == []


def test_pages_read_their_number_from_the_query_string(client: FlaskClient) -> None:
    """`db.paginate` takes page and size from the request and answers 404 past the end."""
    for title in ("Human Acts", "Greek Lessons", "The Vegetarian"):
        client.post("/books", json={"title": title, "author": "Han Kang"})

    first = client.get("/shelves?per_page=2").text
    assert "Greek Lessons by Han Kang" in first
    second = client.get("/shelves?per_page=2&page=2").text
    assert "The Vegetarian" in second
    assert "Human Acts" not in second
    assert client.get("/shelves?page=9").status_code == 404
    assert client.get("/shelves?per_page=400").text == first


def test_a_second_database_has_its_own_tables(client: FlaskClient) -> None:
    """A model with a bind key is written to that bind's database only."""
    client.post("/books", json={"title": "Human Acts", "author": "Han Kang"})

    with client.application.app_context():
        notes = db.session.scalars(db.select(LoanEvent.note)).all()
        assert notes == ["bought Human Acts"]
        assert set(db.metadatas["journal"].tables) == {"loan_event"}


def test_a_missing_row_is_a_404(client: FlaskClient) -> None:
    """`get_or_404` and `first_or_404` end the request with the given description."""
    assert client.get("/books/77").status_code == 404
    unknown = client.post("/books", json={"title": "X", "author": "Nobody"})
    assert unknown.status_code == 404
    assert "No such author." in unknown.text


def test_a_broken_constraint_reaches_the_error_handler(client: FlaskClient) -> None:
    """An exception of the database is handled like any other, and the session recovers."""
    refused = client.post("/authors", json={"name": "Han Kang"})

    assert (refused.status_code, refused.json) == (409, {"error": "That name is taken."})
    assert client.post("/authors", json={"name": "Bora Chung"}).status_code == 201


def test_the_database_needs_an_application_context(library: Flask) -> None:
    """Outside every context the session says so with a RuntimeError."""
    with pytest.raises(RuntimeError, match="outside of application context"):
        db.session.execute(db.select(Author))


def test_an_application_without_address_is_refused() -> None:
    """`init_app` demands that a database was named."""
    with pytest.raises(RuntimeError, match="SQLALCHEMY_DATABASE_URI"):
        SQLAlchemy().init_app(Flask(__name__))


def test_a_second_init_app_is_refused(library: Flask) -> None:
    """The extension finds itself in `app.extensions` and refuses to start twice."""
    assert library.extensions["sqlalchemy"] is db
    with pytest.raises(RuntimeError, match="already been registered"):
        db.init_app(library)


def test_own_query_and_base_classes_are_used(client: FlaskClient) -> None:
    """A query class and a model base given to the constructor serve every model."""
    for title, shelf in (("Human Acts", "B"), ("Greek Lessons", "C")):
        client.post("/books", json={"title": title, "author": "Han Kang", "shelf": shelf})

    assert client.get("/shelf/C").json == ["Greek Lessons"]


def test_own_pagination_class_is_used(client: FlaskClient) -> None:
    """A Pagination subclass that counts differently works on the request's arguments."""

    class Letters(Pagination):
        def _query_items(self) -> list[Any]:
            return list("abcdef")[self._query_offset : self._query_offset + self.per_page]

        def _query_count(self) -> int:
            return 6

    with client.application.test_request_context("/?page=2&per_page=4"):
        page = Letters()
        assert (page.items, page.pages, page.has_next, page.prev_num) == (["e", "f"], 2, False, 1)


def test_queries_are_recorded_for_the_context(library: Flask) -> None:
    """With SQLALCHEMY_RECORD_QUERIES each statement is kept on `g`."""
    with library.app_context():
        db.session.execute(db.select(Author))
        (query,) = get_recorded_queries()
        assert query.statement is not None
        assert "author" in query.statement
    with library.app_context():
        assert get_recorded_queries() == []


def test_the_shell_knows_database_and_models(library: Flask) -> None:
    """The extension's shell context processor adds `db` and each model."""
    with library.app_context():
        context = library.make_shell_context()

    assert context["db"] is db
    assert {"Author", "Book", "LoanEvent", "app", "g"} <= context.keys()
