#!/usr/bin/env bash
# Unpacks a package of a newer Debian suite, with every shared library it needs (its own libc
# included), into a private prefix. The system's packages, sources and dpkg database stay untouched,
# and no root is needed. The suite's signatures are checked with the system's keyring.
#
#   usage: debian_prefix.sh PREFIX PACKAGE...     ->  PREFIX/root, PREFIX/loader
#   DEBIAN_SUITE    testing (default: its dependencies are always installable) or sid
#   DEBIAN_MIRROR   default: the mirror in this machine's apt sources
#
# PREFIX/loader PROGRAM [ARG...] runs a program of PREFIX/root with that root's own libraries.
set -euo pipefail

prefix=$(mkdir -p "${1:?usage: debian_prefix.sh PREFIX PACKAGE...}" && cd "$1" && pwd)
shift
suite=${DEBIAN_SUITE:-testing}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
for needed in apt-get dpkg-deb; do
  command -v "$needed" > /dev/null || { echo "no $needed on this machine" >&2; exit 3; }
done
[ -r "$keyring" ] || { echo "no Debian keyring on this machine" >&2; exit 3; }
mirror=${DEBIAN_MIRROR:-$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2> /dev/null |
  grep -oE '(https?|file|mirror)[^ ]*/debian/?( |$)' | head -1 | tr -d ' ' || true)}
mirror=${mirror:-http://deb.debian.org/debian}

apt=$prefix/.apt
root=$prefix/root
rm -rf "$apt" "$root" "$prefix/loader"
mkdir -p "$apt"/state/lists/partial "$apt"/cache/archives/partial "$apt"/parts "$root"
: > "$apt/status"  # nothing is installed, so apt resolves the whole closure
echo "deb [signed-by=$keyring] $mirror $suite main" > "$apt/sources.list"
cat > "$apt/apt.conf" << CONF
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "$apt/parts";
Dir::Etc::preferences "$apt/none";
Dir::Etc::preferencesparts "$apt/parts";
Dir::State "$apt/state";
Dir::State::lists "$apt/state/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Acquire::Languages "none";
Acquire::Retries "3";
APT::Install-Recommends "false";
APT::Sandbox::User "";
Debug::NoLocking "true";
CONF
apt-get -q -y -c "$apt/apt.conf" update
apt-get -q -y -c "$apt/apt.conf" --download-only install "$@"
for package in "$apt"/cache/archives/*.deb; do dpkg-deb -x "$package" "$root"; done
rm -rf "$apt"

libraries=$(echo "$root"/usr/lib/*-linux-gnu)
for loader in "$root"/usr/lib*/ld-linux*.so.* "$libraries"/ld-linux*.so.*; do
  [ -e "$loader" ] && break
done
cat > "$prefix/loader" << RUN
#!/bin/sh
exec "$loader" --argv0 "\$1" --library-path "$libraries" "\$@"
RUN
chmod +x "$prefix/loader"
