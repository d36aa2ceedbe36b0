/** An answer of the API server that was not a success. */
export class KubeError extends Error {
  /** HTTP status. */
  readonly status: number;
  /** Kubernetes' reason, as `Forbidden` or `NotFound`; empty if the answer was no Status object. */
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.name = 'KubeError';
    this.status = status;
    this.reason = reason;
  }
}

/** Whether the API server has said that there is no such thing. */
export function isNotFound(error: unknown): boolean {
  return error instanceof KubeError && error.status === 404;
}

/** @param text the body of the answer, a Status object or anything else. */
export function toKubeError(status: number, text: string): KubeError {
  try {
    const body = JSON.parse(text) as { reason?: string; message?: string };
    return new KubeError(status, body.reason ?? '', body.message ?? text);
  } catch {
    return new KubeError(status, '', text || `HTTP ${status}`);
  }
}
