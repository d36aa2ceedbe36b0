export interface HttpRequest {
  method: string;
  /** With its query. */
  path: string;
  headers: Record<string, string>;
  body: string;
}

export interface HttpResponse {
  status: number;
  reason: string;
  headers: Record<string, string>;
  body: string;
}

/** What a client of TLS believes. */
export interface TlsTrust {
  /** PEM of the authorities it trusts; undefined for the public ones alone. */
  authorities: string | undefined;
  /** Whether it verifies at all. */
  verify: boolean;
  /** The host name or address that it asked for, and that the certificate has to be for. */
  host: string;
}

/** Why a client of TLS doesn't believe a server. */
export class TlsError extends Error {
  readonly kind: 'untrusted' | 'other name' | 'failed';

  constructor(kind: TlsError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Something that listens on a port of a pod. */
export interface Listener {
  http?: (request: HttpRequest) => Promise<HttpResponse>;
  /** HTTP in TLS. @throws TlsError */
  https?: (request: HttpRequest, trust: TlsTrust, signal: AbortSignal) => Promise<HttpResponse>;
  /** Takes all that a client sends and answers with all that it gets. */
  raw?: (input: string) => Promise<string>;
}

export type Connection =
  | { result: 'open'; ip: string; listener: Listener }
  /** A packet that is not let through is lost; whoever waits for an answer waits until its own deadline. */
  | { result: 'timeout' | 'refused'; ip: string }
  /** There is no such name, or (`lost`) no name server that answers. */
  | { result: 'unresolved'; lost: boolean };

/** An answer in plain text. */
export function answer(status: number, reason: string, body = ''): HttpResponse {
  return { status, reason, headers: { 'content-type': 'text/plain' }, body };
}
