"""The text of a file in blocks, whatever it is packed in: plain, gzip (several members too) or zstandard."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from profiler.errors import TraceReadError
from profiler.io.ahead import ahead
from profiler.io.files import HEAD_BYTES, opened, written
from profiler.io.watch import current

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
#: Small enough that the objects made of one block stay in the processor's cache.
BLOCK_BYTES = 1 << 18
_PACKED_BYTES = 1 << 17
#: Longest text that is read whole.
_LARGEST_BYTES = 1 << 30
#: Text is at most this many times as long as its packing. Traces of profilers are 8 to 30 times as long.
MOST_GROWTH = 100
#: The same for formats that are read as a whole, whose objects take many times the memory of their text.
MOST_GROWTH_WHOLE = 25
#: Added to the size of a file that is judged so: small ones may hold what is written once in any file.
_FREE_BYTES = 1 << 16


class GrowthError(TraceReadError):
    """A packed file that unpacks to far more than any trace does."""


class TextBlocks:
    """Iterates over the unpacked text of a file, a block at a time, so that no bomb fills the memory.

    The next block is read and unpacked while the last one is used. `Watch` hears of each.

    Parameters
    ----------
    path : Path
    block_bytes : int
        Size of a block at most.
    most_growth : int
        Text beyond so many times its packing is refused with a `GrowthError`: a few packed bytes can stand for any
        number of events.

    Attributes
    ----------
    truncated : bool
        The packed stream stopped before its end. Known once the iteration has ended.
    """

    def __init__(self, path: Path, block_bytes: int = BLOCK_BYTES, *, most_growth: int = MOST_GROWTH) -> None:
        self.truncated = False
        self._path = path
        self._block_bytes = block_bytes
        self._taken = self._total = 0
        self._most_growth = most_growth

    def __iter__(self) -> Iterator[bytes]:
        watch = current()
        for block in ahead(self.here()):
            watch.step(self._taken, self._total)
            yield block

    def here(self) -> Iterator[bytes]:
        """The blocks, made in the thread that asks for them, and nobody told."""
        with opened(self._path) as file:
            self._total = os.fstat(file.fileno()).st_size
            head = file.read(4)
            file.seek(0)
            if head.startswith(GZIP_MAGIC):
                yield from self._gzip(file)
            elif head.startswith(ZSTD_MAGIC):
                yield from self._zstd(file)
            else:
                while block := file.read(self._block_bytes):
                    self._taken += len(block)
                    yield block

    def _gzip(self, file: BinaryIO) -> Iterator[bytes]:
        packed, done, inflater = b"", 0, zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            while packed := packed or file.read(_PACKED_BYTES):
                if block := inflater.decompress(packed, self._block_bytes):
                    done += len(block)
                    self._taken = file.tell()
                    self._check_growth(done)
                    yield block
                packed = inflater.unconsumed_tail
                if inflater.eof:
                    packed = inflater.unused_data or file.read(_PACKED_BYTES)
                    if not packed.startswith(GZIP_MAGIC[: len(packed)]):
                        return  # padding after the last member, which gzip ignores too
                    if packed:
                        inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
        except zlib.error as error:
            raise self._damaged("gzip", done, error) from error
        if tail := inflater.flush():
            yield tail
        self.truncated = not inflater.eof

    def _zstd(self, file: BinaryIO) -> Iterator[bytes]:
        import pyarrow as pa

        # Small reads: what a cut stream had unpacked within one read is lost with it.
        parts: list[bytes] = []
        done = 0
        try:
            with pa.CompressedInputStream(pa.PythonFile(file, "r"), "zstd") as stream:
                while part := stream.read(_PACKED_BYTES):
                    parts.append(bytes(part))
                    done += len(part)
                    self._taken = file.tell()
                    self._check_growth(done)
                    if len(parts) * _PACKED_BYTES >= self._block_bytes:
                        yield b"".join(parts)
                        parts = []
        except OSError as error:
            if "runcated" not in str(error):
                raise self._damaged("zstandard", done, error) from error
            self.truncated = True
        if parts:
            yield b"".join(parts)

    def _check_growth(self, done: int) -> None:
        if done > self._most_growth * (self._path.stat().st_size + _FREE_BYTES):
            raise GrowthError(
                f"grows to more than {self._most_growth} times its size when unpacked, as no trace does",
                where=str(self._path),
                remedy="Record the trace again, or unpack it first.",
            )

    def _damaged(self, packing: str, done: int, error: Exception) -> TraceReadError:
        return TraceReadError(
            f"its {packing} stream is damaged after {done} bytes of text: {error}",
            where=str(self._path),
            remedy="Copy or record the trace again.",
        )


def is_packed(path: Path) -> bool:
    """Whether a file is compressed, in a way that is read here."""
    with opened(path) as file:
        return file.read(4).startswith((GZIP_MAGIC, ZSTD_MAGIC))


def whole_text(path: Path) -> bytes:
    """The unpacked text of a file whose format can be read only as a whole.

    Raises
    ------
    TraceReadError
        It is longer than 1 GiB, or its packing is damaged.
    """
    parts, size = [], 0
    for block in TextBlocks(path, most_growth=MOST_GROWTH_WHOLE):
        parts.append(block)
        size += len(block)
        if size > _LARGEST_BYTES:
            raise TraceReadError(f"is longer than {_LARGEST_BYTES >> 20} MiB, too long for such a file")
    return b"".join(parts)


def text_head(path: Path) -> bytes:
    """The first bytes of the unpacked text; empty where the packing is damaged from the start."""
    try:
        return next(TextBlocks(path).here(), b"")[:HEAD_BYTES]
    except TraceReadError:
        return b""


@contextmanager
def written_text(path: str | os.PathLike[str]) -> Iterator[Callable[[bytes], object]]:
    """A function that writes text, packed as the ending of ``path`` says (.gz, .zst); complete or absent."""
    ending = Path(path).suffix.lower()
    with written(path) as file:
        if ending == ".gz":
            # Level 6 takes half the time of 9 for some 2 % more bytes.
            packer = zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS | 16)
            yield lambda text: file.write(packer.compress(text))
            file.write(packer.flush())
        elif ending == ".zst":
            import pyarrow as pa

            with pa.CompressedOutputStream(pa.PythonFile(file, "w"), "zstd") as stream:
                yield stream.write
        else:
            yield file.write
