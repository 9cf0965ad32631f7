"""How the processes of a role get memory from the operating system, as settings in their environment."""

from __future__ import annotations

#: One thread adds and sorts numbers: a pool of threads per process costs memory and start-up for nothing.
_ALL = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

#: A reader takes gigabytes piece by piece, mostly for a moment, and ends with its job. What it gave back and takes
#: again would come as fresh pages each time, which cost more than the work on them, above all as huge pages of a
#: virtual machine, whose host has to find them first. So it keeps what it has in one heap until it ends (settings of
#: glibc; other C libraries pass over them) and takes pages of the usual size.
_KEEPING = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(1 << 40),
    "NUMPY_MADVISE_HUGEPAGE": "0",
}

#: The role that reads files.
_READER = "open"


def settings_of(role: str) -> dict[str, str]:
    """What the environment of a role's processes says in addition."""
    return {**_ALL, **_KEEPING} if role == _READER else dict(_ALL)
