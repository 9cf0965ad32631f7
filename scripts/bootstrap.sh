#!/bin/sh
# Makes .venv hold Lanescope (editable) and what its tests, checks and benchmarks need. Safe to run again: a stamp with
# the checksum of what decides the installation lets the second run end at once, offline too.
#
# Uses uv when it is on PATH, else venv and pip. Installs missing system packages when it may (root, apt-get); else it
# prints the one line to run. PYTHON=/path/to/python3.12 chooses the interpreter.
set -eu
unset CDPATH
cd -- "$(dirname -- "$0")/.."

say() { printf 'lanescope set-up: %s\n' "$*" >&2; }

# A virtual environment cannot be moved, so the stamp's first line is the place.
place=$(pwd -P)
wanted=$(printf '%s\n' "$place" && cat pyproject.toml hatch_build.py scripts/bootstrap.sh | cksum)
stamp=.venv/lanescope.stamp

is_ready() { [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && .venv/bin/python -c '' 2>/dev/null; }

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

can_make_venv() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

# The first interpreter that is new enough and can make an environment, else the first that is new enough.
find_python() {
    for check in can_make_venv true; do
        for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11 /usr/bin/python3; do
            if new_enough "$candidate" && "$check" "$candidate"; then
                printf '%s\n' "$candidate"
                return
            fi
        done
    done
    return 1
}

# The Debian packages of the libraries that Qt's wheels expect of the system and that are missing, on one line.
missing_libraries() {
    known=$({ ldconfig -p || /sbin/ldconfig -p; } 2>/dev/null)
    for pair in libEGL.so.1:libegl1 libGL.so.1:libgl1 libdbus-1.so.3:libdbus-1-3 libfontconfig.so.1:libfontconfig1 \
        libxkbcommon.so.0:libxkbcommon0 libxkbcommon-x11.so.0:libxkbcommon-x11-0 libxcb-cursor.so.0:libxcb-cursor0 \
        libxcb-icccm.so.4:libxcb-icccm4 libxcb-image.so.0:libxcb-image0 libxcb-keysyms.so.1:libxcb-keysyms1 \
        libxcb-render-util.so.0:libxcb-render-util0 libxcb-shape.so.0:libxcb-shape0 libxcb-xkb.so.1:libxcb-xkb1; do
        case "$known" in *"${pair%%:*}"*) ;; *) printf '%s ' "${pair##*:}" ;; esac
    done
    # Without a font every text is a row of empty boxes.
    [ -d /usr/share/fonts/truetype ] || printf 'fonts-dejavu-core '
}

# The Debian packages that are missing, on one line.
missing_packages() {
    command -v git >/dev/null || printf 'git '
    # Builds the CPU stand-ins by which the tests check the CUDA kernels and the driver code.
    command -v g++ >/dev/null || printf 'g++ '
    # Runs Perfetto's trace processor, by which the tests judge the traces that are written.
    command -v node >/dev/null || printf 'nodejs '
    # A screen without a screen, a hand on its mouse and a window manager: the tests drive the real window with them.
    command -v Xvfb >/dev/null || printf 'xvfb '
    command -v xdotool >/dev/null || printf 'xdotool '
    command -v openbox >/dev/null || printf 'openbox '
    missing_libraries
    command -v uv >/dev/null && return
    if ! python=$(find_python); then
        printf 'python3 python3-venv '
    elif ! can_make_venv "$python"; then
        "$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2], end=" ")'
    fi
}

install_packages() {
    packages=$(missing_packages)
    [ -n "$packages" ] || return 0
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        say "these system packages are missing; run: sudo apt-get install -y $packages"
        exit 1
    fi
    say "installing $packages"
    export DEBIAN_FRONTEND=noninteractive
    # The list is words, one a package.
    # shellcheck disable=SC2086
    { apt-get -qq update && apt-get -qq install -y --no-install-recommends $packages; } </dev/null >/dev/null
}

with_uv() {
    command -v uv >/dev/null || return 1
    [ -x .venv/bin/python ] || uv venv --quiet --python "${PYTHON:->=3.11}" .venv || return 1
    uv pip install --quiet --python .venv/bin/python --editable . --group dev
}

with_pip() {
    if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        python=$(find_python) || { say "Python 3.11 or newer is needed; PYTHON=/path/to/python names one"; return 1; }
        rm -rf .venv
        "$python" -m venv .venv || return 1
    fi
    # Dependency groups need pip 25.1.
    .venv/bin/python -m pip install --quiet --no-input --upgrade 'pip>=25.1' &&
        .venv/bin/python -m pip install --quiet --no-input --editable . --group dev
}

if is_ready; then
    exit 0
fi
if [ -e "$stamp" ] && [ "$(head -n 1 "$stamp")" != "$place" ]; then
    rm -rf .venv
elif [ -e .venv ] && ! new_enough .venv/bin/python; then
    rm -rf .venv
fi
install_packages
say "installing into .venv (some minutes the first time)"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_USER=0
if ! with_uv && ! with_pip; then
    say "failed; the lines above say why"
    exit 1
fi
printf '%s\n' "$wanted" >"$stamp"
