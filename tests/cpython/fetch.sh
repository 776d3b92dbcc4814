#!/usr/bin/env bash
# Fetches CPython 3.14's own tests into FOLDER/test: fetch.sh FOLDER
#
# They come from Debian's package libpython3.14-testsuite, from the mirror that this machine's apt is set up with (or
# OROCHI_DEBIAN_MIRROR, or Debian's own). Nothing is installed; what is there already is left alone.
set -euo pipefail

folder=${1:?usage: fetch.sh FOLDER}
package=libpython3.14-testsuite
suites=(forky sid)

[[ -e $folder/test/test_grammar.py ]] && exit 0
mkdir -p "$folder"

for tool in curl xz dpkg-deb; do
  command -v "$tool" >/dev/null || { echo "fetch.sh: $tool is missing (apt-get install curl xz-utils dpkg)" >&2; exit 1; }
done

mirror=${OROCHI_DEBIAN_MIRROR:-}
if [[ -z $mirror ]]; then
  mirror=$(find /etc/apt -name '*.list' -o -name '*.sources' 2>/dev/null \
    | xargs -r cat | tr ' \t' '\n\n' | grep -E '^https?://.*/debian/?$' | head -n 1 || true)
fi
mirror=${mirror:-https://deb.debian.org/debian}
mirror=${mirror%/}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
found=
for suite in "${suites[@]}"; do
  curl -fsSL --retry 3 -m 300 "$mirror/dists/$suite/main/binary-amd64/Packages.xz" -o "$work/index.xz" || continue
  found=$(xz -dc "$work/index.xz" | sed -n "/^Package: $package\$/,/^\$/s/^Filename: //p" | head -n 1)
  [[ -n $found ]] && break
done
[[ -n $found ]] || { echo "fetch.sh: $mirror lists no $package" >&2; exit 1; }

curl -fsSL --retry 3 -m 300 "$mirror/$found" -o "$work/package.deb"
dpkg-deb -x "$work/package.deb" "$work/files"
rm -rf "$folder/test"
mv "$work/files/usr/lib/python3.14/test" "$folder/test"
[[ -e $folder/test/test_grammar.py ]] || { echo "fetch.sh: the package holds no test_grammar.py" >&2; exit 1; }
