import type { Text } from '../../contract/text.ts';
import { text } from '../network/words.ts';

/** A permission that leads to more than it says. */
export interface Danger {
  verbs: readonly string[];
  group: string;
  resources: readonly string[];
  why: Text;
}

const rbac = 'rbac.authorization.k8s.io';
const write = ['create', 'update', 'patch'];
const secretsWhy = text(
  'secrets를 읽으면 그 안의 비밀번호와 토큰으로 다른 누구라도 될 수 있습니다. list와 watch도 내용을 다 보여 줍니다.',
  'Whoever reads secrets can be whoever their passwords and tokens belong to; list and watch show the contents, too.',
);

/**
 * Ways up, the worst first. https://kubernetes.io/docs/concepts/security/rbac-good-practices/ lists them as
 * "Kubernetes RBAC - privilege escalation risks".
 */
export const dangers: readonly Danger[] = [
  {
    verbs: ['escalate'],
    group: rbac,
    resources: ['roles', 'clusterroles'],
    why: text(
      'escalate가 있으면 자신에게 없는 권한도 Role에 적을 수 있습니다.',
      'escalate lets them write permissions into a role that they don’t have themselves.',
    ),
  },
  {
    verbs: ['bind'],
    group: rbac,
    resources: ['roles', 'clusterroles'],
    why: text(
      'bind가 있으면 자신에게 없는 권한의 Role도 자신에게 연결할 수 있습니다.',
      'bind lets them bind a role to themselves that gives more than they have.',
    ),
  },
  {
    verbs: ['impersonate'],
    group: '',
    resources: ['users', 'groups', 'serviceaccounts'],
    why: text(
      'impersonate가 있으면 다른 사람이나 계정이 되어 그 권한을 모두 쓸 수 있습니다.',
      'impersonate lets them act as somebody else, with all that they may do.',
    ),
  },
  { verbs: ['get', 'list', 'watch'], group: '', resources: ['secrets'], why: secretsWhy },
  {
    verbs: ['create', 'get'],
    group: '',
    resources: ['pods/exec', 'pods/attach'],
    why: text(
      'pods/exec가 있으면 파드 안에서 명령을 실행해 그 파드의 계정과 비밀을 쓸 수 있습니다.',
      'Running commands inside a pod gives its account, its secrets and its network.',
    ),
  },
  {
    verbs: ['update', 'patch'],
    group: '',
    resources: ['pods/ephemeralcontainers'],
    why: text(
      '임시 컨테이너를 넣으면 도는 파드 안에 들어가는 것과 같습니다.',
      'An ephemeral container is a way into a running pod, as exec is.',
    ),
  },
  {
    verbs: ['create'],
    group: '',
    resources: ['serviceaccounts/token'],
    why: text(
      'serviceaccounts/token이 있으면 어떤 서비스 계정의 토큰이든 만들어 그 계정이 될 수 있습니다.',
      'serviceaccounts/token makes a token of any account in the namespace: they become that account.',
    ),
  },
  {
    verbs: ['get', 'create'],
    group: '',
    resources: ['nodes/proxy'],
    why: text(
      'nodes/proxy가 있으면 kubelet에 바로 닿아, 감사 로그 없이 어느 파드에서나 명령을 실행할 수 있습니다.',
      'nodes/proxy reaches the kubelet itself: commands in any pod, past admission and audit.',
    ),
  },
  {
    verbs: ['update', 'patch'],
    group: 'certificates.k8s.io',
    resources: ['certificatesigningrequests/approval'],
    why: text(
      '인증서 요청을 승인할 수 있으면 누구의 이름으로든 인증서를 만들 수 있습니다.',
      'Approving certificate requests makes a certificate in anybody’s name.',
    ),
  },
  {
    verbs: [...write, 'delete'],
    group: rbac,
    resources: ['rolebindings', 'clusterrolebindings', 'roles', 'clusterroles'],
    why: text(
      'Role과 바인딩을 고칠 수 있으면 권한을 나누어 주는 사람이 됩니다.',
      'Whoever writes roles and bindings decides what others may do.',
    ),
  },
  {
    verbs: ['create', 'get'],
    group: '',
    resources: ['pods/portforward'],
    why: text(
      'pods/portforward가 있으면 네트워크 정책을 지나 파드의 포트에 바로 닿습니다.',
      'pods/portforward reaches a pod’s ports past every network policy.',
    ),
  },
  {
    verbs: write,
    group: '',
    resources: ['pods'],
    why: text(
      '파드를 만들 수 있으면 네임스페이스의 어떤 서비스 계정과 Secret이든 마운트할 수 있습니다.',
      'Whoever creates pods can mount any account and any Secret of the namespace.',
    ),
  },
  {
    verbs: write,
    group: 'apps',
    resources: ['deployments', 'daemonsets', 'statefulsets', 'replicasets'],
    why: text(
      '워크로드를 고칠 수 있으면 그 파드에 어떤 서비스 계정과 Secret이든 마운트할 수 있습니다.',
      'Whoever writes workloads can mount any account and any Secret of the namespace in their pods.',
    ),
  },
  {
    verbs: write,
    group: 'batch',
    resources: ['jobs', 'cronjobs'],
    why: text(
      'Job을 만들 수 있으면 그 파드에 어떤 서비스 계정과 Secret이든 마운트할 수 있습니다.',
      'Whoever writes Jobs can mount any account and any Secret of the namespace in their pods.',
    ),
  },
];

/** How dangerous a permission is: 0 is the worst, `dangers.length` is none of them. */
export function rankOf(verb: string, group: string, resource: string): number {
  const index = dangers.findIndex(
    (danger) => danger.verbs.includes(verb) && danger.group === group && danger.resources.includes(resource),
  );
  return index < 0 ? dangers.length : index;
}
