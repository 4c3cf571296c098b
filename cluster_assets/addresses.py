"""Addresses of databases and model servers: whether they can be read, and what may be shown. Pure.

An address may hold a password, a token or a signature. What is shown is host and path (of a
database also its user) and never the rest. An address that can be read in two ways is refused: one
reading would show a part of the password as the host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

UNREADABLE = "an address that cannot be read"
_ENCODE = (
    "holds more than one `@`, or one after the host: percent-encode user name, password and query"
    " (`@` is `%40`, `/` is `%2F`, `:` is `%3A`, `?` is `%3F`, `#` is `%23`)"
)


def check_api_address(address: str) -> str:
    """Return the address of a model server without blanks around it.

    User info and a query are refused: the libraries that ask send a key in a header, cannot send
    user info beside it, and put the path of a request behind the query.

    Raises:
        ValueError: it cannot be used; the message does not hold the address.
    """
    address = address.strip()
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:  # its message holds a part of the address
        parts = None
    is_split = parts is not None and "@" in parts.netloc
    if address.count("@") > 1 or ("@" in address and not is_split):
        raise ValueError(_ENCODE)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must look like `https://host/path` or `http://host:port/path`")
    if "@" in parts.netloc:
        raise ValueError(
            "must not hold a user name or password; a model server takes a key, which goes into"
            " `OPENAI_API_KEY` or the variable of its provider"
        )
    if parts.query or parts.fragment:
        raise ValueError("must end with its path; what follows `?` or `#` would not be sent")
    return address


def shown_api_address(address: str) -> str:
    """Return the address of a model server as people may see it; a refused one is not shown."""
    try:
        return check_api_address(address).rstrip("/")
    except ValueError:
        return UNREADABLE


def check_database_url(url: str) -> None:
    """Check that an SQLAlchemy URL can be read in one way only.

    Raises:
        ValueError: it cannot; the message does not hold the URL.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # a port that is no number: the message holds a part
        parsed = None
    if parsed is not None and parsed.drivername.startswith("sqlite"):
        return
    if url.count("@") > 1 or (parsed is not None and "@" in (parsed.database or "")):
        raise ValueError(_ENCODE)
    if parsed is None:
        raise ValueError("must look like `postgresql://user:password@host:port/database`")


def shown_database_url(url: str | URL) -> str:
    """Return an SQLAlchemy URL without password and query, either of which may be secret."""
    from sqlalchemy.engine import make_url

    if isinstance(url, str):
        try:
            check_database_url(url)
        except ValueError:
            return UNREADABLE
    return make_url(url).set(query={}).render_as_string(hide_password=True)
