// What the server and the extension exchange beyond the Language Server Protocol.

/** The answer to `codestral-ls.status`, and the parameters of `codestral/status`. */
export interface Status {
  readonly version: string;
  readonly state:
    | 'ready'
    | 'busy'
    | 'loading'
    | 'limited'
    | 'unauthorized'
    | 'offline'
    | 'disabled';
  /** How things stand, in a sentence; the same one wherever the condition is told. */
  readonly message: string;
  readonly until: string | null;
  /** What helps, as in `codestral/notice`. */
  readonly remedies: readonly string[];
  readonly provider: string;
  readonly host: string;
  readonly model: string;
  readonly lastError: {
    readonly kind: string;
    readonly message: string;
    readonly at: string;
  } | null;
  /** `off`: the index of the workspace ended too often and was switched off. */
  readonly index?: 'on' | 'off';
  readonly counters: Readonly<Record<string, number>>;
  /** What was counted today by all servers, in a line; empty where nothing is kept. */
  readonly today?: string;
}

/** One entry of the answer to `codestral-ls.explain`. */
export interface RequestRecord {
  readonly at: string;
  readonly uri: string;
  readonly line: number;
  readonly character: number;
  readonly outcome: string;
  readonly reason: string;
  readonly source: string | null;
  readonly timingsMs: Readonly<Record<string, number | null>>;
}

/** The parameters of `codestral/more`. */
export interface More {
  readonly textDocument: { readonly uri: string };
  /** The suggestion's. */
  readonly id: string;
  /** There is more of it than was answered. */
  readonly ready: boolean;
  /** Nothing more will come. */
  readonly done: boolean;
}

/** The answer to `codestral-ls.why`. */
export interface Why {
  readonly answer: string;
  readonly until: string | null;
  readonly remedies: readonly string[];
  /** What the model saw, a line for each part. */
  readonly seen: readonly string[];
  readonly earlier: readonly RequestRecord[];
}

/** What the extension can do, told in the request `initialize`. */
export const INITIALIZATION_OPTIONS = {
  keepsLateReplies: true,
  moreNotifications: true,
  notices: true,
  statusNotifications: true,
};

/** The life of the server's process. */
export type Phase = 'starting' | 'running' | 'stopped' | 'failed';
