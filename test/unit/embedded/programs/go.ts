import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A program that stands in for Go: prints what the real one does, and notes its builds. While there is no file `go-on`
 * in the folder, a build stays in the middle, with a compiler that doesn't mind being interrupted.
 */
const script = (folder: string) => `#!/bin/sh
case "$1" in
version) echo 'go version go1.26.8 linux/amd64' ;;
list)
  echo 'go: downloading k8s.io/api v0.37.2' >&2
  echo 'go: downloading k8s.io/client-go v0.37.2' >&2
  printf '\\n\\nk8s.io/api/core/v1\\nk8s.io/client-go/rest\\n\\ngo.etcd.io/etcd/server/v3/etcdmain\\nhaechi/control-plane\\n' ;;
build)
  echo build >> '${folder}/builds'
  echo k8s.io/api/core/v1 >&2
  echo '# k8s.io/api/core/v1: a warning of the compiler' >&2
  echo k8s.io/client-go/rest >&2
  sh -c "trap '' INT; echo \\$\\$ >> '${folder}/compilers'; while [ ! -e '${folder}/go-on' ]; do sleep 0.1; done" \
    > /dev/null 2>&1 &
  wait
  echo go.etcd.io/etcd/server/v3/etcdmain >&2
  echo haechi/control-plane >&2
  while [ "$1" != -o ]; do shift; done
  into=$2; shift 2
  for package; do
    case $package in .) name=control-plane ;; *) name=\${package##*/} ;; esac
    printf '#!/bin/sh\\necho built\\n' > "$into$name"
  done ;;
esac
`;

/** Puts the stand-in into a folder. */
export class StandInGo {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'go'), script(folder), { mode: 0o755 });
  }

  /** From now on builds go on to their end. */
  goOn(): void {
    writeFileSync(join(this.folder, 'go-on'), '');
  }

  /** How many builds there were. */
  get builds(): number {
    return this.#lines('builds').length;
  }

  /** The pids of the compilers that builds have started. */
  get compilers(): number[] {
    return this.#lines('compilers').map(Number);
  }

  #lines(name: string): string[] {
    try {
      return readFileSync(join(this.folder, name), 'utf8').trim().split('\n');
    } catch {
      return [];
    }
  }
}
