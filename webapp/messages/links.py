"""Links in mails that work without signing in: signed, and good for one purpose only."""

from __future__ import annotations

from itsdangerous import BadSignature, URLSafeSerializer

from webapp.core.errors import NotFound

_SALT = "notice-unsubscribe"


def unsubscribe_path(key: str, person_id: int, kind: str) -> str:
    """Where mail of this kind is switched off for this person."""
    return f"/unsubscribe/{URLSafeSerializer(key, salt=_SALT).dumps([person_id, kind])}"


def read_unsubscribe(key: str, token: str) -> tuple[int, str]:
    """Person and kind of a link; a forged or damaged one is not found."""
    try:
        person_id, kind = URLSafeSerializer(key, salt=_SALT).loads(token)
    except (BadSignature, ValueError, TypeError):
        raise NotFound from None
    return int(person_id), str(kind)
