"""Flask-WTF: a form for parcels, with CSRF protection and an upload."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf, validate_csrf
from flask_wtf.file import FileAllowed, FileField, FileRequired, FileSize
from wtforms import IntegerField, StringField, ValidationError
from wtforms.validators import DataRequired, NumberRange

from flask import Blueprint, Flask, g, redirect, render_template_string, request, session, url_for
from flask.testing import FlaskClient

PAGE = """
<form method="post" enctype="multipart/form-data">{{ form.hidden_tag() }}
{{ form.receiver.label }} {{ form.receiver(class="wide") }} {{ form.weight }} {{ form.label_image }}
</form>{% for name, texts in form.errors|dictsort %}<p>{{ name }}: {{ texts|join(", ") }}</p>
{% endfor %}
"""


class ParcelForm(FlaskForm):
    receiver = StringField("Receiver", validators=[DataRequired()])
    weight = IntegerField("Weight in grams", validators=[NumberRange(1, 30_000)], default=500)
    label_image = FileField(
        "Label",
        validators=[FileRequired(), FileAllowed(["png"], "PNG only."), FileSize(max_size=1000)],
    )

    def validate_receiver(self, field: StringField) -> None:
        if field.data == "nobody":
            raise ValidationError("We do not deliver to nobody.")


class NoteForm(FlaskForm):
    text = StringField(validators=[DataRequired()])


def create_office(folder: Path, **config: Any) -> Flask:
    app = Flask(__name__)
    app.config.update(SECRET_KEY="only for this test", **config)
    parcels: dict[str, int] = {}

    @app.route("/parcel", methods=["GET", "POST"])
    def parcel() -> Any:
        form = ParcelForm()
        if form.validate_on_submit():
            parcels[form.receiver.data] = form.weight.data
            form.label_image.data.save(folder / "label.png")
            return redirect(url_for("track", receiver=form.receiver.data))
        return render_template_string(PAGE, form=form)

    @app.route("/track/<receiver>")
    def track(receiver: str) -> dict[str, int]:
        return {"weight": parcels[receiver]}

    @app.route("/note", methods=["POST"])
    def note() -> Any:
        form = NoteForm(meta={"csrf": False})
        return {"text": form.text.data} if form.validate_on_submit() else (form.errors, 400)

    return app


def take_callback() -> str:
    return "taken"


def read_token(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
    assert found
    return found[1]


def fill(token: str, **more: Any) -> dict[str, Any]:
    label = (BytesIO(b"\x89PNG picture"), "label.png")
    return {"csrf_token": token, "receiver": "Kim", "weight": "750", "label_image": label, **more}


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return create_office(tmp_path).test_client()


def test_the_form_shows_fields_defaults_and_token(client: FlaskClient) -> None:
    """A form renders its fields with their defaults and a hidden token."""
    page = client.get("/parcel").text

    assert 'class="wide"' in page
    assert 'value="500"' in page
    assert read_token(page).count(".") == 2


def test_a_valid_form_is_written_and_read_back(client: FlaskClient, tmp_path: Path) -> None:
    """Fields and the uploaded file arrive as they were sent."""
    token = read_token(client.get("/parcel").text)
    answer = client.post("/parcel", data=fill(token))

    assert answer.location == "/track/Kim"
    assert client.get("/track/Kim").json == {"weight": 750}
    assert (tmp_path / "label.png").read_bytes() == b"\x89PNG picture"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"receiver": ""}, "receiver: This field is required."),
        ({"receiver": "nobody"}, "receiver: We do not deliver to nobody."),
        ({"weight": "0"}, "weight: Number must be between 1 and 30000."),
        ({"weight": "heavy"}, "weight: Not a valid integer value."),
        ({"label_image": (BytesIO(b""), "")}, "label_image: This field is required."),
        ({"label_image": (BytesIO(b"text"), "label.txt")}, "label_image: PNG only."),
        ({"label_image": (BytesIO(b"x" * 1001), "l.png")}, "label_image: File must be between"),
        ({"csrf_token": "forged"}, "csrf_token: The CSRF token is invalid."),
        ({"csrf_token": ""}, "csrf_token: The CSRF token is missing."),
    ],
    ids=lambda value: value.partition(":")[2].strip()[:20] if isinstance(value, str) else "",
)
def test_each_mistake_is_named(client: FlaskClient, change: dict[str, Any], complaint: str) -> None:
    """A form that does not validate is shown again, with the reason beside the field."""
    token = read_token(client.get("/parcel").text)
    answer = client.post("/parcel", data=fill(token, **change))

    assert answer.status_code == 200
    assert complaint in answer.text


def test_a_token_belongs_to_its_session(client: FlaskClient) -> None:
    """Another browser's token is refused."""
    token = read_token(client.get("/parcel").text)
    stranger = client.application.test_client()
    stranger.get("/parcel")

    assert "tokens do not match" in stranger.post("/parcel", data=fill(token)).text


def test_json_fills_a_form(client: FlaskClient) -> None:
    """A JSON body is form data too, and `meta` switches the token off."""
    assert client.post("/note", json={"text": "by bicycle"}).json == {"text": "by bicycle"}
    assert client.post("/note", json={}).json == {"text": ["This field is required."]}


def test_csrf_protect_guards_every_view(tmp_path: Path) -> None:
    """`CSRFProtect` refuses each unsafe request without token, also without a form."""
    app = create_office(tmp_path)
    CSRFProtect(app)
    app.add_url_rule("/token", view_func=generate_csrf)
    client = app.test_client()

    assert client.post("/note", json={"text": "x"}).status_code == 400
    token = client.get("/token").text
    headers = {"X-CSRFToken": token}
    assert client.post("/note", json={"text": "x"}, headers=headers).json == {"text": "x"}


def test_exempt_views_and_blueprints_stay_open(tmp_path: Path) -> None:
    """`exempt` takes a view, a blueprint, or its name, and leaves the rest guarded."""
    app = create_office(tmp_path)
    protect = CSRFProtect()
    protect.init_app(app)
    hooks = Blueprint("hooks", __name__, url_prefix="/hooks")
    hooks.add_url_rule("/a", "a", lambda: "a", methods=["POST"])
    app.register_blueprint(hooks)
    protect.exempt(hooks)
    app.add_url_rule("/b", "b", protect.exempt(take_callback), methods=["POST"])
    client = app.test_client()

    assert client.post("/hooks/a").text == "a"
    assert client.post("/b").text == "taken"
    assert client.post("/note").status_code == 400


def test_a_csrf_failure_reaches_its_error_handler(tmp_path: Path) -> None:
    """`CSRFError` is an HTTP exception with a handler of its own."""
    app = create_office(tmp_path)
    CSRFProtect(app)

    @app.errorhandler(CSRFError)
    def explain(error: CSRFError) -> tuple[str, int]:
        return f"Refused: {error.description}", 419

    answer = app.test_client().post("/note", data={"text": "x"})

    assert (answer.status_code, answer.text) == (419, "Refused: The CSRF token is missing.")


def test_https_demands_a_referrer_of_the_same_host(tmp_path: Path) -> None:
    """On a secure connection the referrer is checked too."""
    app = create_office(tmp_path)
    CSRFProtect(app)
    app.add_url_rule("/token", view_func=generate_csrf)
    client = app.test_client()
    secure = {"base_url": "https://office.example", "data": {"text": "x"}}
    token = client.get("/token", base_url="https://office.example").text

    def post(**headers: str) -> Any:
        return client.post("/note", headers={"X-CSRFToken": token, **headers}, **secure)

    assert "referrer header is missing" in post().text
    assert "does not match the host" in post(Referer="https://evil.example/").text
    assert post(Referer="https://office.example/form").json == {"text": "x"}


def test_a_token_expires(tmp_path: Path) -> None:
    """A token older than the limit given to `validate_csrf` is refused."""
    with create_office(tmp_path).test_request_context():
        token = generate_csrf()
        validate_csrf(token)
        with pytest.raises(ValidationError, match="expired"):
            validate_csrf(token, time_limit=-1)


def test_own_field_name_key_and_data_source_are_used(tmp_path: Path) -> None:
    """The configured name and key and an overridden `Meta.wrap_formdata` take effect."""
    app = create_office(tmp_path, WTF_CSRF_FIELD_NAME="proof", WTF_CSRF_SECRET_KEY="other key")

    class QueryForm(NoteForm):
        class Meta(NoteForm.Meta):
            def wrap_formdata(self, form: FlaskForm, formdata: Any) -> Any:
                return request.args

    with app.test_request_context("/?text=from+the+query", method="POST"):
        form = QueryForm()
        assert form.text.data == "from the query"
        assert "proof" in form
        token = generate_csrf()
        assert session["proof"]
        assert g.proof == token


def test_without_secret_key_the_form_says_what_is_missing() -> None:
    """CSRF protection without a secret key names the key."""
    app = Flask(__name__)
    with app.test_request_context(), pytest.raises(RuntimeError, match="secret key"):
        NoteForm()
