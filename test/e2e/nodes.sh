#!/usr/bin/env bash
# Other versions of Node, from npm's packages of its binaries, into a folder: `nodes.sh folder version …`. Prints their paths, one a line; none, and a word on stderr, where npm
# has none for this platform. Nothing of the packages is run at installation.
set -euo pipefail
folder=$1
shift

case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) platform=linux-x64 ;;
  Linux-aarch64) platform=linux-arm64 ;;
  Darwin-x86_64) platform=darwin-x64 ;;
  Darwin-arm64) platform=darwin-arm64 ;;
  *)
    echo "skipped: npm has no Node for $(uname -s) on $(uname -m)" >&2
    exit 0
    ;;
esac

for version in "$@"; do
  mkdir -p "$folder/$version"
  npm install --silent --no-audit --no-fund --ignore-scripts --no-save --prefix "$folder/$version" "node-$platform@$version" >&2
  binary="$folder/$version/node_modules/node-$platform/bin/node"
  if "$binary" --version >/dev/null 2>&1; then
    echo "$binary"
  else
    echo "skipped: npm's Node $version doesn't run here" >&2
  fi
done
