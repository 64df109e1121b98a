"""A local Bot API server: long polling, sending, deleting; and every way it can fail.

It knows nothing of the code under test: it speaks HTTP as Telegram's documentation describes.
Faults are planned per method: ``server.plan("sendMessage", Fault(status=429, retry_after=1))``,
or come as `weather`. With a `limit` it counts what is sent in each second, as Telegram does, and
answers 429 beyond it.
"""

from __future__ import annotations

import asyncio
import bisect
import contextlib
import email
import json
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TOKEN = "123456:test-token-never-logged"
LONG_POLL = 0.3  # seconds a poll waits here at most; Telegram waits as long as it is asked


@dataclass(frozen=True)
class Fault:
    """One planned failure: an HTTP status, or `hang` seconds of silence (a time-out).

    With `done` the call takes effect before it fails: the answer is lost, not the message.
    """

    status: int = 0
    description: str = ""
    retry_after: int | None = None
    hang: float = 0.0
    done: bool = False


@dataclass
class BotApi:
    """The server and everything it saw. `calls` are ``(method, parameters)`` in order."""

    port: int = 0
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    messages: dict[int, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    deleted: set[tuple[int, int]] = field(default_factory=set)
    too_old: set[int] = field(default_factory=set)
    faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    weather: Callable[[str, dict[str, Any]], Fault | None] = lambda method, parameters: None
    limit: int = 0
    refused: int = 0  # calls beyond the limit
    stamps: list[float] = field(default_factory=list)  # monotonic moment of every message
    files: dict[str, bytes] = field(default_factory=dict)
    next_message: int = 1000
    next_update: int = 1

    @property
    def url(self) -> str:
        """Where the Bot API is, without the token."""
        return f"http://127.0.0.1:{self.port}"

    def plan(self, method: str, *faults: Fault) -> None:
        """Fail the next calls of `method` in this order."""
        self.faults[method].extend(faults)

    # --- what people do -----------------------------------------------------------------------

    def _push(self, update: dict[str, Any]) -> dict[str, Any]:
        update = {"update_id": self.next_update, **update}
        self.next_update += 1
        self.updates.append(update)
        return update

    def _message(self, chat: int, **parts: Any) -> dict[str, Any]:
        self.next_message += 1
        person = {"id": chat, "is_bot": False, "first_name": "Người"}
        return {
            "message_id": self.next_message,
            "date": int(time.time()),
            "chat": {"id": chat, "type": "private", "first_name": "Người"},
            "from": person,
            **parts,
        }

    def says(self, chat: int, text: str) -> dict[str, Any]:
        """A person writes; returns the update, so that it can be delivered twice."""
        message = self._message(chat, text=text)
        if text.startswith("/"):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text)}]
        return self._push({"message": message})

    def shares(self, chat: int, lat: float, lon: float) -> dict[str, Any]:
        """A person sends a point."""
        message = self._message(chat, location={"latitude": lat, "longitude": lon})
        return self._push({"message": message})

    def sends_voice(self, chat: int) -> dict[str, Any]:
        """A person sends a voice message."""
        voice = {"file_id": "v", "file_unique_id": "v", "duration": 3}
        return self._push({"message": self._message(chat, voice=voice)})

    def taps(self, chat: int, message: dict[str, Any], data: str) -> dict[str, Any]:
        """A person taps a choice under a message of the bot."""
        query = {
            "id": str(self.next_update),
            "from": {"id": chat, "is_bot": False, "first_name": "Người"},
            "chat_instance": "1",
            "message": message,
            "data": data,
        }
        return self._push({"callback_query": query})

    def blocks(self, chat: int) -> dict[str, Any]:
        """A person blocks the bot."""
        user = {"id": 99, "is_bot": True, "first_name": "An Tâm"}
        change = {
            "chat": {"id": chat, "type": "private"},
            "from": {"id": chat, "is_bot": False, "first_name": "Người"},
            "date": int(time.time()),
            "old_chat_member": {"user": user, "status": "member"},
            "new_chat_member": {"user": user, "status": "kicked", "until_date": 0},
        }
        return self._push({"my_chat_member": change})

    def again(self, update: dict[str, Any]) -> None:
        """The same update is delivered once more."""
        self.updates.append({**update, "_again": True})

    # --- what the bot did ---------------------------------------------------------------------

    def sent(self, chat: int) -> list[dict[str, Any]]:
        """The bot's messages in a chat, in order."""
        return list(self.messages[chat])

    def texts(self, chat: int) -> list[str]:
        """The words of the bot's messages in a chat, those under pictures too."""
        return [
            m.get("text") or m["caption"] for m in self.sent(chat) if "text" in m or "caption" in m
        ]

    def count(self, method: str) -> int:
        """How often a method was called."""
        return sum(1 for name, _ in self.calls if name == method)

    def all_answered(self) -> bool:
        """Whether the bot has confirmed every update, which it does when its answer is out."""
        return not self.updates

    # --- the server ---------------------------------------------------------------------------

    async def handle(self, request: Request) -> Response:
        token, method = request.path_params["token"], request.path_params["method"]
        if token != TOKEN:
            return _error(401, "Unauthorized")
        parameters = await _parameters(request)
        self.calls.append((method, parameters))
        fault = self.faults[method].popleft() if self.faults[method] else None
        fault = fault or self.weather(method, parameters)
        if fault is not None:
            if fault.done:
                self._do(method, parameters)
            if fault.hang:
                await asyncio.sleep(fault.hang)
            return _error(fault.status or 500, fault.description or "planned", fault.retry_after)
        if method == "getUpdates":
            return await self._poll(parameters)
        if method.startswith("send") and not self._allowed():
            self.refused += 1
            return _error(429, "Too Many Requests: retry after 1", 1)
        return self._do(method, parameters)

    def _allowed(self) -> bool:
        now = time.monotonic()
        within = len(self.stamps) - bisect.bisect_left(self.stamps, now - 1.0)
        if self.limit and within >= self.limit:
            return False
        self.stamps.append(now)
        return True

    async def _poll(self, parameters: dict[str, Any]) -> Response:
        offset = int(parameters.get("offset") or 0)
        until = time.monotonic() + min(float(parameters.get("timeout") or 0), LONG_POLL)
        while True:
            # A repeated update stands behind the offset; Telegram would still send it.
            self.updates = [u for u in self.updates if u["update_id"] >= offset or u.get("_again")]
            if self.updates or time.monotonic() >= until:
                batch = self.updates[:100]
                # What is not confirmed by a higher offset is given out again.
                self.updates = [u for u in batch if not u.get("_again")] + self.updates[100:]
                found = [{k: v for k, v in u.items() if k != "_again"} for u in batch]
                return JSONResponse({"ok": True, "result": found})
            await asyncio.sleep(0.01)

    def _do(self, method: str, parameters: dict[str, Any]) -> Response:
        act = getattr(self, f"_{method}", None)
        if act is None:
            return _error(400, f"Bad Request: {method} is not emulated")
        result = act(parameters)
        return result if isinstance(result, Response) else _ok(result)

    def _getMe(self, _: dict[str, Any]) -> Any:
        return {"id": 99, "is_bot": True, "first_name": "An Tâm", "username": "antam_test_bot"}

    def _setMyCommands(self, _: dict[str, Any]) -> Any:
        return True

    def _answerCallbackQuery(self, _: dict[str, Any]) -> Any:
        return True

    def _sendMessage(self, parameters: dict[str, Any]) -> Any:
        text = parameters.get("text", "")
        if not text or len(text) > 4096:
            return _error(400, "Bad Request: message is too long")
        return self._post(parameters, text=text)

    def _sendPhoto(self, parameters: dict[str, Any]) -> Any:
        photo = parameters.get("photo", "")
        if len(parameters.get("caption", "")) > 1024:
            return _error(400, "Bad Request: message caption is too long")
        if isinstance(photo, bytes):
            name, photo = f"photo-{len(self.files)}", photo
            self.files[name] = photo
        elif photo in self.files:
            name = photo
        else:
            return _error(400, "Bad Request: wrong file identifier/HTTP URL specified")
        size = {"file_id": name, "file_unique_id": name, "width": 1200, "height": 630}
        return self._post(parameters, caption=parameters.get("caption", ""), photo=[size])

    def _sendContact(self, parameters: dict[str, Any]) -> Any:
        contact = {k: parameters[k] for k in ("phone_number", "first_name")}
        return self._post(parameters, contact=contact)

    def _sendVenue(self, parameters: dict[str, Any]) -> Any:
        venue = {k: parameters.get(k) for k in ("latitude", "longitude", "title", "address")}
        if not (venue["title"] and venue["address"]):
            return _error(400, "Bad Request: venue title and address must be non-empty")
        location = {k: venue.pop(k) for k in ("latitude", "longitude")}
        return self._post(parameters, venue={**venue, "location": location}, location=location)

    def _post(self, parameters: dict[str, Any], **parts: Any) -> Any:
        chat = int(parameters["chat_id"])
        self.next_message += 1
        message: dict[str, Any] = {
            "message_id": self.next_message,
            "date": int(time.time()),
            "chat": {"id": chat, "type": "private"},
            "from": {"id": 99, "is_bot": True, "first_name": "An Tâm"},
            **parts,
        }
        board = parameters.get("reply_markup")
        if board and "inline_keyboard" in board:
            for row in board["inline_keyboard"]:
                for button in row:
                    if len(button["callback_data"].encode()) > 64:
                        return _error(400, "Bad Request: BUTTON_DATA_INVALID")
            message["reply_markup"] = board
        now = time.monotonic()
        silent = bool(parameters.get("disable_notification"))
        self.messages[chat].append({**message, "board": board, "silent": silent, "at": now})
        return message

    def _deleteMessages(self, parameters: dict[str, Any]) -> Any:
        chat, numbers = int(parameters["chat_id"]), parameters["message_ids"]
        if len(numbers) > 100:
            return _error(400, "Bad Request: too many messages")
        if any(n in self.too_old for n in numbers):
            return _error(400, "Bad Request: message can't be deleted")
        self.deleted |= {(chat, n) for n in numbers}
        return True

    def _deleteMessage(self, parameters: dict[str, Any]) -> Any:
        chat, number = int(parameters["chat_id"]), int(parameters["message_id"])
        if number in self.too_old:
            return _error(400, "Bad Request: message can't be deleted")
        self.deleted.add((chat, number))
        return True


async def _parameters(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").startswith("application/json"):
        found: dict[str, Any] = await request.json()
        return found
    body = await request.body()
    files: dict[str, Any] = {}
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        form, files = _parts(request.headers["content-type"], body)
    else:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    out: dict[str, Any] = {}
    for key, value in form.items():
        with contextlib.suppress(ValueError, TypeError):
            out[key] = json.loads(str(value))
            if isinstance(out[key], list | dict | int | float | bool):
                continue
        out[key] = str(value)
    # A file is named ``attach://part`` where it belongs.
    return {k: files.get(str(v).removeprefix("attach://"), v) for k, v in (out | files).items()}


def _parts(kind: str, body: bytes) -> tuple[dict[str, str], dict[str, Any]]:
    """The fields and the files of a multipart form."""
    form, files = {}, {}
    message = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    for part in message.walk():
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(payload, bytes):
            continue
        if part.get_filename() is None:
            form[name] = payload.decode()
        else:
            files[name] = payload
    return form, files


def _ok(result: Any) -> Response:
    return JSONResponse({"ok": True, "result": result})


def _error(status: int, description: str, retry_after: int | None = None) -> Response:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if retry_after is not None:
        body["parameters"] = {"retry_after": retry_after}
    return JSONResponse(body, status)


@contextlib.contextmanager
def bot_api() -> Any:
    """A running server on a free port of the loopback, in a thread of its own."""
    api = BotApi()
    route = Route("/bot{token:str}/{method:str}", api.handle, methods=["GET", "POST"])
    config = uvicorn.Config(
        Starlette(routes=[route]),
        host="127.0.0.1",
        port=0,
        log_config=None,
        access_log=False,
        # An idle connection is given up by the client first, as it is with a real server's minute:
        # given up by both in the same instant, a call would be lost on the way.
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,  # what still hangs then is called off
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    api.port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield api
    finally:
        server.should_exit = True
        thread.join(timeout=10)
