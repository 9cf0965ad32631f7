"""Build hook: the CUDA C++ sources of ``kernels/`` travel in real wheels as ``profiler/_kernels``."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class KernelsHook(BuildHookInterface):
    """Adds every ``.cu`` and ``.cuh`` file; an editable install reads ``kernels/`` in place."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Map each source to its place in the wheel."""
        if version == "editable":
            return
        kernels = Path(self.root, "kernels")
        for source in sorted((*kernels.rglob("*.cu"), *kernels.rglob("*.cuh"))):
            build_data["force_include"][str(source)] = f"profiler/_kernels/{source.relative_to(kernels).as_posix()}"
