"""Sessions that live on the server; the browser holds a random id and nothing else.

A signed cookie would show its contents to whoever holds the browser, could not be ended by signing
out, and would lose what two parallel answers write. Kept in memory here: replace `Shelf` with your
own store, and keep the rules that `renew` and `end` state.
"""

import hashlib
import hmac
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin

IDLE_S = 3600
LIFETIME_S = 8 * 3600
MOST_SESSIONS = 10_000


class Shelf:
    """Session contents by key, the least recently used first; bounded, safe between threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[dict[str, Any], float, float]] = OrderedDict()

    def find(self, key: str) -> dict[str, Any] | None:
        """Return the contents, shared with every request of this session, unless it has ended."""
        with self._lock:
            if key not in self._kept:
                return None
            contents, begun, used = self._kept.pop(key)
            now = self._clock()
            if now - used >= IDLE_S or now - begun >= LIFETIME_S:
                return None
            self._kept[key] = (contents, begun, now)
            return contents

    def put(self, key: str, contents: dict[str, Any]) -> None:
        with self._lock:
            now = self._clock()
            self._kept[key] = (contents, now, now)
            while len(self._kept) > MOST_SESSIONS:
                self._kept.popitem(last=False)

    def drop(self, key: str) -> None:
        with self._lock:
            self._kept.pop(key, None)


class ServerSession(SessionMixin):
    """One request's hold on a session. `id` is None until something is kept."""

    def __init__(self, session_id: str | None, contents: dict[str, Any]) -> None:
        self.id = session_id
        self.left_behind: list[str] = []
        self._contents = contents

    def renew(self) -> None:
        """Begin an empty session under a new id; the old id stops working.

        Called at every sign-in, so that an id which somebody planted or saw before is worth nothing
        after (session fixation). A new mapping, because parallel requests still hold the old one.
        """
        if self.id:
            self.left_behind.append(self.id)
        self.id, self._contents = None, {}

    end = renew

    def contents(self) -> dict[str, Any]:
        return self._contents

    def __getitem__(self, name: str) -> Any:
        return self._contents[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._contents[name] = value

    def __delitem__(self, name: str) -> None:
        del self._contents[name]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._contents))

    def __len__(self) -> int:
        return len(self._contents)


class ServerSessions(SessionInterface):
    """Opens and keeps sessions for Flask."""

    def __init__(self, secret_key: bytes, clock: Callable[[], float], *, https: bool) -> None:
        self._secret_key = secret_key
        self._shelf = Shelf(clock)
        self._https = https
        # A browser sends a __Host- cookie to this very host only, and never in the clear.
        self._cookie = "__Host-demo" if https else "keybound_demo"

    def open_session(self, app: Flask, request: Request) -> ServerSession:
        session_id = request.cookies.get(self._cookie, "")
        contents = self._shelf.find(self._key(session_id)) if session_id else None
        # An id that is not ours is never adopted: it gets an empty session without an id.
        return ServerSession(session_id, contents) if contents is not None else _empty()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        assert isinstance(session, ServerSession)
        for session_id in session.left_behind:
            self._shelf.drop(self._key(session_id))
        if session.id is None and session:
            session.id = secrets.token_urlsafe(32)
            self._shelf.put(self._key(session.id), session.contents())
            response.set_cookie(
                self._cookie,
                session.id,
                httponly=True,
                secure=self._https,
                samesite="Lax",
                path="/",
            )
        elif session.left_behind:
            response.delete_cookie(self._cookie, httponly=True, secure=self._https, samesite="Lax")

    def _key(self, session_id: str) -> str:
        """A copy of the store holds no id that a browser could send."""
        return hmac.new(self._secret_key, session_id.encode(), hashlib.sha256).hexdigest()


def _empty() -> ServerSession:
    return ServerSession(None, {})
