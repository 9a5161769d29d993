import assert from "node:assert/strict";
import { test } from "node:test";
import { ConsoleText } from "../src/model/console";
import { type Entry, record } from "../src/model/timeline";
import { fragment, pack, unpack } from "../src/model/share";
import { baseMnemonics, definitions, isRegister } from "../src/editor/arm";
import { bare, characters, hex, shown, signed } from "../src/ui/format";
import type { Status, Update } from "../src/stream/messages";

test("numbers are shown as people read them", () => {
  assert.equal(hex(0x8000), "0x00008000");
  assert.equal(hex(-1), "0xFFFFFFFF");
  assert.equal(bare(10, 2), "0A");
  assert.equal(signed(0xffffffff), "\u22121");
  assert.equal(shown(0xffffffff, "unsigned"), "4294967295");
  assert.equal(shown(5, "binary"), "00000000 00000000 00000000 00000101");
  assert.equal(characters(65), "'A'");
  assert.equal(characters(10), "'\\n'");
  assert.equal(characters(0x216f6c48), '"Hlo!"');
});

test("a shared program comes back as it was", async () => {
  const shared = { name: "gr\u00fc\u00dfe.s", text: "; \u00e4\u4f60\u{1f600}\n".repeat(300) };
  const packed = await pack(shared);
  assert.match(packed, /^[\w-]+$/);
  assert.ok(packed.length < 300);
  assert.deepEqual(await unpack(packed), shared);
  for (const wrong of ["", "AAAA", packed.slice(0, -3), `${packed.slice(1)}x`]) await assert.rejects(unpack(wrong));
  assert.equal(fragment("#p=abc&token=t").get("token"), "t");
});

test("the console keeps every character, in order, however it came", () => {
  const text = new ConsoleText();
  let changes = 0;
  const stop = text.subscribe(() => (changes += 1));
  text.append("a", "stdout");
  text.append("", "stdout");
  text.append("b\n", "stderr");
  assert.equal(text.all(), "ab\n");
  assert.equal(text.length, 3);
  assert.equal(changes, 2);
  text.replace("new", true);
  stop();
  text.append("er", "stdout");
  assert.equal(text.all(), "newer");
  assert.deepEqual([text.truncated, text.generation, changes], [true, 1, 3]);
});

test("a console that is fuller than a page can bear lets the oldest go, and counts it", () => {
  const text = new ConsoleText(1000);
  for (let index = 0; index < 250; index += 1) text.append(`${index % 10}234\n`, "stdout");
  assert.equal(text.length, 1250);
  assert.equal(text.all().length, text.length - text.dropped);
  assert.ok(text.dropped >= 250 && text.dropped <= 400, String(text.dropped));
  assert.ok(text.all().endsWith("9234\n"));
});

const FLAGS = { n: false, z: false, c: false, v: false };
const state = (seq: number, status: Status, exitCode: number | null = null): Update => ({
  kind: "state",
  seq,
  data: { status, pc: 0x8000, registers: { cpsr: FLAGS, pc: 0x8000 }, flags: FLAGS, cycles: 3, hasWrite: false, exitCode },
});
const output = (seq: number): Update => ({ kind: "output", seq, data: { content: `${seq}\n`, stream: "stdout" } });

test("the timeline joins what is alike and adjacent, and skips no number", () => {
  const entries: Entry[] = [];
  for (const update of [state(1, "idle"), state(2, "running"), output(3), output(4), state(5, "running"), state(6, "running"), state(7, "halted", 2)]) {
    record(entries, update);
  }
  assert.deepEqual(entries.map((one) => [one.from, one.to, one.title]), [
    [1, 1, "idle"], [2, 2, "running"], [3, 4, "stdout"], [5, 6, "running"], [7, 7, "halted"],
  ]);
  assert.match(entries.at(-1)?.detail ?? "", /exit code 2, pc 0x00008000, 3 cycles/);
});

test("a mnemonic is found whatever its condition", () => {
  assert.ok(baseMnemonics("ldreqb").includes("LDRB"));
  assert.ok(baseMnemonics("LDRBEQ").includes("LDRB"));
  assert.ok(baseMnemonics("SUBSNE").includes("SUBS"));
  assert.ok(baseMnemonics("BLE").includes("B"));
});

test("names that a source defines", () => {
  const source = "        .equ LAST, 30\nSIZE = 4\n_start: MOV R0, #1\nloop:\n.macro PRINT value\n; no: label\n";
  assert.deepEqual(definitions(source).map((one) => [one.name, one.kind, one.line]), [
    ["LAST", "constant", 1], ["SIZE", "constant", 2], ["_start", "label", 3], ["loop", "label", 4], ["PRINT", "macro", 5],
  ]);
  assert.ok(isRegister("r15") && isRegister("SP") && !isRegister("r16") && !isRegister("spam"));
});
