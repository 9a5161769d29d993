// Machine code around the next instruction, with labels and, between the instructions, the source they come from.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { app } from "../model/app";
import { debug } from "../model/debugging";
import { pcOf } from "../model/machine";
import { nearest } from "../model/session";
import { bare, hex } from "../ui/format";
import { useReading } from "./hooks";

const BEFORE = 16;
const COUNT = 96;

export function Disassembly() {
  const session = app.session.value;
  const pc = session ? pcOf(session.machine.value) : 0;
  const start = useSignal(0);
  const list = useRef<HTMLDivElement>(null);
  const inView = pc >= start.value && pc < start.value + (COUNT - 8) * 4;
  if (!inView && pc !== 0) start.value = Math.max(0, pc - BEFORE * 4) & ~3;
  const read = useReading((one, abort) => one.api.disassembly(start.value, COUNT, abort), [start.value]);
  const instructions = read.value.value ?? [];
  useEffect(() => {
    const row = list.current?.querySelector(".current");
    if (!row || !list.current) return;
    const [box, view] = [row.getBoundingClientRect(), list.current.getBoundingClientRect()];
    const isComfortable = box.top >= view.top && box.bottom + 60 <= view.bottom;
    if (!isComfortable) list.current.scrollTop += box.top - view.top - view.height / 3;
  }, [pc, instructions]);
  if (session === null || app.program.value === null) return <p class="empty">Machine code, once a program is loaded.</p>;
  const marks = new Map(session.breakpoints.value.map((one) => [one.address, one]));
  const files = new Map(app.files.value.map((file) => [file.name, file.text.split("\n")]));
  const isCompiled = app.program.value.kind === "elf";
  let lastPlace = "";
  return (
    <div class="disassembly" ref={list} tabIndex={0} role="region" aria-label="Disassembly">
      {instructions.map((one) => {
        const line = session.lineAt(one.address);
        const place = line ? `${line.file}:${line.line}` : "";
        const source = line && isCompiled && place !== lastPlace ? files.get(line.file)?.[line.line - 1] : undefined;
        lastPlace = place || lastPlace;
        const isCurrent = one.address === pc;
        const mark = marks.get(one.address);
        return (
          <div key={one.address}>
            {one.symbol ? <div class="code-label">{one.symbol}:</div> : null}
            {source === undefined ? null : (
              <div class="code-source"><span class="number">{line?.line}</span>{source}</div>
            )}
            <div class={`code-row${isCurrent ? " current" : ""}`} aria-current={isCurrent ? "step" : undefined}>
              <button
                type="button"
                class="mark"
                tabIndex={-1}
                aria-label={`${mark ? "Remove" : "Set"} breakpoint at ${hex(one.address)}`}
                onClick={() => void toggle(one.address)}
              >
                <span class={mark ? "breakpoint" : ""} />
              </button>
              <span class="address">{bare(one.address, 8)}</span>
              <span class="word">{bare(one.machineCode, 8)}</span>
              <code>{one.decoded ?? statement(one.disassembly)}</code>
              <span class="second">
                {isCompiled ? target(one.decoded ?? "", session.labels.value) : line ? statement(one.disassembly) : ""}
              </span>
            </div>
          </div>
        );
      })}
    </div>
  );
}

/** A source line without its label and its comment. */
function statement(line: string): string {
  return line.replace(/^\s*(?:[\w.$]+:)?\s*/, "").replace(/\s*(?:[;@]|\/\/).*$/, "").replace(/\s+/g, " ");
}

/** The label that an address in an instruction's text belongs to. */
function target(text: string, labels: Parameters<typeof nearest>[0]): string {
  const address = /0x([0-9a-f]{4,8})\b/i.exec(text)?.[1];
  return address === undefined ? "" : nearest(labels, parseInt(address, 16), 0x200);
}

async function toggle(address: number): Promise<void> {
  const session = app.session.value;
  if (session === null) return;
  const line = session.lineAt(address);
  const mark = session.breakpoints.value.find((one) => one.address === address);
  if (line && !mark && !app.isChanged.value && !app.showsProgram.value) return debug.toggleBreakpoint(line.line);
  try {
    if (mark) await session.api.removeBreakpoint(mark.number);
    else await session.api.setBreakpoint(hex(address));
    await session.readMarks();
  } catch (error) {
    app.fail(error);
  }
}
