#!/usr/bin/env bash
# Fetches CPython 3.14's own tests into FOLDER/test: fetch.sh FOLDER
#
# They come from Debian's packages libpython3.14-testsuite (the tests) and libpython3.14-stdlib (test.support, which all
# of them import), from the mirror that this machine's apt is set up with (or
# OROCHI_DEBIAN_MIRROR, or Debian's own). Nothing is installed; what is there already is left alone.
set -euo pipefail

folder=${1:?usage: fetch.sh FOLDER}
packages=(libpython3.14-testsuite libpython3.14-stdlib)
suites=(forky sid)

[[ -e $folder/test/test_grammar.py && -e $folder/test/support/__init__.py ]] && exit 0
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

# The path of package $1 in the index that was fetched; nothing if the index does not list it.
path_of() { sed -n "/^Package: $1\$/,/^\$/s/^Filename: //p" "$work/index" | head -n 1; }

found=
for suite in "${suites[@]}"; do
  curl -fsSL --retry 3 -m 300 "$mirror/dists/$suite/main/binary-amd64/Packages.xz" -o "$work/index.xz" || continue
  xz -dc "$work/index.xz" >"$work/index"
  found=$(path_of "${packages[0]}")
  [[ -n $found ]] && break
done
[[ -n $found ]] || { echo "fetch.sh: $mirror lists no ${packages[0]}" >&2; exit 1; }

for package in "${packages[@]}"; do
  path=$(path_of "$package")
  [[ -n $path ]] || { echo "fetch.sh: $mirror lists no $package" >&2; exit 1; }
  curl -fsSL --retry 3 -m 300 "$mirror/$path" -o "$work/package.deb"
  dpkg-deb -x "$work/package.deb" "$work/files"
done
rm -rf "$folder/test"
mv "$work/files/usr/lib/python3.14/test" "$folder/test"
for file in test_grammar.py support/__init__.py; do
  [[ -e $folder/test/$file ]] || { echo "fetch.sh: the packages hold no test/$file" >&2; exit 1; }
done
