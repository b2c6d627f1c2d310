"""The first page: choose a name and a room; and the switch for the language."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, request, session, url_for

from ..identity import Person, current_person, remember
from ..languages import LANGUAGES
from ..languages import gettext as _
from ..rooms import current_rooms
from ..security import safe_path
from ..texts import read_name, read_room

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("entrance", __name__)


@dataclass
class JoinForm:
    """A wish to enter a room: what was typed, and field → what is wrong with it."""

    name: str
    room: str
    errors: dict[str, str] = field(default_factory=dict)

    def check(self) -> None:
        """Bring the names into the form that they are kept in, or note what is wrong."""
        name, room = read_name(self.name), read_room(self.room)
        if name is None:
            self.errors["name"] = _(
                "Use 1 to 24 letters or digits; blanks, dots and hyphens may stand between them."
            )
        if room is None:
            self.errors["room"] = _("Use 1 to 30 letters, digits or hyphens.")
        self.name, self.room = name or self.name, room or self.room
        if not self.errors and current_rooms().is_taken(self.room, self._person()):
            self.errors["name"] = _(
                "Somebody called %(name)s is in this room already.", name=self.name
            )

    def _person(self) -> Person:
        person = current_person()
        return Person(person.id if person else "", self.name)


@blueprint.get("/")
def index() -> str:
    """Show the form, and where others are."""
    person = current_person()
    return show(JoinForm(person.name if person else "", request.args.get("room", "")))


@blueprint.post("/join")
def join() -> ResponseReturnValue:
    """Remember the name and go to the room."""
    form = JoinForm(request.form.get("name", ""), request.form.get("room", ""))
    form.check()
    if form.errors:
        return show(form), 422
    remember(form.name)
    return redirect(url_for("room.page", room=form.room))


@blueprint.post("/language")
def choose_language() -> ResponseReturnValue:
    """Remember the language, and go back to the page it was chosen on."""
    if (language := request.form.get("language")) in LANGUAGES:
        session["language"] = language
    return redirect(safe_path(request.form.get("next")))


def show(form: JoinForm) -> str:
    return render_template("entrance.html", form=form, rooms=current_rooms().overview())
