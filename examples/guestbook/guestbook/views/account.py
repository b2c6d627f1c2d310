"""Pages to sign up, in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request

from ..accounts import NameTakenError, authenticate, create_account
from ..forms import SHORTEST_PASSWORD, SignUpForm, read_name
from ..identity import current_account, sign_in, sign_out
from ..languages import gettext as _
from ..security import safe_path

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("account", __name__)


@blueprint.context_processor
def offer_account_rules() -> dict[str, object]:
    """Tell this blueprint's templates what they need on every page."""
    return {"shortest_password": SHORTEST_PASSWORD, "next": request.values.get("next", "")}


@blueprint.route("/sign-up", methods=["GET", "POST"], endpoint="sign_up")
def sign_up_page() -> ResponseReturnValue:
    """Show the form for a new account, and open the account."""
    form = SignUpForm("", "")
    if request.method == "POST":
        form = SignUpForm.read()
        if not form.errors:
            try:
                account = create_account(form.name, form.password)
            except NameTakenError:
                form.errors["name"] = _("This name is taken. Choose another one.")
            else:
                sign_in(account)
                flash(_("Welcome, %(name)s!", name=account.name), "success")
                return redirect(safe_path(request.form.get("next")))
    return render_template("account/sign_up.html", form=form), 422 if form.errors else 200


@blueprint.route("/sign-in", methods=["GET", "POST"], endpoint="sign_in")
def sign_in_page() -> ResponseReturnValue:
    """Show the form for name and password, and let the right pair in."""
    if current_account():
        return redirect(safe_path(request.values.get("next")))
    errors: dict[str, str] = {}
    name = read_name()
    if request.method == "POST":
        account = authenticate(name, request.form.get("password", ""))
        if account:
            sign_in(account)
            flash(_("Welcome back, %(name)s!", name=account.name), "success")
            return redirect(safe_path(request.form.get("next")))
        errors["name"] = _("Name and password do not match.")  # never which of the two
    page = render_template("account/sign_in.html", name=name, errors=errors)
    return page, 422 if errors else 200


@blueprint.post("/sign-out", endpoint="sign_out")
def sign_out_action() -> ResponseReturnValue:
    """End the session."""
    sign_out()
    flash(_("You are signed out. See you soon!"), "success")
    return redirect(safe_path(None))
