// What one needs to know to write a program, inside the page: a first program, a sheet of the language, and the
// server's own tables of instructions and system calls.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { app } from "../model/app";
import { openText } from "../model/files";
import { recall, remember } from "../model/storage";
import { bare } from "../ui/format";
import { Tabs } from "../ui/tabs";

type Page = "guide" | "calls" | "instructions";

export function Learn() {
  const page = useSignal<Page>(recall("learn", "guide"));
  const select = (name: Page) => {
    page.value = name;
    remember("learn", name);
  };
  return (
    <section class="panel learn" aria-label="Reference" data-part>
      <Tabs
        label="Reference"
        selected={page.value}
        select={select}
        tabs={[
          { name: "guide", label: "Language", content: () => <Guide select={select} /> },
          { name: "calls", label: "System calls", content: () => <Calls /> },
          { name: "instructions", label: "Instructions", content: () => <Instructions /> },
        ]}
      />
    </section>
  );
}

const FIRST = `; Counts from 1 to 5.
        .org    0x8000

_start: MOV     R4, #1          ; R4 = the number to print
loop:   MOV     R0, R4
        MOV     R1, #10         ; in base 10
        SWI     #0x03           ; WRITE_INT prints R0
        SWI     #0x07           ; WRITE_NEWLINE
        ADD     R4, R4, #1
        CMP     R4, #5
        BLE     loop            ; again, if R4 <= 5

        LDR     R0, =bye        ; the address of the text
        SWI     #0x02           ; WRITE_STRING
        MOV     R0, #0
        SWI     #0x00           ; EXIT with code 0

bye:    .asciz  "done\\n"
`;

function Guide({ select }: { select: (page: Page) => void }) {
  const isBlank = app.text.value.trim() === "";
  return (
    <div class="prose" tabIndex={0} role="region" aria-label="The language">
      <h2>Begin here</h2>
      <ol class="steps">
        <li>
          <button type="button" class="primary" onClick={() => openText("count.s", FIRST)} disabled={!isBlank && app.text.value !== FIRST}>
            Put a first program into the editor
          </button>
          {isBlank ? null : <span class="hint"> (for an empty editor; New makes one)</span>}
        </li>
        <li>Press <kbd>F5</kbd> to run it. What it writes appears in the console.</li>
        <li>Press <kbd>F10</kbd> to load it again and stand at its first line; <kbd>F11</kbd> executes one instruction. Watch the registers: what changed is marked, with the old value.</li>
        <li>Click beside a line’s number to stop there: a breakpoint. Then <kbd>F5</kbd>.</li>
        <li>Point at an instruction or a register to have it explained. While you type, completion offers what fits.</li>
      </ol>

      <h2>A line</h2>
      <p>
        <code>label: INSTRUCTION operands ; comment</code>. Upper or lower case is the same for instructions and registers, not for
        labels. Also <code>@</code> and <code>//</code> begin a comment.
      </p>
      <p>
        A program begins at the label <code>_start</code> and ends with <code>MOV R0, #0</code> and <code>SWI #0</code>. Begin the text with{" "}
        <code>.org 0x8000</code>.
      </p>

      <h2>Registers</h2>
      <p>
        <code>R0</code> … <code>R12</code> hold 32 bits each and are yours. <code>SP</code> is the top of the stack, <code>LR</code> the way back from a
        subroutine, <code>PC</code> the next instruction. System calls take their arguments in <code>R0</code>, <code>R1</code>, <code>R2</code> and leave the other registers as they were.
      </p>

      <h2>Calculating</h2>
      <Sheet
        rows={[
          ["MOV R0, #10", "R0 := 10"],
          ["MOV R0, R1", "R0 := R1"],
          ["LDR R0, =100000", "R0 := any number, or the address of a label"],
          ["ADD R0, R1, #4", "R0 := R1 + 4 (the last operand: a number or a register)"],
          ["SUB R0, R0, R2", "R0 := R0 − R2"],
          ["SUBS R0, R0, #1", "the same, and sets the flags: ends in S"],
          ["MUL R0, R1, R2", "R0 := R1 × R2 (R0 and R1 must differ)"],
          ["AND, ORR, EOR, BIC", "bit by bit"],
          ["MOV R0, R1, LSL #3", "R0 := R1 shifted left by 3, that is R1 × 8"],
        ]}
      />
      <p class="hint">
        There is no division. A remainder comes from subtracting: <code>again: SUBS R1, R1, #3</code>, <code>BGT again</code>; afterwards
        R1 is 0 exactly if it was a multiple of 3. Or count down from 3 and start anew at 0.
      </p>

      <h2>Deciding and repeating</h2>
      <Sheet
        rows={[
          ["CMP R0, #5", "compares: sets the flags"],
          ["B label", "goes on at the label"],
          ["BEQ / BNE label", "if equal / not equal"],
          ["BLT / BLE label", "if less / less or equal (signed)"],
          ["BGT / BGE label", "if greater / greater or equal (signed)"],
          ["BLO / BHS label", "the same, unsigned: lower / higher or same"],
          ["MOVEQ R0, #1", "any instruction can carry a condition"],
          ["BL name", "calls a subroutine; MOV PC, LR returns"],
          ["PUSH {R4, LR}", "keeps registers on the stack; POP {R4, PC} restores and returns"],
        ]}
      />

      <h2>Memory and data</h2>
      <Sheet
        rows={[
          ["LDR R0, [R1]", "R0 := the word at the address in R1"],
          ["LDR R0, [R1, #8]", "at R1 + 8"],
          ["LDR R0, [R1], #4", "at R1; R1 then moves on by 4"],
          ["STR R0, [R1]", "stores; LDRB and STRB transfer one byte"],
          ["text: .asciz \"Hi\\n\"", "a text with its closing zero byte"],
          ["list: .word 1, 2, 3", "words of 4 bytes"],
          ["room: .space 40", "40 zero bytes"],
          [".align 2", "after texts and bytes, before code or words"],
          [".equ LAST, 30", "a name for a number: #LAST"],
        ]}
      />
      <p class="hint">Put data behind the end of the program, where no instruction runs into it.</p>

      <h2>Printing and reading</h2>
      <Sheet
        rows={[
          ["SWI #0x02", "writes the text at the address in R0"],
          ["SWI #0x03", "writes the number in R0, in base R1 (10)"],
          ["SWI #0x01", "writes the character in R0"],
          ["SWI #0x07", "writes a new line"],
          ["SWI #0x06", "reads a number into R0"],
          ["SWI #0x05", "reads a line into the buffer at R0, R1 bytes long"],
          ["SWI #0x00", "ends the program; R0 is the exit code"],
        ]}
      />
      <p>
        <button type="button" class="link" onClick={() => select("calls")}>All system calls</button>,{" "}
        <button type="button" class="link" onClick={() => select("instructions")}>all instructions</button>
      </p>
    </div>
  );
}

function Sheet({ rows }: { rows: [string, string][] }) {
  return (
    <table class="sheet">
      <tbody>
        {rows.map(([code, meaning]) => (
          <tr key={code}>
            <th scope="row"><code>{code}</code></th>
            <td>{meaning}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Search({ label, value, change }: { label: string; value: string; change: (text: string) => void }) {
  return (
    <div class="panel-tools">
      <input type="search" aria-label={label} placeholder={label} value={value} onInput={(event) => change(event.currentTarget.value)} />
    </div>
  );
}

function Scroll({ label, children }: { label: string; children: ComponentChildren }) {
  return <div class="prose" tabIndex={0} role="region" aria-label={label}>{children}</div>;
}

function Calls() {
  const search = useSignal("");
  const calls = app.reference.value?.systemCalls ?? [];
  const shown = calls.filter((one) => matches(search.value, one.name, one.summary, `0x${bare(one.number, 2)}`));
  return (
    <>
      <Search label="Search system calls" value={search.value} change={(text) => (search.value = text)} />
      <Scroll label="System calls">
        <p class="hint"><code>SWI #number</code> calls. What fails gives −1 in R0, unless it says otherwise.</p>
        <dl class="entries">
          {shown.map((one) => (
            <div key={one.number}>
              <dt><code>SWI #0x{bare(one.number, 2)}</code> <strong>{one.name}</strong></dt>
              <dd>
                {one.summary}
                {one.takes ? <span class="io"><b>takes</b> {one.takes}</span> : null}
                {one.gives ? <span class="io"><b>gives</b> {one.gives}</span> : null}
              </dd>
            </div>
          ))}
        </dl>
        {calls.length && !shown.length ? <p class="empty">No system call matches.</p> : null}
      </Scroll>
    </>
  );
}

function Instructions() {
  const search = useSignal("");
  const rows = app.reference.value?.instructions ?? [];
  const shown = rows.filter((one) => matches(search.value, one.names.join(" "), one.meaning, one.group));
  let group = "";
  return (
    <>
      <Search label="Search instructions" value={search.value} change={(text) => (search.value = text)} />
      <Scroll label="Instructions">
        <p class="hint">Every instruction may carry a condition: <code>ADDEQ</code>, <code>BLNE</code>, <code>SWIGT</code>.</p>
        <dl class="entries">
          {shown.map((one, index) => {
            const head = one.group !== group ? one.group : "";
            group = one.group;
            return (
              <div key={index}>
                {head ? <h3>{head}</h3> : null}
                <dt>
                  <strong>{one.names.join(" ")}</strong>
                </dt>
                <dd>
                  {one.operands.map((operands) => <code key={operands} class="form">{one.names[0]} {operands}</code>)}
                  {one.meaning}
                </dd>
              </div>
            );
          })}
        </dl>
        {rows.length && !shown.length ? <p class="empty">No instruction matches.</p> : null}
      </Scroll>
    </>
  );
}

function matches(search: string, ...texts: string[]): boolean {
  const all = texts.join(" ").toLowerCase();
  return search.toLowerCase().split(/\s+/).filter(Boolean).every((word) => all.includes(word));
}
