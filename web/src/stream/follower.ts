// One side of a numbered subscription, without a connection: what to send, and what the answers mean.
//
// A follower outlives connections. On each one, send `subscribe()` and hand every message to `receive()`, which returns
// the update in it and moves the cursor. The cursor alone is kept between connections: the next subscription goes on
// exactly behind the last update. Nothing is believed that can be checked: each event names its predecessor (`prev`),
// numbers are dense, a resumed stream starts at the cursor. What fails throws `Gap` and leaves the cursor on the last
// good update; a connection made anew with it brings the rest. A heartbeat that twice promises more than arrives throws,
// too: the tail was lost.

import type { Cursor, EventMessage, ServerMessage, Update } from "./messages";

export class Gap extends Error {}

/** The session does not exist, or no longer. */
export class SessionGone extends Error {}

type Phase = "subscribing" | "expecting" | "following" | "over";

export const WINDOW = 256;

export class Follower {
  cursor: Cursor | null;
  /** The newest event that the server has spoken of. */
  high = 0;
  phase: Phase = "subscribing";
  private acknowledged = 0;
  private missingSince: number | null = null;

  constructor(
    readonly sessionId: string,
    private readonly start: "now" | "start" = "now",
    cursor: Cursor | null = null,
    private readonly window = WINDOW,
  ) {
    this.cursor = cursor;
  }

  /** How many events the server has that were not received. */
  get behind(): number {
    return Math.max(0, this.high - (this.cursor?.seq ?? 0));
  }

  subscribe(): object {
    this.phase = "subscribing";
    this.missingSince = null;
    return {
      type: "subscribe",
      version: 2,
      sessionId: this.sessionId,
      events: [],
      ...(this.cursor ? { cursor: this.cursor } : { from: this.start }),
      window: this.window,
    };
  }

  /** The acknowledgement that is due: one for every half of the window. */
  acknowledgement(): object | null {
    if (this.cursor === null || this.phase !== "following") return null;
    const owed = this.cursor.seq - this.acknowledged;
    if (owed * 2 < this.window) return null;
    this.acknowledged = this.cursor.seq;
    return { type: "ack", sessionId: this.sessionId, seq: this.cursor.seq };
  }

  receive(message: ServerMessage): Update | null {
    if (message.sessionId !== this.sessionId) return null;
    switch (message.type) {
      case "state":
      case "output":
      case "event":
      case "closed":
        return this.numbered(message);
      case "subscribed":
        this.subscribed(message);
        return null;
      case "reset":
        this.phase = "expecting";
        this.high = message.data.high;
        return { kind: "reset", reason: message.data.reason };
      case "snapshot": {
        if (this.phase !== "expecting") throw new Gap("a snapshot came that nothing announced");
        const cursor = { epoch: message.epoch, seq: message.seq };
        this.begin(cursor);
        return { kind: "snapshot", cursor, data: message.data };
      }
      case "heartbeat":
        this.heartbeat(message.data.high);
        return null;
      case "problem":
        if (message.data.code === "unknown_session") throw new SessionGone(message.data.message);
        throw new Error(message.data.message);
      default:
        return null; // `bye` says where to resume, which the cursor knows; kinds of the future mean nothing here
    }
  }

  private subscribed(message: ServerMessage & { type: "subscribed" }): void {
    this.high = Math.max(this.high, message.data.high);
    if (message.data.mode === "snapshot" || message.data.mode === "reset") {
      this.phase = "expecting";
      return;
    }
    const expected = this.cursor ?? { epoch: message.epoch, seq: 0 };
    if (expected.epoch !== message.epoch || expected.seq !== message.seq) {
      throw new Gap(`the stream goes on after ${message.seq} instead of ${expected.seq}`);
    }
    this.begin(expected);
  }

  private begin(cursor: Cursor): void {
    this.cursor = cursor;
    this.high = Math.max(this.high, cursor.seq);
    this.acknowledged = cursor.seq;
    this.phase = "following";
  }

  private numbered(message: EventMessage): Update {
    const last = this.cursor;
    if (this.phase !== "following" || last === null) {
      throw new Gap(`event ${message.seq} came before the subscription was confirmed`);
    }
    if (message.epoch !== last.epoch) throw new Gap("the numbering began anew without a reset");
    if (message.prev !== last.seq || message.seq !== last.seq + 1) {
      throw new Gap(`event ${message.seq} follows ${message.prev}, but the last one was ${last.seq}`);
    }
    this.cursor = { epoch: last.epoch, seq: message.seq };
    this.high = Math.max(this.high, message.seq);
    this.missingSince = null;
    const { seq } = message;
    switch (message.type) {
      case "state":
        return { kind: "state", seq, data: message.data };
      case "output":
        return { kind: "output", seq, data: message.data };
      case "event":
        return { kind: "event", seq, data: message.data };
      case "closed":
        this.phase = "over";
        return { kind: "closed", seq, reason: message.data.reason };
    }
  }

  private heartbeat(high: number): void {
    if (this.cursor === null) return;
    this.high = Math.max(this.high, high);
    const hasCredit = this.cursor.seq - this.acknowledged < this.window;
    if (!hasCredit || this.high === this.cursor.seq) this.missingSince = null;
    else if (this.missingSince === this.cursor.seq) throw new Gap(`nothing arrives after ${this.cursor.seq}`);
    else this.missingSince = this.cursor.seq;
  }
}
