import assert from "node:assert/strict";
import { test } from "node:test";
import { Follower, Gap, SessionGone } from "../src/stream/follower";
import type { EventMessage, ServerMessage, SnapshotData, StateData } from "../src/stream/messages";

const ID = "s";
const FLAGS = { n: false, z: false, c: false, v: false };
const STATE: StateData = { status: "idle", pc: 0, registers: { cpsr: FLAGS }, flags: FLAGS, cycles: 0, hasWrite: false };
const SNAPSHOT: SnapshotData = { ...STATE, console: "" };

function subscribed(seq: number, mode: "snapshot" | "replay" | "resume" | "reset" = "resume", epoch = "e", high = seq): ServerMessage {
  return { type: "subscribed", sessionId: ID, epoch, seq, data: { mode, low: 1, high } };
}

function output(seq: number, prev = seq - 1, epoch = "e"): EventMessage {
  return { type: "output", sessionId: ID, epoch, seq, prev, data: { content: `${seq};`, stream: "stdout" } };
}

function following(seq: number, window = 256): Follower {
  const follower = new Follower(ID, "now", { epoch: "e", seq }, window);
  follower.subscribe();
  follower.receive(subscribed(seq));
  return follower;
}

test("the first subscription asks for a picture, the next for what follows the cursor", () => {
  const follower = new Follower(ID);
  assert.deepEqual(follower.subscribe(), { type: "subscribe", version: 2, sessionId: ID, events: [], from: "now", window: 256 });
  assert.equal(follower.receive(subscribed(7, "snapshot")), null);
  const update = follower.receive({ type: "snapshot", sessionId: ID, epoch: "e", seq: 7, data: SNAPSHOT });
  assert.deepEqual(update, { kind: "snapshot", cursor: { epoch: "e", seq: 7 }, data: SNAPSHOT });
  assert.deepEqual(follower.receive(output(8)), { kind: "output", seq: 8, data: { content: "8;", stream: "stdout" } });
  assert.deepEqual(follower.subscribe(), {
    type: "subscribe", version: 2, sessionId: ID, events: [], cursor: { epoch: "e", seq: 8 }, window: 256,
  });
});

test("a replay from the start begins at nothing", () => {
  const follower = new Follower(ID, "start");
  follower.subscribe();
  follower.receive(subscribed(0, "replay", "e", 2));
  assert.equal(follower.behind, 2);
  follower.receive(output(1));
  follower.receive(output(2));
  assert.equal(follower.behind, 0);
});

test("an event that is missing, repeated, out of order or of another numbering is a gap, and the cursor stays", () => {
  for (const wrong of [output(7), output(5), output(6, 4), output(4), output(6, 5, "f")]) {
    const follower = following(5);
    assert.throws(() => follower.receive(wrong), Gap, JSON.stringify(wrong));
    assert.deepEqual(follower.cursor, { epoch: "e", seq: 5 });
    assert.deepEqual(follower.receive(output(6))?.kind, "output");
  }
});

test("nothing may come before the confirmation", () => {
  const follower = new Follower(ID);
  follower.subscribe();
  assert.throws(() => follower.receive(output(1)), Gap);
  assert.throws(() => follower.receive({ type: "snapshot", sessionId: ID, epoch: "e", seq: 1, data: SNAPSHOT }), Gap);
});

test("a stream that is resumed elsewhere than at the cursor is a gap", () => {
  const follower = new Follower(ID, "now", { epoch: "e", seq: 5 });
  follower.subscribe();
  assert.throws(() => follower.receive(subscribed(6)), Gap);
  follower.subscribe();
  assert.throws(() => follower.receive(subscribed(5, "resume", "f")), Gap);
});

test("a reset says why, and a picture replaces everything", () => {
  const follower = following(5);
  follower.subscribe();
  follower.receive(subscribed(2, "reset", "f"));
  assert.deepEqual(
    follower.receive({ type: "reset", sessionId: ID, epoch: "f", data: { reason: "epoch", low: 1, high: 2 } }),
    { kind: "reset", reason: "epoch" },
  );
  follower.receive({ type: "snapshot", sessionId: ID, epoch: "f", seq: 2, data: SNAPSHOT });
  assert.deepEqual(follower.cursor, { epoch: "f", seq: 2 });
  assert.equal(follower.receive(output(3, 2, "f"))?.kind, "output");
});

test("an acknowledgement is due for every half of the window", () => {
  const follower = following(0, 8);
  const due: unknown[] = [];
  for (let seq = 1; seq <= 8; seq += 1) {
    follower.receive(output(seq));
    due.push(follower.acknowledgement());
  }
  assert.deepEqual(due.map((one) => (one as { seq: number } | null)?.seq ?? null), [null, null, null, 4, null, null, null, 8]);
});

test("a heartbeat that promises more than arrives is believed once, not twice", () => {
  const beat = (high: number): ServerMessage => ({ type: "heartbeat", sessionId: ID, epoch: "e", data: { high } });
  const follower = following(5);
  follower.receive(beat(5));
  follower.receive(beat(6));
  assert.equal(follower.behind, 1);
  assert.throws(() => follower.receive(beat(6)), Gap);
  const other = following(5);
  other.receive(beat(6));
  other.receive(output(6));
  other.receive(beat(7)); // counts anew behind another event
});

test("messages of other sessions mean nothing, an unknown session is the end", () => {
  const follower = following(5);
  assert.equal(follower.receive({ ...output(99), sessionId: "other" }), null);
  assert.throws(
    () => follower.receive({ type: "problem", sessionId: ID, data: { code: "unknown_session", message: "no such session" } }),
    SessionGone,
  );
});

test("nothing follows the end", () => {
  const follower = following(5);
  const closed: ServerMessage = { type: "closed", sessionId: ID, epoch: "e", seq: 6, prev: 5, data: { reason: "deleted" } };
  assert.deepEqual(follower.receive(closed), { kind: "closed", seq: 6, reason: "deleted" });
  assert.equal(follower.phase, "over");
  assert.throws(() => follower.receive(output(7)), Gap);
});

test("whatever a connection loses, the next one brings: every cut of a stream gives the whole stream", () => {
  const all = Array.from({ length: 12 }, (_, index) => output(index + 1));
  for (let cut = 0; cut <= all.length; cut += 1) {
    const follower = new Follower(ID, "start");
    const received: number[] = [];
    const take = (message: ServerMessage) => {
      const update = follower.receive(message);
      if (update?.kind === "output") received.push(update.seq);
    };
    follower.subscribe();
    take(subscribed(0, "replay"));
    for (const message of all.slice(0, cut)) take(message);
    const again = follower.subscribe() as { cursor?: { seq: number } };
    const from = again.cursor?.seq ?? 0;
    take(subscribed(from, "resume"));
    for (const message of all.slice(from)) take(message);
    assert.deepEqual(received, all.map((one) => one.seq));
  }
});
