// Keeps a follower connected: one WebSocket after the other, each going on behind the cursor.

import { type Follower, SessionGone } from "./follower";
import type { ServerMessage, Update } from "./messages";

export type Link = "connecting" | "live" | "broken" | "gone" | "closed";

export interface Hooks {
  /** Updates in order, as many as arrived together. */
  updates(batch: Update[]): void;
  /** How the connection stands. `retryAt` is the time (ms since 1970) of the next attempt while it is broken. */
  link(link: Link, retryAt: number | null, reason: string): void;
  /** Opens a socket. Throws if that cannot be done at all. */
  open(): WebSocket;
}

/** The server says something every 10 s; this much silence means that the way to it is broken. */
const SILENCE = 25_000;
const FIRST_WAIT = 200;
const LONGEST_WAIT = 5_000;

export class Connection {
  private socket: WebSocket | null = null;
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private watchdog: ReturnType<typeof setTimeout> | undefined;
  private ended = false;
  private isLive = false;
  private readonly retry = () => this.retryNow();

  constructor(
    readonly follower: Follower,
    private readonly hooks: Hooks,
  ) {
    addEventListener("online", this.retry);
    this.connect();
  }

  /** Ends it for good. */
  close(): void {
    this.ended = true;
    removeEventListener("online", this.retry);
    clearTimeout(this.timer);
    this.drop();
  }

  /** Tries at once instead of waiting, if the connection is broken. */
  retryNow(): void {
    if (this.ended || this.socket !== null) return;
    clearTimeout(this.timer);
    this.connect();
  }

  private connect(): void {
    if (this.ended) return;
    this.isLive = false;
    if (this.attempt === 0) this.hooks.link("connecting", null, "");
    const socket = this.hooks.open();
    this.socket = socket;
    this.listen();
    socket.onopen = () => {
      socket.send(JSON.stringify(this.follower.subscribe()));
      this.listen();
    };
    socket.onmessage = (event) => {
      if (this.socket === socket) this.take(socket, String(event.data));
    };
    socket.onclose = (event) => {
      if (this.socket !== socket) return;
      this.broken(event.reason || (event.code === 1001 ? "the server stopped" : "the connection was cut"));
    };
  }

  private take(socket: WebSocket, text: string): void {
    this.listen();
    try {
      const update = this.follower.receive(JSON.parse(text) as ServerMessage);
      if (update !== null) this.hooks.updates([update]);
      if (!this.isLive && (this.follower.phase === "following" || this.follower.phase === "over")) {
        this.isLive = true;
        this.attempt = 0;
        this.hooks.link("live", null, "");
      }
      const due = this.follower.acknowledgement();
      if (due !== null) socket.send(JSON.stringify(due));
      if (this.follower.phase === "over") this.finish("closed", update?.kind === "closed" ? update.reason : "");
    } catch (error) {
      if (error instanceof SessionGone) this.finish("gone", "");
      else this.broken(error instanceof Error ? error.message : String(error));
    }
  }

  private finish(link: Link, reason: string): void {
    this.close();
    this.hooks.link(link, null, reason);
  }

  private broken(reason: string): void {
    this.drop();
    if (this.ended) return;
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.attempt) * (0.75 + Math.random() / 2);
    this.attempt += 1;
    this.timer = setTimeout(() => this.connect(), wait);
    this.hooks.link("broken", Date.now() + wait, reason);
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    clearTimeout(this.watchdog);
    if (socket !== null) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  private listen(): void {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.broken("the server is silent"), SILENCE);
  }
}
