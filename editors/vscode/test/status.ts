// A status as the server sends it.

import type { Status } from '../src/core/protocol';

export const STATUS: Status = {
  version: '0.1.0',
  state: 'ready',
  message: 'Ready.',
  remedies: [],
  until: null,
  provider: 'mistral',
  host: 'api.mistral.ai',
  model: 'codestral-latest',
  lastError: null,
  counters: { requests: 3, shown: 2, accepted: 1, acceptedChars: 20 },
  today: 'Today: 2 shown, 1 taken (50%), 20 characters',
};
