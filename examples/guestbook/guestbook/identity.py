"""Who is asking: the account behind a request, found by a token in the signed session."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, ParamSpec

from flask import flash, g, redirect, session, url_for

from .accounts import Account, find_account
from .languages import gettext as _
from .security import renew_session, this_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.typing import ResponseReturnValue

P = ParamSpec("P")


def current_account() -> Account | None:
    """Return who is signed in, asking the database once per request."""
    if "account" not in g:
        token = session.get("session_token")
        g.account = find_account(token) if token else None
    account: Account | None = g.account
    return account


def sign_in(account: Account) -> None:
    """Make this visitor the account's owner, in a fresh session."""
    renew_session()
    session["session_token"] = account.session_token
    g.account = account


def sign_out() -> None:
    """Make this visitor anonymous, in a fresh session."""
    renew_session()
    g.account = None


def sign_in_required(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Send visitors who are not signed in to do so, and back afterwards."""

    @functools.wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if current_account() is None:
            flash(_("Please sign in first."), "info")
            return redirect(url_for("account.sign_in", next=this_page()))
        return view(*args, **kwargs)

    return guarded


def init_app(app: Flask) -> None:
    """Let templates ask who is signed in."""
    app.add_template_global(current_account)
