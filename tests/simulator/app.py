"""The ASGI application: routes, and how an answer travels, in one piece or spoiled."""

from __future__ import annotations

import asyncio
import socket
import struct

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from tests.simulator.endpoints.unknown import refuse_unknown
from tests.simulator.fault_kinds import Spoiled
from tests.simulator.messages import Answer, Received, json_answer
from tests.simulator.operations import OPERATIONS, Operation
from tests.simulator.state import Simulator

TRANSPORT = "simulator.transport"
"""Where the server leaves the connection, for faults that break it."""
HEADERS_OF_INTEREST = frozenset(
    {b"accept", b"accept-encoding", b"authorization", b"content-type", b"from", b"user-agent"}
)
UNKNOWN = Operation("/{path:path}", None, refuse_unknown, timely=True)
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def application(simulator: Simulator) -> Starlette:
    """Return the application that answers for *simulator*."""
    routes = [
        Route(each.path, Endpoint(simulator, each), methods=[each.method]) for each in OPERATIONS
    ]
    unknown = Route(UNKNOWN.path, Endpoint(simulator, UNKNOWN), methods=METHODS)
    return Starlette(routes=[*routes, unknown])


class Endpoint:
    """The ASGI side of one operation."""

    def __init__(self, simulator: Simulator, operation: Operation) -> None:
        self.simulator = simulator
        self.operation = operation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await received(scope, receive)
        self.simulator.receive(request)
        if self.simulator.latency:
            await asyncio.sleep(self.simulator.latency)
        await deliver(self._answer(request, scope), scope, receive, send)

    def _answer(self, request: Received, scope: Scope) -> Answer:
        try:
            return self.simulator.answer(self.operation, request, scope["path_params"])
        except Exception as error:  # noqa: BLE001 - kept for whoever runs the simulator
            self.simulator.crashes.append(error)
            return json_answer({"error": {"message": f"the simulator failed: {error!r}"}}, 500)


async def received(scope: Scope, receive: Receive) -> Received:
    """Return the request that *scope* opens, with its body."""
    headers = {
        name.decode("ascii"): value.decode("latin-1")
        for name, value in scope["headers"]
        if name in HEADERS_OF_INTEREST
    }
    body = b"" if scope["method"] == "GET" else await read_body(receive)
    query = scope["query_string"].decode("latin-1")
    return Received(scope["method"], scope["path"], query, headers, body)


async def read_body(receive: Receive) -> bytes:
    """Return the body of a request."""
    body = bytearray()
    while True:
        message: Message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


async def deliver(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
    """Send an answer, in the manner in which it is spoiled if it is."""
    manner = answer.manner if isinstance(answer, Spoiled) else ""
    match manner:
        case "reset":
            await reset(scope, receive)
        case "silent":
            await disconnected(receive)
        case "cut":
            await cut(answer, scope, receive, send)
        case "drip" if isinstance(answer, Spoiled):
            await drip(answer, send)
        case "slow" if isinstance(answer, Spoiled):
            await asyncio.sleep(answer.seconds)
            await response(answer)(scope, receive, send)
        case _:
            await response(answer)(scope, receive, send)


def response(answer: Answer) -> Response:
    """Return the Starlette response for an answer."""
    return Response(answer.body, answer.status, answer.headers, answer.content_type)


async def disconnected(receive: Receive) -> None:
    """Wait until the reader has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def reset(scope: Scope, receive: Receive) -> None:
    """Break the connection with a TCP reset."""
    transport: asyncio.Transport = scope["extensions"][TRANSPORT]
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    transport.abort()
    await disconnected(receive)


async def open_response(answer: Answer, send: Send) -> None:
    """Send status and headers, with the true length of the body."""
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})


async def cut(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
    """Send half of the body and close the connection."""
    await open_response(answer, send)
    half = answer.body[: len(answer.body) // 2]
    await send({"type": "http.response.body", "body": half, "more_body": True})
    scope["extensions"][TRANSPORT].close()
    await disconnected(receive)


async def drip(answer: Spoiled, send: Send) -> None:
    """Send the body byte by byte, with a pause after each."""
    await open_response(answer, send)
    for number in range(len(answer.body)):
        byte = answer.body[number : number + 1]
        await send({"type": "http.response.body", "body": byte, "more_body": True})
        await asyncio.sleep(answer.seconds)
    await send({"type": "http.response.body", "body": b"", "more_body": False})
