// Requests to the server. Commands carry a key, so that one whose answer was lost can be sent again and acts once.

export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly body: unknown,
  ) {
    super(message);
  }
}

export interface Answered<T> {
  data: T;
  /** The number of the last event that the command caused; 0 where the server does not say. */
  seq: number;
}

export interface Credentials {
  token: string | null;
  control: string | null;
}

interface Options {
  body?: unknown;
  raw?: { data: BodyInit; type: string };
  command?: boolean;
  signal?: AbortSignal;
}

/** With pauses that double, that is some ten seconds: a connection that comes back finds the command still waiting. */
const TRIES = 6;

export class Http {
  readonly credentials: Credentials = { token: null, control: null };
  /** Asks for the token; gives false if there is none to be had. */
  askToken: () => Promise<boolean> = async () => false;

  async get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return (await this.send<T>("GET", path, signal ? { signal } : {})).data;
  }

  async post<T>(path: string, body?: unknown, options: Options = {}): Promise<Answered<T>> {
    return this.send<T>("POST", path, { command: true, ...options, body: body ?? {} });
  }

  async send<T>(method: string, path: string, options: Options = {}): Promise<Answered<T>> {
    const key = options.command ? randomKey() : null;
    for (let attempt = 1; ; attempt += 1) {
      let response: Response;
      try {
        response = await fetch(path, this.request(method, options, key));
      } catch (error) {
        const again = error instanceof TypeError && attempt < TRIES && (method === "GET" || key !== null);
        if (!again) throw unreachable(error);
        await pause(150 * 2 ** attempt);
        continue;
      }
      if (response.status === 401 && (await this.askToken())) continue;
      return await answer<T>(response);
    }
  }

  private request(method: string, options: Options, key: string | null): RequestInit {
    const headers: Record<string, string> = {};
    const { token, control } = this.credentials;
    if (token !== null) headers["Authorization"] = `Bearer ${token}`;
    if (control !== null) headers["Emu-Control"] = control;
    if (key !== null) headers["Idempotency-Key"] = key;
    const request: RequestInit = { method, headers, cache: "no-store" };
    if (options.signal) request.signal = options.signal;
    if (options.raw) {
      headers["Content-Type"] = options.raw.type;
      request.body = options.raw.data;
    } else if (options.body !== undefined) {
      headers["Content-Type"] = "application/json";
      request.body = JSON.stringify(options.body);
    }
    return request;
  }

  /** A socket for updates. Browsers send no header with it: the token travels as a name of a sub-protocol. */
  socket(): WebSocket {
    const { token } = this.credentials;
    const url = new URL("/api/v1/ws", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    return token === null ? new WebSocket(url) : new WebSocket(url, ["emu", `emu.bearer.${token}`]);
  }
}

async function answer<T>(response: Response): Promise<Answered<T>> {
  const seq = Number(response.headers.get("Emu-Seq") ?? 0);
  const text = await response.text();
  let data: unknown = text;
  try {
    data = JSON.parse(text);
  } catch {
    // Some refusals are plain text.
  }
  if (response.ok) return { data: data as T, seq };
  const message = (data as { message?: unknown } | null)?.message;
  throw new ApiError(response.status, typeof message === "string" ? message : text.trim() || response.statusText, data);
}

function unreachable(error: unknown): unknown {
  if (error instanceof DOMException && error.name === "AbortError") return error;
  return new ApiError(0, "The server cannot be reached. Is it still running?", null);
}

/** 128 random bits. `crypto.randomUUID` exists on secure origins only, and a class may be served over plain HTTP. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
