"""The command ``lanescope``: one verb, one file, loaded when the verb is called."""

from __future__ import annotations

import sys
from collections.abc import Sequence

#: Exit code after Ctrl-C.
INTERRUPTED = 130


def main(args: Sequence[str] | None = None) -> int:
    """Exit code of the command line ``args``, by default the process's own; this is what ``lanescope`` runs."""
    try:
        from profiler.cli.app import run
        from profiler.cli.errors import report_unexpected

        sys.excepthook = report_unexpected
        return run(sys.argv[1:] if args is None else args)
    except KeyboardInterrupt:
        # Before or after the verb, which reports its own interruption.
        return INTERRUPTED
