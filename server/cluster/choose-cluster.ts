import type { ClusterKind } from '../contract/cluster-status.ts';
import type { Text } from '../contract/text.ts';
import { HaechiError } from '../errors.ts';
import { checkTools } from './kind/tools.ts';

export interface ClusterChoice {
  kind: ClusterKind;
  /** Why this one, in a sentence. */
  reason: Text;
}

/**
 * Which cluster labs run in: the one that the user names; else kind where Docker and a kind that is new enough answer;
 * else the embedded one, which needs neither.
 * @throws the signal's reason
 */
export async function chooseCluster(
  named: ClusterKind | undefined,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<ClusterChoice> {
  if (named !== undefined) {
    return { kind: named, reason: { ko: `직접 고른 클러스터(${named})입니다.`, en: `You chose ${named}.` } };
  }
  try {
    const { dockerVersion, kindVersion } = await checkTools(environment, signal);
    const reason = {
      ko: `Docker ${dockerVersion}와 kind ${kindVersion}이(가) 있어 실습이 진짜 파드로 돌아갑니다.`,
      en: `Docker ${dockerVersion} and kind ${kindVersion} are here, so labs run on real pods.`,
    };
    return { kind: 'kind', reason };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof HaechiError)) throw error;
    return { kind: 'embedded', reason: whyNotKind(error) };
  }
}

/** In a few words: kind is an offer, and its lack no error. `--cluster kind` says the rest. */
function whyNotKind({ code }: HaechiError): Text {
  const lacks: Partial<Record<string, Text>> = {
    'docker-missing': { ko: 'Docker가 없습니다', en: 'there is no Docker' },
    'docker-not-running': { ko: 'Docker가 응답하지 않습니다', en: 'Docker does not answer' },
    'docker-denied': { ko: '이 사용자는 Docker를 쓸 수 없습니다', en: 'this user may not use Docker' },
    'kind-missing': { ko: 'kind가 없습니다', en: 'there is no kind' },
    'kind-too-old': { ko: 'kind가 오래되었습니다', en: 'kind is too old' },
  };
  const lack = lacks[code] ?? { ko: 'Docker나 kind를 쓸 수 없습니다', en: 'Docker or kind can not be used' };
  return {
    ko: `${lack.ko}. 파드와 패킷은 모의로 돌아갑니다(--cluster kind로 까닭을 볼 수 있습니다).`,
    en: `Pods and packets are simulated: ${lack.en} (--cluster kind says more).`,
  };
}
