// Memory as bytes and as text. What differs from the last stop is marked, what the last instruction wrote most of all.

import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { app } from "../model/app";
import { may } from "../model/debugging";
import { REGISTERS } from "../model/machine";
import { nearest } from "../model/session";
import { recall, remember } from "../model/storage";
import { bare, hex, printable } from "../ui/format";
import { Icon } from "../ui/icons";
import { useReading } from "./hooks";
import type { Access } from "../api/types";

const LENGTH = 512;

export function Memory() {
  const base = useSignal(0x8000);
  const selected = useSignal(0x8000);
  const follow = useSignal(recall("follow", ""));
  const digits = useSignal("");
  const problem = useSignal("");
  const grid = useRef<HTMLDivElement>(null);
  const width = useSignal(16);
  const WIDTH = width.value;
  const ROWS = LENGTH / WIDTH;
  useEffect(() => {
    const element = grid.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => (width.value = element.clientWidth < 440 ? 8 : 16));
    observer.observe(element);
    return () => observer.disconnect();
  }, [grid.current]);
  const session = app.session.value;
  const machine = session?.machine.value;
  const read = useReading((one, abort) => one.api.memory(base.value, LENGTH, abort), [base.value]);
  const bytes = read.value.value;

  // The bytes of the last stop before this one, by address, for the marks.
  const older = useRef<{ version: number; base: number; bytes: Uint8Array | null }>({ version: -1, base: 0, bytes: null });
  const latest = useRef<{ base: number; bytes: Uint8Array | null }>({ base: 0, bytes: null });
  if (bytes !== null && bytes !== latest.current.bytes) {
    older.current = { version: session?.memoryVersion.peek() ?? 0, ...latest.current };
    latest.current = { base: base.peek(), bytes };
  }

  const go = (address: number) => {
    selected.value = address >>> 0;
    if (address < base.value || address >= base.value + LENGTH) base.value = Math.min((address & ~15) >>> 0, 0x1_0000_0000 - LENGTH);
    digits.value = "";
    requestAnimationFrame(() => grid.current?.querySelector(".selected")?.scrollIntoView({ block: "nearest" }));
  };

  useEffect(() => {
    const place = app.memoryPlace.value;
    if (place === null) return;
    base.value = Math.min((place.address & ~15) >>> 0, 0x1_0000_0000 - LENGTH);
    selected.value = place.address;
    app.memoryPlace.value = null;
    grid.current?.scrollTo(0, 0);
  }, [app.memoryPlace.value]);

  const followed = useComputed(() => {
    const now = app.session.value?.machine.value;
    if (!now || follow.value === "") return null;
    if (follow.value === "write") return now.lastWrite?.address ?? null;
    return now.registers[(REGISTERS as readonly string[]).indexOf(follow.value)] ?? null;
  });
  useEffect(() => {
    if (followed.value !== null) go(followed.value);
  }, [followed.value]);

  const find = async (text: string) => {
    problem.value = "";
    if (session === null || text.trim() === "") return;
    try {
      const [value] = await session.api.values([text]);
      if (value?.value === undefined) problem.value = value?.error ?? "no such place";
      else {
        follow.value = "";
        base.value = Math.min((value.value & ~15) >>> 0, 0x1_0000_0000 - LENGTH);
        go(value.value);
        grid.current?.focus();
      }
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error);
    }
  };

  const write = async (address: number, value: number) => {
    try {
      await session?.api.setMemory(address, Uint8Array.of(value));
    } catch (error) {
      app.fail(error);
    }
  };

  const key = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -WIDTH, ArrowDown: WIDTH, PageUp: -LENGTH / 2, PageDown: LENGTH / 2 }[event.key];
    if (step !== undefined) {
      const to = selected.value + step;
      if (to >= 0 && to <= 0xffffffff) {
        if (to < base.value) base.value = Math.max(0, base.value - Math.max(WIDTH, -step));
        else if (to >= base.value + LENGTH) base.value = Math.min(0x1_0000_0000 - LENGTH, base.value + Math.max(WIDTH, step));
        go(to);
      }
    } else if (/^[0-9a-f]$/i.test(event.key) && !event.ctrlKey && !event.metaKey && may.value.edit) {
      const typed = digits.value + event.key;
      digits.value = typed.length === 2 ? "" : typed;
      if (typed.length === 2) {
        void write(selected.value, parseInt(typed, 16));
        go(Math.min(selected.value + 1, 0xffffffff));
      }
    } else if (event.key === "Escape") digits.value = "";
    else return;
    event.preventDefault();
  };

  const watch = async (access: Access) => {
    try {
      await session?.api.setWatchpoint(`[${hex(selected.value & ~3)}]`, access, 4);
      await session?.readMarks();
      app.sideTab.value = "breakpoints";
    } catch (error) {
      app.fail(error);
    }
  };

  if (session === null || app.program.value === null) return <Empty />;
  const written = machine?.lastWrite ?? null;
  const labels = session.labels.value;
  return (
    <div class="memory">
      <div class="panel-tools">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void find((event.currentTarget.elements.namedItem("place") as HTMLInputElement).value);
          }}
        >
          <input name="place" aria-label="Go to address, symbol or expression" placeholder="Go to: 0x8000, table, sp+8" spellcheck={false} />
        </form>
        <label class="inline">
          <span>Follow</span>
          <select
            value={follow.value}
            onChange={(event) => {
              follow.value = event.currentTarget.value;
              remember("follow", follow.value);
            }}
          >
            <option value="">nothing</option>
            <option value="write">last write</option>
            {REGISTERS.map((name) => (
              <option key={name} value={name}>{name.toUpperCase()}</option>
            ))}
          </select>
        </label>
        <span class="spacer" />
        <button type="button" class="icon-button" aria-label="Earlier addresses" title="Earlier" onClick={() => (base.value = Math.max(0, base.value - LENGTH / 2))}>
          <span aria-hidden="true">▲</span>
        </button>
        <button type="button" class="icon-button" aria-label="Later addresses" title="Later" onClick={() => (base.value = Math.min(0x1_0000_0000 - LENGTH, base.value + LENGTH / 2))}>
          <span aria-hidden="true">▼</span>
        </button>
        <button type="button" class="icon-button" aria-label="Stop when the selected word is written" title="Watchpoint on the selected word" onClick={() => void watch("write")}>
          <Icon name="eye" />
        </button>
      </div>
      {problem.value || read.value.error ? <p class="problem" role="alert">{problem.value || read.value.error}</p> : null}
      <div
        ref={grid}
        class="hexdump"
        role="grid"
        aria-label={`Memory from ${hex(base.value)}. Arrow keys move, hexadecimal digits change the selected byte.`}
        aria-activedescendant={`byte-${selected.value}`}
        tabIndex={0}
        onKeyDown={key}
      >
        {Array.from({ length: ROWS }, (_, row) => {
          const start = base.value + row * WIDTH;
          const label = nearest(labels, start + WIDTH - 1, WIDTH - 1).replace(/\+\d+$/, "");
          const starts = label !== "" && (labels.find((one) => one.name === label)?.value ?? -1) >= start;
          let text = "";
          return (
            <div class="hex-row" role="row" key={row}>
              <span class="address" role="rowheader" title={starts ? label : undefined}>{bare(start, 8)}</span>
              {Array.from({ length: WIDTH }, (_unused, column) => {
                const address = start + column;
                const byte = bytes?.[row * WIDTH + column];
                const was = byteAt(older.current, address);
                const isWritten = written !== null && address >= written.address && address < written.address + written.size;
                const isSelected = address === selected.value;
                const classes = [
                  column % 4 === 3 && column < WIDTH - 1 ? "gap" : "",
                  byte === 0 ? "zero" : "",
                  isWritten ? "written" : byte !== undefined && was !== undefined && was !== byte ? "different" : "",
                  isSelected ? "selected" : "",
                ];
                text += byte === undefined ? " " : printable(byte);
                return (
                  <span
                    key={column}
                    id={`byte-${address}`}
                    role="gridcell"
                    aria-selected={isSelected}
                    class={classes.filter(Boolean).join(" ")}
                    title={isWritten ? "written by the last instructions" : undefined}
                    onClick={() => go(address)}
                  >
                    {isSelected && digits.value ? `${digits.value}_` : byte === undefined ? "··" : bare(byte, 2)}
                  </span>
                );
              })}
              <span class="text" role="gridcell">{text}</span>
              <span class="row-label" role="gridcell">{starts ? label : ""}</span>
            </div>
          );
        })}
      </div>
    </div>
  );
}

function byteAt(view: { base: number; bytes: Uint8Array | null }, address: number): number | undefined {
  return view.bytes?.[address - view.base];
}

function Empty() {
  return (
    <p class="empty">
      The bytes of the machine’s memory, once a program is loaded. <strong>F10</strong> loads it and stands at its first
      instruction.
    </p>
  );
}
