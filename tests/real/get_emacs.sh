#!/usr/bin/env bash
# Puts Emacs 30 (for terminals) and lsp-mode 10 into a prefix outside the checkout, and prints the
# path of its executable. Does nothing when it is there; half a minute from nothing.
#
#   usage: get_emacs.sh [PREFIX]
#   PREFIX   default: ${XDG_CACHE_HOME:-~/.cache}/codestral-ls-tests/emacs
. "$(dirname "$0")/getting.sh"
set_prefix emacs "${1:-}"
program=$prefix/bin/emacs

works() {
  [ -x "$program" ] && "$program" --batch --eval "(require 'lsp-inline-completion)" > /dev/null 2>&1
}
if works; then
  echo "$program"
  exit
fi

# Of the two suites only sid has both.
DEBIAN_SUITE=${DEBIAN_SUITE:-sid} get_from_debian emacs-nox elpa-lsp-mode
root=$prefix/root
dump=$(echo "$root"/usr/libexec/emacs/*/*/emacs-*.pdmp)
version=$(basename "$(dirname "$(dirname "$dump")")")
packages=$(printf '%s:' "$root"/usr/share/emacs/site-lisp/elpa-src/*)
mkdir -p "$prefix/bin"
# Native compilation would start this Emacs again, past the loader.
cat > "$program" << RUN
#!/bin/sh
EMACSDATA="$root/usr/share/emacs/$version/etc"
EMACSDOC="\$EMACSDATA"
EMACSPATH="$(dirname "$dump")"
EMACSLOADPATH="$packages$root/usr/share/emacs/$version/lisp"
export EMACSDATA EMACSDOC EMACSPATH EMACSLOADPATH
exec "$prefix/loader" "$root/usr/bin/emacs-nox" --dump-file="$dump" \\
  --eval "(setq native-comp-enable-subr-trampolines nil native-comp-jit-compilation nil)" "\$@"
RUN
chmod +x "$program"
works || missing "lsp-mode with inline completion does not load"
echo "$program"
