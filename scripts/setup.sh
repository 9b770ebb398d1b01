# Sourced by demo, test and bench: sets up a virtual environment, the packages and a browser, if missing.
# shellcheck shell=bash
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
venv="$root/.venv"
python="$venv/bin/python"

# Without its cache of compiled modules, every process that the tests start would compile the program anew.
unset PYTHONDONTWRITEBYTECODE

# What a checkout's .env says of the real ERP and its data is not for the demo, the tests and the bench.
export SETTINGS_FILE=

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else return 1
    fi
}

# is_suitable PROGRAM [, MODULE]: tells whether it is a Python that is new enough and has the module.
is_suitable() {
    command -v "$1" >/dev/null && "$1" -c "import sys${2:-}; sys.exit(sys.version_info < (3, 11))" 2>/dev/null
}

# The distribution's own first: it gets the security updates, and is built with optimisations, without which the tests
# take a tenth longer. Then one that can make a virtual environment by itself.
find_python() {
    local candidate module
    for module in ', ensurepip' ''; do
        for candidate in /usr/bin/python3.{13,12,11,} python3.{13,12,11,}; do
            candidate=${candidate%.}
            if is_suitable "$candidate" "$module"; then
                command -v "$candidate"
                return
            fi
        done
    done
    say "Python 3.11 or newer is needed and was not found: install your distribution's python3"
    return 1
}

make_venv() {
    local system_python
    system_python=$(find_python)
    say "Creating the virtual environment"
    if ! "$system_python" -m venv "$venv" >/dev/null 2>&1; then
        # On Debian and Ubuntu, venv is a separate package.
        rm -rf "$venv"
        as_root apt-get update -qq && as_root apt-get install -y -qq python3-venv >/dev/null ||
            { say "python3-venv is missing: apt-get install python3-venv"; return 1; }
        "$system_python" -m venv "$venv"
    fi
}

install_packages() {
    local wanted stamp="$venv/.installed"
    wanted=$(cat requirements.txt requirements-dev.txt | sha256sum)
    if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
        say "Installing the packages"
        "$python" -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
        printf '%s\n' "$wanted" >"$stamp"
    fi
}

[ -x "$python" ] && "$python" -c '' 2>/dev/null || { rm -rf "$venv"; make_venv; }
install_packages
BROWSER_PATH=$("$python" -m scripts.install_browser)
export BROWSER_PATH
