#!/bin/sh
# Stands in for kind: says what the real one said on the stand-in for Docker (recorded/, which test/contract/kind compares
# with the real one's words), and does to that Docker what it does. $STAND_IN_DOCKER/kind-says names another recording for
# a command.
home=$STAND_IN_DOCKER
recorded=$(cat "$home/recorded")
said() { cat "$home/kind-says/$1" 2> /dev/null || echo "$1"; }
replay() { # name, to which output; a recording's last line is the exit code
  sed '$d' "$recorded/$1.txt" >&"$2"
  code=$(sed -n '$s/^exit code //p' "$recorded/$1.txt")
}
printf 'kind %s\n' "$*" >> "$home/calls"
case "$1 $2" in
'version '*) cat "$home/kind-version" 2> /dev/null || sed '$d' "$recorded/version.txt" ;;
'create cluster')
  replay "$(said create)" 2
  [ "$code" = 0 ] || exit "$code"
  for node in control-plane worker worker2; do
    docker run --name "haechi-$node" --label "role=${node%2}" kindest/node > /dev/null || exit 1
  done
  cp "$home/made.conf" "$home/admin.conf" ;;
'get kubeconfig')
  if [ -e "$home/admin.conf" ]; then
    sed "s|https://[^\"]*|https://127.0.0.1:$(cat "$home/port")|" "$home/admin.conf"
  else
    replay "$(said get-kubeconfig)" 2; exit "$code"
  fi ;;
'delete cluster') docker rm -f -v $(docker ps -a --filter label=io.x-k8s.kind.cluster=haechi --format '{{.Names}}') ;;
'load image-archive') replay "$(said load)" 2; exit "$code" ;;
esac
