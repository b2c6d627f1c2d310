"""Flask-Admin: the back office of a library."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask_admin import Admin, AdminIndexView, BaseView, expose
from flask_admin.contrib.fileadmin import FileAdmin
from flask_admin.contrib.sqla import ModelView
from flask_babel import Babel
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from wtforms.validators import Length

from flask import Flask, Response, abort, redirect, request
from flask.testing import FlaskClient


class Desk(AdminIndexView):
    """The office's first page."""

    @expose("/")
    def index(self) -> str:
        return "Good morning"


class Report(BaseView):
    """A page of our own, with a second address."""

    @expose("/")
    def index(self) -> str:
        return self.render("report.html", pages=3)

    @expose("/<int:year>", methods=["GET", "POST"])
    def year(self, year: int) -> dict[str, Any]:
        return {"year": year, "next": self.get_url(".year", year=year + 1)}


class Guarded(ModelView):
    """Asks for a key, and names two columns."""

    column_searchable_list = ["title"]
    column_filters = ["year"]
    column_editable_list = ["title"]
    can_export = True
    form_args = {"title": {"validators": [Length(min=2, message="Too short.")]}}

    def is_accessible(self) -> bool:
        return request.headers.get("X-Key") == "open"

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Response:
        return redirect(f"/login?for={name}")

    def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
        model.title = model.title.strip()


class Office:
    def __init__(self, folder: Path) -> None:
        (folder / "report.html").write_text(
            "{% extends admin_base_template %}{% block body %}{{ pages }} pages{% endblock %}"
        )
        (folder / "files").mkdir()
        self.app = Flask(__name__, template_folder=str(folder))
        self.app.config.update(SECRET_KEY="only for this test", SQLALCHEMY_DATABASE_URI="sqlite://")

        class Base(DeclarativeBase):
            pass

        Babel(self.app)  # where Flask-Babel is installed, Flask-Admin translates with it
        self.db = SQLAlchemy(self.app, model_class=Base)

        class Book(self.db.Model):
            id: Mapped[int] = mapped_column(primary_key=True)
            title: Mapped[str]
            year: Mapped[int | None]

        self.Book = Book
        admin = Admin(self.app, name="Library", index_view=Desk(name="Desk"))
        admin.add_view(ModelView(Book, self.db, name="Books"))
        admin.add_view(Guarded(Book, self.db, name="Safe", endpoint="safe", category="Locked"))
        admin.add_view(Report(name="Report", endpoint="report"))
        admin.add_view(FileAdmin(str(folder / "files"), name="Files", endpoint="files"))
        with self.app.app_context():
            self.db.create_all()

    def titles(self) -> list[str]:
        with self.app.app_context():
            return list(self.db.session.scalars(self.db.select(self.Book.title)))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def client(office: Office) -> FlaskClient:
    return office.app.test_client()


KEY = {"X-Key": "open"}


def test_the_list_shows_the_menu_and_no_books(client: FlaskClient) -> None:
    """A model view lists its rows under the menu of every view that may be seen."""
    page = client.get("/admin/book/").text

    for word in ("Library", "Books", "Report", "Files", "There are no items"):
        assert word in page
    assert "Safe" not in page


def test_a_book_is_made_changed_and_deleted(office: Office, client: FlaskClient) -> None:
    """The forms write what the list then shows."""
    made = client.post("/admin/book/new/", data={"title": "Pachinko", "year": "2017"})
    assert made.status_code == 302
    assert "Pachinko" in client.get("/admin/book/").text
    assert 'value="2017"' in client.get("/admin/book/edit/?id=1").text
    client.post("/admin/book/edit/?id=1", data={"title": "Free Food", "year": "2007"})
    assert office.titles() == ["Free Food"]

    client.post("/admin/book/delete/", data={"id": "1"})
    assert office.titles() == []


def test_a_wrong_form_is_shown_again(office: Office, client: FlaskClient) -> None:
    """A form that does not validate names the reason and stores nothing."""
    answer = client.post("/admin/safe/new/", data={"title": "X", "year": "soon"}, headers=KEY)

    assert answer.status_code == 200
    assert "Too short." in answer.text
    assert "Not a valid integer value." in answer.text
    assert office.titles() == []


def test_an_unknown_row_leads_back_with_a_message(client: FlaskClient) -> None:
    """Editing what is not there flashes a message and returns to the list."""
    answer = client.get("/admin/book/edit/?id=77")

    assert answer.location == "/admin/book/"
    assert "Record does not exist." in client.get("/admin/book/").text


def test_a_guarded_view_calls_its_own_refusal(client: FlaskClient) -> None:
    """`is_accessible` is asked first, and `inaccessible_callback` answers."""
    assert client.get("/admin/safe/").location == "/login?for=index_view"
    page = client.get("/admin/safe/", headers=KEY).text
    assert "Locked" in page
    assert "Safe" in page


def test_search_filter_edit_in_place_and_export(office: Office, client: FlaskClient) -> None:
    """The list's own tools work through the query string."""
    for title, year in ((" Pachinko ", 2017), ("Kim Jiyoung", 2016), ("Almond", 2017)):
        client.post("/admin/safe/new/", data={"title": title, "year": year}, headers=KEY)
    assert office.titles() == ["Pachinko", "Kim Jiyoung", "Almond"]

    found = client.get("/admin/safe/?search=chin", headers=KEY).text
    assert "Pachinko" in found
    assert "Almond" not in found
    assert "Almond" in client.get("/admin/safe/?flt0_0=2017", headers=KEY).text
    client.post("/admin/safe/ajax/update/", data={"list_form_pk": "3", "title": "Nut"}, headers=KEY)
    exported = client.get("/admin/safe/export/csv/", headers=KEY)
    assert exported.mimetype == "text/csv"
    assert "Nut,2017" in exported.text


def test_own_pages_and_templates_are_served(client: FlaskClient) -> None:
    """A view of our own renders in the admin's frame and builds its own addresses."""
    assert client.get("/admin/").text == "Good morning"
    page = client.get("/admin/report/").text
    assert "3 pages" in page
    assert "Library" in page
    assert client.post("/admin/report/2026").json == {"year": 2026, "next": "/admin/report/2027"}
    assert client.get("/admin/report/soon").status_code == 404


def test_files_are_uploaded_and_never_outside(client: FlaskClient, tmp_path: Path) -> None:
    """The file view writes into its folder, reads back, and refuses to leave it."""
    data = {"upload": (BytesIO(b"notes"), "notes.txt")}
    assert client.post("/admin/files/upload/", data=data).status_code == 302
    assert "notes.txt" in client.get("/admin/files/").text
    assert client.get("/admin/files/download/notes.txt").data == b"notes"
    assert client.get("/admin/files/download/../report.html").status_code != 200

    assert (tmp_path / "files" / "notes.txt").read_bytes() == b"notes"


def test_the_admins_own_files_are_served(client: FlaskClient) -> None:
    """Styles come from the extension's static folder."""
    assert client.get("/admin/static/admin/css/bootstrap4/admin.css").mimetype == "text/css"


def test_a_second_view_of_the_same_name_is_refused(office: Office) -> None:
    """Two views under one endpoint are refused when the application is set up."""
    with pytest.raises((ValueError, AssertionError)):
        Admin(office.app, endpoint="second", url="/second").add_view(Report(endpoint="report"))


def test_an_abort_inside_a_view_keeps_its_status(tmp_path: Path) -> None:
    """An HTTP error raised by `is_accessible` answers as elsewhere."""

    class Closed(BaseView):
        def is_accessible(self) -> bool:
            abort(403)

        @expose("/")
        def index(self) -> str:
            return "never"

    app = Flask(__name__)
    Babel(app)
    Admin(app).add_view(Closed(name="Closed", endpoint="closed"))

    assert app.test_client().get("/admin/closed/").status_code == 403
