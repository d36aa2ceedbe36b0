import type { Text } from './text.ts';

interface ErrorKind {
  /** The HTTP status that it is answered with. */
  status: number;
  /** `{name}` stands for a detail of the error. It names what was got and what to do about it. */
  message: Text;
}

/** Every error that a client can be told of. docs/errors.md lists exactly these. */
export const errorCodes = {
  'invalid-request': {
    status: 400,
    message: {
      ko: '요청을 이해하지 못했습니다: {issue}. 페이지를 새로 고친 뒤 다시 해 보세요.',
      en: 'The request was not understood: {issue}. Reload the page and try again.',
    },
  },
  'foreign-origin': {
    status: 403,
    message: {
      ko: '다른 페이지({origin})에서 온 요청이라 거절했습니다. Haechi의 주소를 직접 여세요.',
      en: 'Refused: the request came from another page ({origin}). Open Haechi by its own address.',
    },
  },
  'not-found': {
    status: 404,
    message: { ko: '{what}이(가) 없습니다. 주소를 확인하세요.', en: 'There is no {what}. Check the address.' },
  },
  'too-many-requests': {
    status: 429,
    message: {
      ko: '요청이 너무 잦습니다. {seconds}초 뒤에 다시 하세요.',
      en: 'Too many requests. Try again in {seconds} s.',
    },
  },
  'cluster-not-ready': {
    status: 503,
    message: {
      ko: '클러스터가 아직 준비되지 않았습니다. 준비가 끝나면 다시 시작하세요.',
      en: 'The cluster is not ready yet. Start again once it is.',
    },
  },
  'attempt-in-progress': {
    status: 409,
    message: {
      ko: '"{lab}" 실습이 아직 진행 중입니다. 끝내고 새로 시작하거나, 그 실습을 이어서 하세요.',
      en: 'The lab "{lab}" is still in progress. End it and start this one, or go on with it.',
    },
  },
  'attempt-closed': {
    status: 409,
    message: {
      ko: '이 실습은 이미 끝났습니다. 실습 페이지에서 새로 시작하세요.',
      en: 'This attempt is over. Start a new one on the lab page.',
    },
  },
  'attempt-busy': {
    status: 409,
    message: {
      ko: '실습을 준비하는 중입니다. 잠시 뒤에 다시 하세요.',
      en: 'The lab is being set up. Try again in a moment.',
    },
  },
  'attempt-interrupted': {
    status: 500,
    message: {
      ko: '준비하는 동안 서버가 멈췄습니다. 남은 것은 모두 치웠으니 다시 시작하세요.',
      en: 'The server stopped during set-up. What was left has been cleared; start again.',
    },
  },
  'no-more-time': {
    status: 409,
    message: {
      ko: '시간을 더 늘릴 수 없습니다(최대 {hours}시간). 새로 시작하세요.',
      en: 'There is no more time to add ({hours} hours at most). Start again.',
    },
  },
  'pods-not-ready': {
    status: 500,
    message: {
      ko: '파드가 제시간에 준비되지 않았습니다: {pods}. 다시 시작하고, 또 그러면 서버 로그를 확인하세요.',
      en: 'Pods did not become ready in time: {pods}. Start again; if it happens once more, see the server log.',
    },
  },
  'data-folder-in-use': {
    status: 500,
    message: {
      ko: '데이터 폴더 {folder}를 다른 Haechi(프로세스 {pid})가 쓰고 있습니다. 그것을 끝내거나 다른 데이터 폴더를 지정하세요.',
      en: 'The data folder {folder} is in use by another Haechi (process {pid}). End that one, or name another data folder.',
    },
  },
  'port-in-use': {
    status: 500,
    message: {
      ko: '포트 {port}을(를) 다른 프로그램이 쓰고 있습니다. 그 프로그램을 끝내거나, 다른 포트를 지정하세요(--port).',
      en: 'The port {port} is in use by another program. End that one, or name another port (--port).',
    },
  },
  'metrics-port-in-use': {
    status: 500,
    message: {
      ko: '상태와 지표를 알릴 포트 {port}을(를) 다른 프로그램이 쓰고 있습니다. 그 프로그램을 끝내거나, 다른 포트를 지정하세요(--metrics-port).',
      en: 'The port {port}, for health and metrics, is in use by another program. End that one, or name another port (--metrics-port).',
    },
  },
  'programs-missing': {
    status: 500,
    message: {
      ko: '지정한 폴더 {folder}에 실행할 수 있는 {names} 파일이 없습니다. 파일을 넣거나, 폴더를 지정하지 않고 시작하세요.',
      en: 'The folder {folder} has no executable {names}. Put it there, or start without naming a folder.',
    },
  },
  'programs-unavailable': {
    status: 500,
    message: {
      ko: '쿠버네티스 {version} 프로그램을 마련하지 못했습니다. 캐시({cache})에 없습니다. 내려받기: {download}. Go로 빌드: {build}. 해결 방법: 인터넷에 연결하고 다시 시작하거나, 릴리스 파일이 있는 미러를 지정하거나(--mirror), Go {go} 이상을 설치하거나, {names} 파일이 있는 폴더를 지정하세요(--programs).',
      en: 'The programs of Kubernetes {version} could not be had. The cache ({cache}) does not have them. Download: {download}. Build with Go: {build}. Ways out: connect to the internet and start again, or name a mirror of the release files (--mirror), or install Go {go} or newer, or name a folder that has {names} (--programs).',
    },
  },
  'kubeconfig-missing': {
    status: 500,
    message: {
      ko: 'kubeconfig 파일({path})이 없습니다. 클러스터의 kubeconfig를 거기에 두거나, 어디 있는지 알려 주세요(--kubeconfig).',
      en: 'There is no kubeconfig ({path}). Put the one of your cluster there, or say where it is (--kubeconfig).',
    },
  },
  'kubeconfig-unreadable': {
    status: 500,
    message: {
      ko: '{path}을(를) 읽을 수 없습니다: {reason}. 읽을 권한이 있는 파일을 지정하세요(--kubeconfig).',
      en: '{path} can not be read: {reason}. Name a file that you may read (--kubeconfig).',
    },
  },
  'kubeconfig-invalid': {
    status: 500,
    message: {
      ko: '{path}은(는) 쓸 수 있는 kubeconfig가 아닙니다: {reason}. 파일을 고치거나 다른 파일을 지정하세요(--kubeconfig).',
      en: '{path} is no kubeconfig that can be used: {reason}. Mend it, or name another one (--kubeconfig).',
    },
  },
  'context-unknown': {
    status: 500,
    message: {
      ko: '{path}에 "{context}" 컨텍스트가 없습니다. 있는 것: {contexts}. 그 가운데 하나를 지정하세요(--context).',
      en: '{path} has no context "{context}" but: {contexts}. Name one of those (--context).',
    },
  },
  'credentials-failed': {
    status: 500,
    message: {
      ko: '"{context}" 컨텍스트의 자격 증명을 "{command}" 명령으로 얻지 못했습니다: {reason}. 셸에서 그 명령이 되는지, 로그인이 되어 있는지 확인하세요.',
      en: 'The credentials of the context "{context}" could not be had from the command "{command}": {reason}. See that it works in a shell, and that you are logged in.',
    },
  },
  'credentials-refused': {
    status: 500,
    message: {
      ko: 'API 서버가 "{context}" 컨텍스트({path})의 자격 증명을 받아들이지 않습니다. 만료되었을 수 있습니다. 새로 받거나 다른 컨텍스트를 지정하세요(--context).',
      en: 'The API server does not accept the credentials of the context "{context}" ({path}); they may have expired. Get new ones, or name another context (--context).',
    },
  },
  'api-server-unreachable': {
    status: 500,
    message: {
      ko: 'API 서버 {server}에 닿을 수 없습니다: {reason}. 클러스터가 켜져 있는지, VPN이 필요한지, {path}의 주소가 맞는지 확인하세요.',
      en: 'The API server {server} can not be reached: {reason}. See that the cluster runs, whether it needs a VPN, and that the address in {path} is right.',
    },
  },
  'certificate-untrusted': {
    status: 500,
    message: {
      ko: 'API 서버 {server}의 인증서를 믿을 수 없습니다: {reason}. kubeconfig의 certificate-authority가 이 클러스터의 것인지 확인하세요.',
      en: 'The certificate of the API server {server} is not trusted: {reason}. See that the certificate-authority of the kubeconfig is this cluster’s.',
    },
  },
  'rights-missing': {
    status: 500,
    message: {
      ko: '"{context}" 컨텍스트의 권한이 모자랍니다. 없는 권한: {rights}. 클러스터 관리자(cluster-admin)의 컨텍스트를 지정하거나 이 권한을 받으세요.',
      en: 'The context "{context}" lacks rights in the cluster: {rights}. Name the context of an administrator (cluster-admin), or have these granted.',
    },
  },
  'cluster-too-old': {
    status: 500,
    message: {
      ko: '클러스터의 쿠버네티스 버전이 {version}입니다. 실습 참가자를 가두는 ValidatingAdmissionPolicy(v1)는 {oldest}부터 있습니다. 클러스터를 올리거나 다른 클러스터를 지정하세요.',
      en: 'The cluster runs Kubernetes {version}. What contains learners, ValidatingAdmissionPolicy (v1), is there from {oldest} on. Upgrade the cluster, or name another one.',
    },
  },
  'no-ready-node': {
    status: 500,
    message: {
      ko: '파드를 돌릴 수 있는 노드가 없습니다(노드: {nodes}). kubectl describe nodes로 까닭을 찾아 고친 뒤 다시 시작하세요.',
      en: 'No node can run pods (nodes: {nodes}). Find out why with kubectl describe nodes, mend it and start again.',
    },
  },
  'cluster-in-use': {
    status: 500,
    message: {
      ko: '다른 Haechi({holder})가 {since}부터 이 클러스터를 쓰고 있습니다. 그것을 끝내거나 다른 클러스터를 지정하세요(--context, 또는 --cluster embedded). 강제로 종료된 것이라면 {seconds}초 뒤에 쓸 수 있습니다.',
      en: 'Another Haechi ({holder}) has this cluster, since {since}. Stop that one, or name another cluster (--context, or --cluster embedded). After one that was killed, the cluster is free in {seconds} s.',
    },
  },
  'cluster-taken-over': {
    status: 503,
    message: {
      ko: '이 Haechi가 클러스터에 닿지 못하는 동안 다른 Haechi({holder})가 {since}에 클러스터를 넘겨받아, 이 Haechi는 멈춥니다. 그것을 끝내고 다시 시작하거나 다른 클러스터를 지정하세요(--context, 또는 --cluster embedded).',
      en: 'Another Haechi ({holder}) has taken this cluster over at {since}, while this one did not reach it, so this one stops. Stop the other and start again, or name another cluster (--context, or --cluster embedded).',
    },
  },
  'kubectl-unfit': {
    status: 500,
    message: {
      ko: '{path}의 버전({found})은 클러스터 {server}와 맞지 않습니다. 마이너 버전 차이가 1 이하인 kubectl을 그 폴더에 두거나, 폴더를 지정하지 않고 시작하세요.',
      en: '{path} is of version {found}, which does not go with the cluster’s {server}. Put a kubectl within one minor version of it there, or start without naming a folder.',
    },
  },
  'docker-missing': {
    status: 500,
    message: {
      ko: 'docker 명령이 없습니다. Docker를 설치하거나(https://docs.docker.com/engine/install/), Docker 없이 시작하세요(--cluster embedded).',
      en: 'There is no docker command. Install Docker (https://docs.docker.com/engine/install/), or start without it (--cluster embedded).',
    },
  },
  'docker-not-running': {
    status: 500,
    message: {
      ko: 'Docker가 응답하지 않습니다: {words} Docker를 시작하거나(sudo systemctl start docker, 또는 Docker Desktop), Docker 없이 시작하세요(--cluster embedded).',
      en: 'Docker does not answer: {words} Start it (sudo systemctl start docker, or Docker Desktop), or start without it (--cluster embedded).',
    },
  },
  'docker-denied': {
    status: 500,
    message: {
      ko: '이 사용자는 Docker를 쓸 수 없습니다: {words} 사용자를 docker 그룹에 넣고(sudo usermod -aG docker $USER; root와 같은 권한입니다) 다시 로그인하거나, Docker 없이 시작하세요(--cluster embedded).',
      en: 'This user may not use Docker: {words} Add them to the group docker (sudo usermod -aG docker $USER; that is as good as root) and log in again, or start without it (--cluster embedded).',
    },
  },
  'kind-missing': {
    status: 500,
    message: {
      ko: 'kind 명령이 없습니다. 설치하거나(https://kind.sigs.k8s.io/docs/user/quick-start/, Go가 있으면 go install sigs.k8s.io/kind@latest), kind 없이 시작하세요(--cluster embedded).',
      en: 'There is no kind command. Install it (https://kind.sigs.k8s.io/docs/user/quick-start/, with Go: go install sigs.k8s.io/kind@latest), or start without it (--cluster embedded).',
    },
  },
  'kind-too-old': {
    status: 500,
    message: {
      ko: 'kind 버전이 {found}입니다. {oldest} 이상으로 올리거나(https://kind.sigs.k8s.io/docs/user/quick-start/), kind 없이 시작하세요(--cluster embedded).',
      en: 'kind is of version {found}. Upgrade it to {oldest} or newer (https://kind.sigs.k8s.io/docs/user/quick-start/), or start without it (--cluster embedded).',
    },
  },
  'node-memory-short': {
    status: 500,
    message: {
      ko: 'Docker가 쓸 수 있는 메모리가 {found} GB입니다. kind 클러스터에는 {least} GB 이상이 필요합니다. Docker Desktop이라면 설정에서 늘리거나, kind 없이 시작하세요(--cluster embedded).',
      en: 'Docker has {found} GB of memory. The kind cluster needs {least} GB or more. Give it more in the settings of Docker Desktop, or start without kind (--cluster embedded).',
    },
  },
  'node-port-in-use': {
    status: 500,
    message: {
      ko: '클러스터의 API 서버 포트 {port}을(를) 다른 프로그램이 쓰고 있습니다. 그 프로그램을 끝내고 다시 시작하거나, 클러스터를 지우고(npm run cluster:delete) 새로 만드세요.',
      en: 'The port {port} of the cluster’s API server is in use by another program. End that one and start again, or delete the cluster (npm run cluster:delete) and have it created anew.',
    },
  },
  'kind-cluster-incomplete': {
    status: 500,
    message: {
      ko: 'kind 클러스터 "haechi"가 다 만들어지지 않았습니다(없는 것: {missing}). 만드는 중이라면 끝날 때까지 기다리고, 아니면 지우고(npm run cluster:delete) 다시 시작하세요.',
      en: 'The kind cluster "haechi" has been created only in part (it lacks: {missing}). If it is being created just now, wait for that; else delete it (npm run cluster:delete) and start again.',
    },
  },
  'kind-cluster-not-ready': {
    status: 500,
    message: {
      ko: 'kind 클러스터 "haechi"가 제시간에 준비되지 않았습니다: {reason}. docker logs haechi-control-plane에서 까닭을 찾거나, 클러스터를 지우고(npm run cluster:delete) 다시 시작하세요.',
      en: 'The kind cluster "haechi" did not become ready in time: {reason}. See docker logs haechi-control-plane for the reason, or delete it (npm run cluster:delete) and start again.',
    },
  },
  'image-unavailable': {
    status: 500,
    message: {
      ko: '이미지 {image}을(를) 내려받지 못했습니다: {words} 인터넷에 연결하고 다시 시작하거나, 다른 곳에서 내보낸 이미지를 불러오세요(npm run images -- load FILE).',
      en: 'The image {image} could not be fetched: {words} Connect to the internet and start again, or load images that were exported elsewhere (npm run images -- load FILE).',
    },
  },
  'image-archive-missing': {
    status: 500,
    message: {
      ko: '이미지 파일 {path}을(를) 읽을 수 없습니다: {reason}. npm run images -- export가 만든 파일을 지정하세요.',
      en: 'The archive of images {path} can not be read: {reason}. Name one that npm run images -- export has made.',
    },
  },
  'tool-failed': {
    status: 500,
    message: {
      ko: '"{command}" 명령이 실패했습니다: {words} 셸에서 같은 명령을 실행해 보고, 클러스터를 지우고(npm run cluster:delete) 다시 시작하세요.',
      en: 'The command "{command}" failed: {words} Try it in a shell; if the cluster is at fault, delete it (npm run cluster:delete) and start again.',
    },
  },
  'component-failed': {
    status: 500,
    message: {
      ko: '{component}이(가) 시작하지 못했습니다({end}). 마지막 로그: {last} 전체 로그는 {log}에 있습니다.',
      en: '{component} did not start ({end}). Its last words: {last} The whole log is {log}.',
    },
  },
  'cluster-stopped': {
    status: 503,
    message: {
      ko: '클러스터를 준비하는 중에 멈췄습니다. Haechi를 다시 시작하세요.',
      en: 'The cluster was stopped before it was ready. Start Haechi again.',
    },
  },
  'too-many-terminals': {
    status: 409,
    message: {
      ko: '터미널은 {most}개까지 열 수 있습니다. 쓰지 않는 것을 닫고 다시 여세요.',
      en: 'There can be {most} terminals. Close one that you do not use and open another.',
    },
  },
  'terminal-ended': {
    status: 409,
    message: { ko: '이 셸은 끝났습니다. 새 터미널을 여세요.', en: 'This shell has ended. Open a new terminal.' },
  },
  'terminal-input-full': {
    status: 429,
    message: {
      ko: '프로그램이 읽지 않은 입력이 {megabytes} MB를 넘었습니다. 프로그램을 끝내거나 조금씩 나누어 붙여 넣으세요.',
      en: 'The program has more than {megabytes} MB of input that it does not read. End it, or paste less at once.',
    },
  },
  'shells-not-contained': {
    status: 500,
    message: {
      ko: '셸을 격리할 수 없습니다: {reason}. {packages} 패키지를 설치하고 사용자 네임스페이스를 허용한 뒤 다시 시작하세요.',
      en: 'Shells cannot be contained: {reason}. Install {packages}, allow user namespaces, and start again.',
    },
  },
  'workbench-not-ready': {
    status: 503,
    message: {
      ko: '터미널이 열릴 작업용 파드가 준비되지 않았습니다: {reason}. 잠시 뒤에 다시 열고, 또 그러면 강사에게 알리세요.',
      en: 'The workbench pod, in which terminals open, is not ready: {reason}. Try again in a moment; if it happens once more, tell the instructor.',
    },
  },
  'workbench-unreachable': {
    status: 503,
    message: {
      ko: '작업용 파드에 연결하지 못했습니다: {reason}. 네트워크를 확인하고 다시 해 보세요.',
      en: 'The workbench pod could not be reached: {reason}. Check the network and try again.',
    },
  },
  unexpected: {
    status: 500,
    message: {
      ko: '예상하지 못한 오류입니다. 서버 로그에서 {id}를 찾아 보세요.',
      en: 'Something unexpected went wrong. Look for {id} in the server log.',
    },
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorCodes;
