#!/bin/sh
# Makes a virtual environment with Python 3.11, or with uv.
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
if command -v uv >/dev/null 2>&1; then
  echo "setting up $venv with uv (about 2 GB, a minute or two)"
  uv venv --quiet --seed --python 3.11 "$venv" && touch "$marker"
  exit
fi
echo "error: Python 3.11 with its venv module is missing: install python3.11 and python3.11-venv," \
  "or uv" >&2
exit 1
