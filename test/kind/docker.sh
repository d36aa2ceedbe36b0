#!/bin/sh
# Stands in for Docker: containers are folders, and what runs in them is what kind asks a node for. It answers as Docker 28
# does. In $STAND_IN_DOCKER: containers/NAME/{state,role}, images/ (a file for each that is there), calls (what was asked),
# info (what `docker info` says), and what makes it go wrong: fail/WORD (its words, for the command of that name; for a
# program in a container exec-PROGRAM, for a container's start run-NAME) and hold/WORD (the command stays in the middle, with a process that doesn't mind
# being interrupted).
home=$STAND_IN_DOCKER
printf '%s\n' "$*" >> "$home/calls"
go_wrong() { # word, exit code
  if [ -e "$home/hold/$1" ]; then
    sh -c "trap '' INT; echo \$\$ >> '$home/held'; while [ -e '$home/hold/$1' ]; do sleep 0.1; done" > /dev/null 2>&1 &
    wait
  fi
  if [ -e "$home/fail/$1" ]; then cat "$home/fail/$1" >&2; exit "${2:-1}"; fi
}
file_of() { printf '%s' "$home/images/$(printf '%s' "$1" | tr '/:@' '___')"; }
last() { shift $(($# - 1)); printf '%s' "$1"; }
value_of() { # option, arguments...
  option=$1; shift
  while [ $# -gt 1 ]; do [ "$1" != "$option" ] || printf '%s\n' "$2"; shift; done
}

command=$1; shift
go_wrong "$command" "$([ "$command" = run ] && echo 125 || echo 1)"
case "$command" in
-v) echo 'Docker version 28.2.2, build e6534b4' ;;
info)
  case "$*" in
  *Driver.Status* | *DriverStatus*) echo '[["Backing Filesystem","extfs"]]' ;;
  *Driver*) echo overlay2 ;;
  *) cat "$home/info" ;;
  esac ;;
ps)
  case "$*" in
  *haechi*) filter=y ;;
  *) filter= ;;
  esac
  for container in "$home"/containers/*/; do
    [ -d "$container" ] || continue
    name=$(basename "$container")
    case "$*" in
    *io.x-k8s.kind.cluster\"}}*) echo haechi ;;
    *State*) printf '%s\t%s\n' "$name" "$(cat "$container/state")" ;;
    *) echo "$name" ;;
    esac
  done ;;
inspect)
  name=$(last "$@")
  case "$*" in
  *--type=image*)
    [ -e "$(file_of "$name")" ] && exit 0
    echo '[]'; echo "error: no such object: $name" >&2; exit 1 ;;
  *io.x-k8s.kind.role*) cat "$home/containers/$name/role" ;;
  *desktop.docker.io*) echo ;;
  *NetworkSettings.Ports*) printf '127.0.0.1\t%s\n' "$(cat "$home/port" 2>/dev/null || echo 40123)" ;;
  *NetworkSettings.Networks*) echo '172.18.0.2,fc00::2' ;;
  esac ;;
network) [ "$1" != ls ] || echo 0123456789ab ;;
run)
  name=$(value_of --name "$@")
  go_wrong "run-$name" 125
  mkdir -p "$home/containers/$name"
  case "$*" in
  *role=control-plane*) echo control-plane ;;
  *) echo worker ;;
  esac > "$home/containers/$name/role"
  echo running > "$home/containers/$name/state"
  echo "$name" ;;
start)
  for name in "$@"; do
    echo running > "$home/containers/$name/state"
    echo "$name"
  done ;;
logs) echo '[  OK  ] Reached target Multi-User System.' ;;
rm) shift 2; for name in "$@"; do rm -r "$home/containers/$name"; done ;;
pull) image=$(last "$@"); go_wrong "pull-$(basename "$(file_of "$image")")"; : > "$(file_of "$image")" ;;
tag | build) : > "$(file_of "$(if [ "$command" = tag ]; then echo "$2"; else value_of --tag "$@"; fi)")" ;;
image)
  verb=$1; shift
  go_wrong "image-$verb"
  case "$verb" in
  inspect)
    for name in "$@"; do :; done
    [ -e "$(file_of "$name")" ] || { echo '[]'; echo "Error response from daemon: No such image: $name" >&2; exit 1; }
    case "$*" in *RepoDigests*) cat "$home/digests" ;; *) echo sha256:0 ;; esac ;;
  save) echo archive > "$(value_of --output "$@")" ;;
  load) for image in $(cat "$home/archived"); do : > "$(file_of "$image")"; echo "Loaded image: $image"; done ;;
  esac ;;
exec)
  input=
  while :; do
    case "$1" in
    --privileged) ;;
    -i) input=y ;;
    -e) shift ;;
    *) break ;;
    esac
    shift
  done
  name=$1 program=$2; shift 2
  go_wrong "exec-$program"
  case "$program $*" in
  'cat /kind/version') echo v1.37.0 ;;
  'cat /etc/kubernetes/admin.conf')
    [ -e "$home/admin.conf" ] || { echo 'cat: /etc/kubernetes/admin.conf: No such file or directory' >&2; exit 1; }
    cat "$home/admin.conf" ;;
  'cp /dev/stdin '*) mkdir -p "$home/written"; cat > "$home/written/$name-$(basename "$2")" ;;
  kubeadm\ init*) [ ! -e "$home/made.conf" ] || cp "$home/made.conf" "$home/admin.conf" ;;
  crictl*) cat "$home/loaded" ;;
  *jsonpath*) echo "'True'" ;;
  'containerd config dump') printf 'version = 3\n[plugins."io.containerd.cri.v1.images"]\nsnapshotter = "overlayfs"\n' ;;
  *) [ -z "$input" ] || cat > /dev/null ;;
  esac ;;
esac
