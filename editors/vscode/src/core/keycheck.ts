// What the box for an API key says of a key, and whether the key is stored.

/** The answer to `codestral-ls.checkKey`. */
export interface KeyCheck {
  readonly outcome: string;
  readonly message: string;
}

export interface Verdict {
  readonly message: string;
  readonly stores: boolean;
  /** The user may store the key although it was not checked. */
  readonly offersAnyway: boolean;
}

const UNCHECKED =
  'The key could not be checked: the server is not running, or the folder is not trusted.';

/** `check` is undefined where the server could not be asked. */
export function verdict(check: KeyCheck | undefined): Verdict {
  const { outcome, message } = check ?? { outcome: 'unreachable', message: UNCHECKED };
  switch (outcome) {
    case 'accepted':
    case 'unchecked':
      return { message, stores: true, offersAnyway: false };
    case 'unreachable':
      return {
        message: `${message} Press Enter again to store it anyway.`,
        stores: false,
        offersAnyway: true,
      };
    default:
      return { message: `${message} It was not stored.`, stores: false, offersAnyway: false };
  }
}
