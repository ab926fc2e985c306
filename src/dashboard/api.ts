// Requests to the daemon that this page came from.

/** It answered, but not with what was asked for. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(detail);
  }
}

const patience_ms = 5000;

async function detail_of(answer: Response): Promise<string> {
  try {
    const problem = await answer.json();
    if (typeof problem.detail === 'string') return problem.detail;
  } catch {
    // Not a problem document; the status has to do.
  }
  return `${answer.status} ${answer.statusText}`;
}

/** Throws Refused, or a TypeError or DOMException if nobody answers. */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const answer = await fetch(path, {
    credentials: 'same-origin',
    cache: 'no-store',
    signal: AbortSignal.timeout(patience_ms),
    ...init,
  });
  if (!answer.ok) throw new Refused(answer.status, await detail_of(answer));
  return answer;
}

export async function get<Document>(path: string): Promise<Document> {
  return (await ask(path)).json();
}

/** As get(), but null for what this daemon does not have. */
export async function get_if_there<Document>(path: string): Promise<Document | null> {
  try {
    return await get<Document>(path);
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return null;
    throw error;
  }
}

export function socket(path: string): WebSocket {
  const address = new URL(path, location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(address);
}

/** Trades the admin token for a cookie. */
export async function log_in(token: string): Promise<void> {
  await ask('/api/v1/session', { method: 'POST', headers: { Authorization: `Bearer ${token}` } });
}

export async function log_out(): Promise<void> {
  await ask('/api/v1/session', { method: 'DELETE' });
}
