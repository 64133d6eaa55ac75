# What the get_*.sh share: source it. Their exit status is 3 where something cannot be had here; the
# last line of stderr says what.
set -euo pipefail

missing() { echo "$1" >&2; exit 3; }

# Sets prefix, where NAME is put, and makes it.
#   usage: set_prefix NAME [PREFIX]
set_prefix() {
  prefix=${2:-${XDG_CACHE_HOME:-$HOME/.cache}/codestral-ls-tests/$1}
  mkdir -p "$prefix"
  prefix=$(cd "$prefix" && pwd)
}

# Unpacks packages of Debian into the prefix.
#   usage: get_from_debian PACKAGE...
get_from_debian() {
  "$(dirname "${BASH_SOURCE[0]}")/debian_prefix.sh" "$prefix" "$@" >&2 ||
    missing "Debian's $1 could not be fetched"
}

# Makes PREFIX/venv anew, with the first of the Pythons that this machine has.
#   usage: make_venv PYTHON...
make_venv() {
  local python
  python=$(for each; do command -v "$each" && break; done) || missing "no $1 on this machine"
  rm -rf "$prefix/venv" "$prefix"/complete-*
  "$python" -m venv "$prefix/venv" >&2 || missing "$python -m venv failed"
}

# Installs into PREFIX/venv with uv, which keeps no copies.
#   usage: uv_install REQUIREMENT [OPTION...]
uv_install() {
  "$prefix/venv/bin/pip" install -q uv >&2 || missing "pip could not fetch uv"
  UV_CACHE_DIR="$prefix/uv-cache" "$prefix/venv/bin/uv" pip install -q \
    --python "$prefix/venv/bin/python" "$@" >&2 || missing "uv could not fetch $1"
  rm -rf "$prefix/uv-cache"
}

# Makes PREFIX anew and installs packages of npm there, without running their scripts.
#   usage: npm_install PACKAGE...
npm_install() {
  command -v npm > /dev/null || missing "no npm on this machine"
  rm -rf "${prefix:?}"
  mkdir -p "$prefix"
  echo '{"private": true, "type": "module"}' > "$prefix/package.json"
  npm install --prefix "$prefix" --ignore-scripts --no-audit --no-fund --loglevel=error --save-exact \
    "$@" >&2 || missing "npm could not fetch $1"
}
