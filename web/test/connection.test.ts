// A connection over sockets that the test holds in its hand, under a clock that the test moves.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Connection, type Link } from "../src/stream/connection";
import { Follower } from "../src/stream/follower";
import type { Update } from "../src/stream/messages";

class FakeSocket {
  sent: { type: string; cursor?: { seq: number } }[] = [];
  isClosed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.isClosed = true;
  }
  says(message: object): void {
    this.onmessage?.({ data: JSON.stringify({ sessionId: "s", epoch: "e", ...message }) });
  }
  breaks(code = 1006): void {
    this.onclose?.({ code, reason: "" });
  }
}

/** Time that passes when the test says so. */
class Clock {
  now = 0;
  private last = 0;
  private readonly timers = new Map<number, { at: number; act: () => void }>();
  readonly set = (act: () => void, wait: number): number => {
    this.timers.set(++this.last, { at: this.now + wait, act });
    return this.last;
  };
  readonly clear = (timer: number | undefined): void => {
    if (timer !== undefined) this.timers.delete(timer);
  };
  tick(milliseconds: number): void {
    const until = this.now + milliseconds;
    for (;;) {
      const next = [...this.timers].filter(([, one]) => one.at <= until).sort(([, a], [, b]) => a.at - b.at)[0];
      if (next === undefined) break;
      this.timers.delete(next[0]);
      this.now = next[1].at;
      next[1].act();
    }
    this.now = until;
  }
}

const real = { setTimeout, clearTimeout, now: Date.now };
let clock: Clock;
let sockets: FakeSocket[];
let links: Link[];
let updates: Update[];

function connect(): Connection {
  return new Connection(new Follower("s", "start"), {
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    link: (link) => links.push(link),
    updates: (batch) => updates.push(...batch),
  });
}

function newest(): FakeSocket {
  const socket = sockets.at(-1);
  assert.ok(socket);
  return socket;
}

function opens(seq: number, mode: string): void {
  newest().onopen?.();
  newest().says({ type: "subscribed", seq, data: { mode, low: 1, high: seq } });
}

const output = (seq: number) => ({ type: "output", seq, prev: seq - 1, data: { content: `${seq}`, stream: "stdout" } });

beforeEach(() => {
  sockets = [];
  links = [];
  updates = [];
  Object.assign(globalThis, { addEventListener: () => undefined, removeEventListener: () => undefined });
  clock = new Clock();
  Object.assign(globalThis, { setTimeout: clock.set, clearTimeout: clock.clear });
  Date.now = () => clock.now;
});

afterEach(() => {
  Object.assign(globalThis, { setTimeout: real.setTimeout, clearTimeout: real.clearTimeout });
  Date.now = real.now;
});

test("a cut connection is made again behind the cursor, and nothing is missing", () => {
  connect();
  opens(0, "replay");
  newest().says(output(1));
  newest().says(output(2));
  newest().breaks();
  assert.equal(links.at(-1), "broken");
  clock.tick(1000);
  assert.equal(sockets.length, 2);
  opens(2, "resume");
  assert.equal(newest().sent[0]?.cursor?.seq, 2);
  newest().says(output(3));
  assert.deepEqual(links, ["connecting", "live", "broken", "live"]);
  assert.deepEqual(updates.map((one) => one.kind === "output" && one.seq), [1, 2, 3]);
});

test("attempts come less and less often, and at once when somebody asks", () => {
  const connection = connect();
  for (let attempt = 0; attempt < 8; attempt += 1) {
    newest().breaks();
    clock.tick(7000);
  }
  assert.equal(sockets.length, 9);
  newest().breaks();
  clock.tick(1000); // by now it waits longer than that
  assert.equal(sockets.length, 9);
  connection.retryNow();
  assert.equal(sockets.length, 10);
});

test("a hole in the numbers ends the connection, not the stream", () => {
  connect();
  opens(0, "replay");
  newest().says(output(1));
  newest().says(output(3));
  assert.equal(newest().isClosed, true);
  assert.equal(links.at(-1), "broken");
  clock.tick(1000);
  opens(1, "resume");
  newest().says(output(2));
  assert.deepEqual(updates.map((one) => one.kind === "output" && one.seq), [1, 2]);
});

test("silence is a broken connection", () => {
  connect();
  opens(0, "replay");
  clock.tick(24_000);
  assert.equal(links.at(-1), "live");
  clock.tick(2_000);
  assert.equal(links.at(-1), "broken");
});

test("after the end of the session nobody tries again", () => {
  connect();
  opens(0, "replay");
  newest().says({ type: "closed", seq: 1, prev: 0, data: { reason: "deleted" } });
  assert.equal(links.at(-1), "closed");
  clock.tick(60_000);
  assert.equal(sockets.length, 1);
});

test("a session that does not exist is not asked for twice", () => {
  connect();
  newest().onopen?.();
  newest().says({ type: "problem", data: { code: "unknown_session", message: "no such session" } });
  assert.equal(links.at(-1), "gone");
  clock.tick(60_000);
  assert.equal(sockets.length, 1);
});

test("a message of a connection that was given up changes nothing", () => {
  connect();
  opens(0, "replay");
  const old = newest();
  const late = old.onmessage;
  old.breaks();
  late?.({ data: JSON.stringify({ sessionId: "s", epoch: "e", ...output(1) }) });
  assert.deepEqual(updates, []);
});
