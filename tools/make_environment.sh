#!/bin/sh
# Makes a virtual environment with Python 3.11: the machine's own, or else one that uv fetches.
set -u
venv=$1
marker=$venv/made_by_make

if [ -e "$marker" ]; then
  exit 0
fi
if [ -e "$venv" ]; then
  echo "error: $venv exists and was not made by make: move it away, or delete it" >&2
  exit 1
fi

for python in python3.11 python3; do
  # Running it counts: version managers leave names on the path that start nothing.
  if "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info[:2] != (3, 11))' \
      >/dev/null 2>&1; then
    echo "setting up $venv with $python (about 2 GB, a minute or two)"
    "$python" -m venv "$venv" && touch "$marker"
    exit
  fi
done

uv=uv
if ! command -v uv >/dev/null 2>&1; then
  uv=build/uv/bin/uv
  if [ ! -x "$uv" ]; then
    echo "installing uv into build/uv, as this machine has no Python 3.11"
    if ! { python3 -m venv build/uv && build/uv/bin/python -m pip install --quiet uv; }; then
      rm -rf build/uv
      echo "error: Python 3.11 is missing, and uv, which would fetch it, could not be installed:" \
        "install python3.11 and python3.11-venv, or uv" >&2
      exit 1
    fi
  fi
fi
echo "setting up $venv with uv (about 2 GB, a minute or two)"
"$uv" venv --quiet --seed --python 3.11 "$venv" && touch "$marker"
