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
  unexpected: {
    status: 500,
    message: {
      ko: '예상하지 못한 오류입니다. 서버 로그에서 {id}를 찾아 보세요.',
      en: 'Something unexpected went wrong. Look for {id} in the server log.',
    },
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorCodes;
