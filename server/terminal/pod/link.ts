/** A stream of bytes to the agent of a workbench pod. */
export interface Link {
  send(bytes: Buffer): void;
  /** Ends it; its listeners hear no more. */
  close(): void;
}

export interface LinkListeners {
  onData: (bytes: Buffer) => void;
  /** It broke, or was ended on the other side. */
  onClose: (reason: string) => void;
}

/** Rejects when there is no way to the agent just now. */
export type OpenLink = (listeners: LinkListeners) => Promise<Link>;
