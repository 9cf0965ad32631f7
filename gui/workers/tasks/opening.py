"""A trace file read, drawn and measured: the picture is handed over before the figures."""

from __future__ import annotations
