// Registers and flags: the value in the chosen form, what it was before, and what it may point to.

import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { app } from "../model/app";
import { may } from "../model/debugging";
import { FLAGS, NO_MACHINE, REGISTERS } from "../model/machine";
import { nearest } from "../model/session";
import { recall, remember } from "../model/storage";
import { count, FORMATS, type NumberFormat, shown } from "../ui/format";
import { Icon } from "../ui/icons";
import { notify } from "../ui/notices";

const FLAG_NAMES = { n: "negative", z: "zero", c: "carry", v: "overflow" } as const;

export function Registers() {
  const format = useSignal<NumberFormat>(recall("format", "hex"));
  const session = app.session.value;
  const machine = session?.machine.value ?? NO_MACHINE;
  const before = session?.before.value ?? null;
  const labels = session?.labels.value ?? [];
  useLayoutEffect(() => {
    // What a person waits for after pressing a key: from the key to the frame that shows the registers.
    const [pressed] = performance.getEntriesByName("emu:key").slice(-1);
    if (pressed === undefined) return;
    performance.clearMarks("emu:key");
    requestAnimationFrame(() => performance.measure("emu:key-to-registers", { start: pressed.startTime, end: performance.now() }));
  }, [machine.seq]);
  return (
    <section class="panel registers" aria-label="Registers" data-part>
      <header class="panel-head">
        <h2>Registers</h2>
        <span class="spacer" />
        <label class="inline">
          <span class="visually-hidden">Number format</span>
          <select
            value={format.value}
            onChange={(event) => {
              format.value = event.currentTarget.value as NumberFormat;
              remember("format", format.value);
            }}
          >
            {FORMATS.map((one) => (
              <option key={one} value={one}>{NAMES[one]}</option>
            ))}
          </select>
        </label>
      </header>
      <div class="register-grid" data-format={format.value}>
        {REGISTERS.map((name, index) => {
          const value = machine.registers[index] ?? 0;
          const was = before?.registers[index];
          const symbol = session !== null && value >= 0x1000 ? nearest(labels, value, 0x400) : "";
          return (
            <Register
              key={name}
              name={name}
              value={value}
              was={was !== undefined && was !== value ? was : null}
              symbol={symbol}
              format={format.value}
            />
          );
        })}
      </div>
      <div class="flags" role="group" aria-label="Flags">
        {FLAGS.map((flag) => {
          const value = machine.flags[flag];
          const changed = before !== null && before.flags[flag] !== value;
          return (
            <button
              key={flag}
              type="button"
              class={`flag${value ? " set" : ""}${changed ? " changed" : ""}`}
              aria-pressed={value}
              aria-label={`${flag.toUpperCase()} ${value ? 1 : 0}, ${FLAG_NAMES[flag]}${changed ? ", changed" : ""}`}
              title={`${FLAG_NAMES[flag]}${may.value.edit ? ": click to change" : ""}`}
              aria-disabled={!may.value.edit}
              onClick={() => may.value.edit && void change(flag, value ? 0 : 1)}
            >
              <span aria-hidden="true">{flag.toUpperCase()} {value ? 1 : 0}</span>
            </button>
          );
        })}
        <span class="spacer" />
        <span class="cycles" title="Cycles since the beginning of the program">{count(machine.cycles, "cycle")}</span>
      </div>
    </section>
  );
}

const NAMES: Record<NumberFormat, string> = {
  hex: "Hexadecimal",
  signed: "Signed",
  unsigned: "Unsigned",
  char: "Characters",
  binary: "Binary",
};

interface Props {
  name: string;
  value: number;
  was: number | null;
  symbol: string;
  format: NumberFormat;
}

function Register({ name, value, was, symbol, format }: Props) {
  const editing = useSignal<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (editing.value !== null) input.current?.select();
  }, [editing.value !== null]);
  const finish = (text: string | null) => {
    editing.value = null;
    requestAnimationFrame(() => button.current?.focus());
    if (text !== null && text.trim() !== "") void change(name, text.trim());
  };
  const second = format === "hex" ? shown(value, "signed") : shown(value, "hex");
  return (
    <div class={`register${was === null ? "" : " changed"}`} data-register={name}>
      <span class="name">{name.toUpperCase()}</span>
      {editing.value === null ? (
        <button
          ref={button}
          type="button"
          class="value"
          aria-label={`${name}: ${shown(value, format)}${was === null ? "" : `, was ${shown(was, format)}`}`}
          title={may.value.edit ? "Click to change" : undefined}
          aria-disabled={!may.value.edit}
          onClick={() => may.value.edit && (editing.value = shown(value, format === "char" || format === "binary" ? "hex" : format).replace("\u2212", "-"))}
        >
          {shown(value, format)}
        </button>
      ) : (
        <input
          ref={input}
          class="value"
          aria-label={`New value of ${name}`}
          value={editing.value}
          spellcheck={false}
          onKeyDown={(event) => {
            if (event.key === "Enter") finish(event.currentTarget.value);
            else if (event.key === "Escape") finish(null);
            else return;
            event.preventDefault();
          }}
          onBlur={() => (editing.value = null)}
        />
      )}
      {was === null ? (
        <span class="second">{symbol || second}</span>
      ) : (
        <del class="second" title="The value before">{shown(was, format)}</del>
      )}
      <span class="row-tools">
        <button
          type="button"
          class="icon-button"
          tabIndex={-1}
          aria-label={`Show memory at ${name}`}
          title="Show the memory it points to"
          onClick={() => app.showMemory(value)}
        >
          <Icon name="goto" />
        </button>
        <button
          type="button"
          class="icon-button"
          tabIndex={-1}
          aria-label={`Stop when ${name} changes`}
          title="Watchpoint: stop when it changes"
          onClick={() => void watch(name)}
        >
          <Icon name="eye" />
        </button>
      </span>
    </div>
  );
}

async function change(name: string, value: number | string): Promise<void> {
  try {
    await app.session.value?.api.setRegister(name, value);
  } catch (error) {
    app.fail(error);
  }
}

async function watch(name: string): Promise<void> {
  const session = app.session.value;
  if (session === null || app.program.value === null) {
    notify("info", "Load the program first: F10 does.");
    return;
  }
  try {
    await session.api.setWatchpoint(name, "write");
    await session.readMarks();
    app.sideTab.value = "breakpoints";
  } catch (error) {
    app.fail(error);
  }
}
