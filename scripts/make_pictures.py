"""Pictures of the window for README and docs: the sizes and themes that people have, without a display.

usage: .venv/bin/python scripts/make_pictures.py [FOLDER]
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMAND = Path(sys.executable).with_name("lanescope")
SCENARIO = ("--workload", "resnet50", "--precision", "int8", "--strategy", "depth-first", "--device", "sim:h100-sxm")

#: Name, batch, size, scale.
PICTURES = (
    ("window-1280x720", 128, "1280x720", 1),
    ("window-1920x1080", 128, "1920x1080", 1),
    ("window-2x", 128, "1280x720", 2),
    ("window-batch-1", 1, "1280x720", 1),
)


def main() -> None:
    """Write every picture in both themes."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    for name, batch, size, scale in PICTURES:
        for theme in ("light", "dark"):
            target = folder / f"{name}-{theme}.png"
            words = ["view", *SCENARIO, "--batch", batch, "--size", size, "--scale", scale, "--theme", theme]
            command = [str(COMMAND), *map(str, words), "--screenshot", str(target)]
            subprocess.run(command, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}, check=True, timeout=300)
            print(target)


if __name__ == "__main__":
    main()
