import type { HttpAnswer } from '../../cluster/cluster.ts';
import type { Serves } from '../../content/check-schema.ts';
import { substitute, type Names } from '../../content/names.ts';
import type { Text } from '../../contract/text.ts';
import type { Finding } from '../../contract/verdict.ts';
import { text } from '../network/words.ts';

const reference = 'https://kubernetes.io/docs/concepts/services-networking/service/';

/** A request that a check asks for, in real names. */
export interface Request {
  /** `production-minji/api`. */
  from: string;
  url: string;
  status: number;
  contains: string | undefined;
}

export function requestOf({ from, get, status, contains }: Serves, { namespaces, variables }: Names): Request {
  const [namespace = '', name = ''] = from.split('/');
  return { from: `${namespaces[namespace] ?? namespace}/${name}`, url: substitute(get, variables), status, contains };
}

/** Whether an answer is what a check asks for. */
export function judgeAnswer(request: Request, answer: HttpAnswer): Finding[] {
  const found = whatIsWrong(request, answer);
  if (!found) return [];
  return [{ expected: expectedOf(request), found, where: whereOf(request), reference }];
}

/** There is no pod to ask from. */
export function noPodToAsk(request: Request): Finding {
  return {
    expected: expectedOf(request),
    found: text(
      `${request.from}: 요청을 보낼 준비된 파드가 없습니다.`,
      `${request.from} has no ready pod to ask from.`,
    ),
    where: request.from,
    reference,
  };
}

function expectedOf({ from, url, status, contains }: Request): Text {
  return contains === undefined
    ? text(`${from}에서 ${url} → ${status}`, `${url} from ${from} answers ${status}.`)
    : text(
        `${from}에서 ${url} → ${status}, 내용에 "${contains}"`,
        `${url} from ${from} answers ${status} and says "${contains}".`,
      );
}

function whatIsWrong({ status, contains }: Request, answer: HttpAnswer): Text | null {
  switch (answer.result) {
    case 'refused':
      return text('연결이 거절되었습니다.', 'The connection was refused.');
    case 'timeout':
      return text(
        '답이 오지 않습니다 (시간 초과). 네트워크 정책이 막는 길에서는 이렇게 됩니다.',
        'No answer (timed out), as on a way that a network policy blocks.',
      );
    case 'unresolved':
      return text(`이름을 찾지 못했습니다: ${answer.detail}`, `The name could not be resolved: ${answer.detail}`);
    case 'impossible':
      return text(`요청을 보내지 못했습니다: ${answer.detail}`, `The request could not be made: ${answer.detail}`);
    case 'answered':
      if (answer.status !== status) {
        return text(
          `${answer.status} 응답이 왔습니다: ${excerpt(answer.body)}`,
          `It answers ${answer.status}: ${excerpt(answer.body)}`,
        );
      }
      if (contains !== undefined && !answer.body.includes(contains)) {
        return text(
          `응답에 그 내용이 없습니다: ${excerpt(answer.body)}`,
          `The answer says something else: ${excerpt(answer.body)}`,
        );
      }
      return null;
  }
}

/** The Service (or host) that was asked. */
function whereOf({ url }: Request): string {
  return `Service/${new URL(url).hostname.split('.')[0] ?? ''}`;
}

function excerpt(body: string): string {
  const line = body.trim().replace(/\s+/g, ' ');
  return line === '' ? '""' : line.length > 120 ? `${line.slice(0, 119)}…` : line;
}
