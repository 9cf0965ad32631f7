"""Messages over a socket without ever waiting for it: a length of four bytes, then MessagePack."""

from __future__ import annotations

import socket
from typing import Any

import msgspec

_HEADER = 4

#: No message is longer: columns never cross the socket.
LONGEST = 64 << 20


class Gone(Exception):
    """The other side has closed its end."""


class Wire:
    """One end of a socket.

    Parameters
    ----------
    end : socket
        Is made non-blocking where ``blocking`` is false.
    kind : type
        Of the messages that arrive.
    blocking : bool
        Whether `receive` and `send` wait.
    """

    def __init__(self, end: socket.socket, kind: Any, *, blocking: bool) -> None:
        end.setblocking(blocking)
        self._end = end
        self._decoder = msgspec.msgpack.Decoder(kind)
        self._encoder = msgspec.msgpack.Encoder()
        self._arrived = bytearray()
        self._leaving = bytearray()

    def fileno(self) -> int:
        """The number to watch."""
        return self._end.fileno()

    def send(self, message: Any) -> bool:
        """Send a message, or as much of it and of what was left over as fits; whether all has left.

        Raises
        ------
        Gone
        """
        body = self._encoder.encode(message)
        self._leaving += len(body).to_bytes(_HEADER, "little") + body
        return self.flush()

    def flush(self) -> bool:
        """Send what is left over; whether all has left."""
        try:
            while self._leaving:
                del self._leaving[: self._end.send(self._leaving)]
        except BlockingIOError:
            return False
        except OSError as error:
            raise Gone from error
        return True

    def receive(self) -> list[Any]:
        """The messages that have arrived whole; in blocking mode at least one.

        Raises
        ------
        Gone
            The other side closed, or sent what is no message.
        """
        while True:
            try:
                block = self._end.recv(1 << 16)
            except BlockingIOError:
                return []
            except OSError as error:
                raise Gone from error
            if not block:
                raise Gone
            self._arrived += block
            found = self._messages()
            if found or not self._end.getblocking():
                return found

    def close(self) -> None:
        """Close this end. Safe to call twice."""
        self._end.close()

    def _messages(self) -> list[Any]:
        found = []
        start = 0
        while len(self._arrived) - start >= _HEADER:
            length = int.from_bytes(self._arrived[start : start + _HEADER], "little")
            if length > LONGEST:
                raise Gone
            if len(self._arrived) - start - _HEADER < length:
                break
            try:
                found.append(self._decoder.decode(self._arrived[start + _HEADER : start + _HEADER + length]))
            except msgspec.MsgspecError as error:
                raise Gone from error
            start += _HEADER + length
        del self._arrived[:start]
        return found
