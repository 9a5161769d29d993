// What is asked of a server comes to it, and counts, in the order in which a person did it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Latch, newest, sequence } from "../src/model/order";

/** A request whose answer comes when the test says so. */
class Request {
  answer!: (text: string) => void;
  refuse!: (error: Error) => void;
  readonly answered = new Promise<string>((resolve, reject) => {
    this.answer = resolve;
    this.refuse = reject;
  });
}

const everythingElse = () => new Promise<void>((resolve) => setImmediate(resolve));

test("a line goes out when the one before it has arrived, even if that one was refused", async () => {
  const inOrder = sequence();
  const [first, second] = [new Request(), new Request()];
  const sent: string[] = [];
  const one = inOrder(() => (sent.push("first"), first.answered));
  const two = inOrder(() => (sent.push("second"), second.answered));
  await everythingElse();
  assert.deepEqual(sent, ["first"]);
  first.refuse(new Error("not now"));
  await assert.rejects(one, /not now/);
  await everythingElse();
  assert.deepEqual(sent, ["first", "second"]);
  second.answer("done");
  assert.equal(await two, "done");
});

test("an older reading never takes the place of a newer one, whichever ends first", async () => {
  const requests = [new Request(), new Request()];
  const taken: string[] = [];
  let asked = 0;
  const read = newest(() => (requests[asked++] as Request).answered, (text: string) => void taken.push(text));
  const ended: string[] = [];
  const older = read().then(() => ended.push("older"));
  const newer = read().then(() => ended.push("newer"));
  requests[0]?.answer("old");
  await everythingElse();
  assert.deepEqual(taken, []);
  assert.deepEqual(ended, [], "who asked for the older one gets the newer");
  requests[1]?.answer("new");
  await Promise.all([older, newer]);
  assert.deepEqual([...new Set(taken)], ["new"]);
});

test("who waits for what has happened does not wait", async () => {
  const latch = new Latch();
  assert.equal(latch.isOpen, false);
  const early = latch.opened;
  latch.open();
  latch.open();
  await early;
  await latch.opened;
  assert.equal(latch.isOpen, true);
});
