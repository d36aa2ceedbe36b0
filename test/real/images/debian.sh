# Sourced by what makes images where there is no Docker. Needs root, and `set -euo pipefail`.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
real=${REAL_CLUSTER:-$root/../shared/real-cluster}
path='"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]'

need_packages() { # Debian packages...
  local missing=()
  for each in "$@"; do dpkg -s "$each" > /dev/null 2>&1 || missing+=("$each"); done
  ((${#missing[@]} == 0)) || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >&2
}

# Makes what images/NAME/Dockerfile describes and loads it into the real cluster; prints the image's name. Kept in the user's cache, by
# packages and by image. `fill ROOT CONTEXT` is the caller's: what the Dockerfile does after the packages are there.
image_of() { # name, config, arguments of scripts/NAME-context.ts after its folder...
  local name=$1 config=$2 cache=${XDG_CACHE_HOME:-$HOME/.cache}/haechi/$1 image archive packages debian loaded
  shift 2
  mkdir -p "$cache"
  exec 9> "$cache/lock"; flock 9
  image=$(node "$root/scripts/$name-context.ts")
  archive=$cache/${image##*:}.tar
  if [[ ! -f $archive ]]; then
    work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
    node "$root/scripts/$name-context.ts" "$work/context" "$@" >&2
    packages=$(paste -sd, "$work/context/packages")
    debian=$cache/debian-$(sha256sum <<< "$packages" | cut -c1-12).tar
    [[ -f $debian ]] || {
      need_packages debootstrap
      debootstrap --variant=minbase --include="$packages" bookworm "$work/debian" >&2
      tar -C "$work/debian" --numeric-owner -cf "$debian.part" . && mv "$debian.part" "$debian"
    }
    mkdir -p "$work/root"; tar -C "$work/root" --numeric-owner -xf "$debian"
    fill "$work/root" "$work/context" >&2
    "$real/images/make" --one "$image" "$work/root" "$config" "$archive.part"
    mv "$archive.part" "$archive"
  fi
  # The state goes when the cluster does, and with it what was loaded.
  loaded=${REAL_CLUSTER_STATE:-/var/lib/real-cluster}/images/${image##*:}
  [[ -e $loaded ]] || { "$real/load" "$archive" >&2; mkdir -p "${loaded%/*}"; touch "$loaded"; }
  echo "$image"
}
