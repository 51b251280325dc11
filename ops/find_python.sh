#!/bin/sh
# Prints the path of a Python 3.11 to 3.14 that can create virtual environments.
#
#   find_python.sh [interpreter]   the given one, by default the first that is found
#
# Without one, prints the command that installs one and exits with 1. Needs no Python.
PROBE='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'
# Where uv and pip install programs for one user; new shells have it on their PATH.
PATH=$PATH:$HOME/.local/bin

as_root() {
  if [ "$(id -u)" = 0 ]; then echo "$1"
  elif command -v sudo >/dev/null; then echo "sudo sh -c '$1'"
  else echo "su - -c '$1'"; fi
}

apt_install() { as_root "apt-get update && apt-get install -y $1"; }

candidate() { apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: //p'; }

# The Debian or Ubuntu package of such a Python; empty if there is none, or only a release candidate.
debian_package() {
  case $(candidate python3) in ""|"(none)") # apt has no package lists yet, as in container images
    case $(. /etc/os-release && echo "$ID $VERSION_ID") in
      "debian 1"[2-4]|"ubuntu 2"[4-6].*) echo python3 ;;
    esac
    return ;;
  esac
  for name in python3 python3.13 python3.12 python3.14 python3.11; do
    case $(candidate "$name") in
      *~rc*) ;;
      3.11.*|3.12.*|3.13.*|3.14.*) echo "$name"; return ;;
    esac
  done
}

remedy() {
  if command -v brew >/dev/null; then echo "brew install python@3.13"; return; fi
  if command -v dnf >/dev/null; then as_root "dnf install -y python3.12"; return; fi
  if command -v apt-get >/dev/null; then
    package=$(debian_package)
    if [ -n "$package" ]; then apt_install "$package $package-venv"; return; fi
  fi
  # For this user only, as the system has no package.
  fetch="curl -LsSf"
  command -v curl >/dev/null || fetch="wget -qO-"
  echo "$fetch https://astral.sh/uv/install.sh | sh && ~/.local/bin/uv python install 3.13"
}

venv_remedy() {
  case $1 in
    /usr/bin/*|/bin/*)
      if command -v apt-get >/dev/null; then
        apt_install "python$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
        return
      fi ;;
  esac
  remedy
}

fail() {
  printf 'This machine is not ready yet. Nothing was changed.\n  ✗ %s\n    → %s\n' "$1" "$2" >&2
  exit 1
}

asked=${1:-}
if [ -n "$asked" ]; then
  command -v "$asked" >/dev/null || fail "PYTHON=$asked was not found." "Run make without PYTHON"
  set -- "$asked"
else
  set -- python3.11 python3.12 python3.13 python3.14 python3 python
fi
found='' suited=''
for name in "$@"; do
  python=$(command -v "$name") || continue
  found=${found:-$python}
  "$python" -c "$PROBE" 2>/dev/null || continue
  suited=$python
  "$python" -c 'import ensurepip, sqlite3, ssl, venv' 2>/dev/null || continue
  echo "$python"
  exit
done
if [ -n "$suited" ]; then
  fail "$suited cannot create virtual environments (ensurepip, sqlite3 or ssl is missing)." "$(venv_remedy "$suited")"
fi
if [ -n "$asked" ]; then
  fail "Python 3.11 to 3.14 required, but PYTHON=$asked is $("$found" --version 2>&1 | head -n 1)." \
    "Run make without PYTHON"
fi
if [ -n "$found" ]; then
  fail "Python 3.11 to 3.14 required, but $found is $("$found" --version 2>&1 | head -n 1)." "$(remedy)"
fi
fail "Python 3.11 to 3.14 required, but none was found." "$(remedy)"
