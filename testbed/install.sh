#!/bin/sh
# Installs what the real tests need beside Python: Chromium from Debian, Node and a Bluesky network from npm.
# Run it as often as you like: it does only what is missing.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

say() { printf 'testbed: %s\n' "$*"; }
fail() { printf 'testbed: %s\n' "$*" >&2; exit 1; }

debian() { # debian PROGRAM PACKAGE...: installs the packages unless the program is there
    program=$1
    shift
    command -v "$program" >/dev/null 2>&1 && return 0
    command -v apt-get >/dev/null 2>&1 || fail "$program is missing and this is no Debian: install it yourself ($*)"
    [ "$(id -u)" = 0 ] || fail "$program is missing: run as root, or install it: apt-get install --no-install-recommends $*"
    say "installing $*"
    [ -n "$(ls -A /var/lib/apt/lists 2>/dev/null | grep -v -e lock -e partial || true)" ] || apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null ||
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null; } ||
        fail "apt-get could not install $*"
}

debian chromium chromium
debian node nodejs npm
debian npm npm
debian make make g++ # better-sqlite3 is compiled

major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
[ "$major" -ge 18 ] && [ "$major" -lt 24 ] || fail "the network runs on Node 18 to 22, this is $(node --version)"

cd "$here/bluesky"
stamp=node_modules/.installed-from
wanted=$(cat package-lock.json package.json .npmrc | sha256sum | cut -d' ' -f1)-node$major
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    say "the Bluesky network is installed"
else
    say "installing the Bluesky network (a few minutes)"
    npm ci --no-audit --no-fund --loglevel=error || fail "npm ci failed in $PWD: see above"
    printf '%s\n' "$wanted" >"$stamp"
    say "the Bluesky network is installed"
fi
