"""Who may see the pages: on this machine everybody, beyond it those who logged in and are on the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from frontend.resources import settings
from frontend.sessions import admitted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_HOW = "https://docs.streamlit.io/develop/concepts/connections/authentication"


def ask() -> bool:
    """Return whether somebody may see the pages; if not, show what is needed for it."""
    if not _may_see():
        return False
    if context := get_script_run_ctx():
        admitted().add(context.session_id)
    return True


def _may_see() -> bool:
    if settings().on_this_machine_only:
        return True
    logged_in = st.user.get("is_logged_in")
    if logged_in is None:
        st.title("Sentiment Loop")
        st.error("These pages can be reached from other machines, and no login is set up for them.")
        st.markdown(f"Set up [Streamlit's login]({_HOW}) as `docs/pages.md` says, and start the server again.")
        return False
    if logged_in and allows(settings().users, st.user.to_dict()):
        return True
    st.title("Sentiment Loop")
    if logged_in:
        st.error("You are logged in, and not on the list of those who may use these pages (FRONTEND_USERS).")
        st.button("Log out", on_click=st.logout)
    else:
        st.button("Log in", type="primary", on_click=st.login)
    return False


def allows(users: Sequence[str], claims: Mapping[str, object]) -> bool:
    """Return whether somebody is on the list.

    Args:
        users: E-mail addresses, `@domain` for all of a domain, `*` for everybody whom the identity provider knows.
        claims: What the identity provider says of who logged in. An address that it has not verified counts for
            nothing.
    """
    if "*" in users:
        return True
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") is not True:
        return False
    address = email.lower()
    return any(address == user or (user.startswith("@") and address.endswith(user)) for user in map(str.lower, users))
