// The numbered events of the session as a list for people: one line each, adjacent output in one.

import type { Update } from "../stream/messages";
import { hex } from "../ui/format";
import { machineOf, pcOf, type Machine } from "./machine";

export interface Entry {
  from: number;
  to: number;
  kind: "state" | "output" | "event" | "closed" | "link";
  title: string;
  detail: string;
  machine: Machine | null;
}

const KEPT = 5000;

/** Adds what an update means to `entries`, in place. */
export function record(entries: Entry[], update: Update): void {
  const entry = entryOf(update);
  if (entry === null) return;
  const last = entries.at(-1);
  const joins =
    last !== undefined &&
    last.kind === entry.kind &&
    last.to + 1 === entry.from &&
    (entry.kind === "output" || (entry.title === "running" && last.title === "running"));
  if (joins) {
    last.to = entry.to;
    last.machine = entry.machine;
    last.detail = entry.kind === "output" ? joined(last.detail, entry.detail) : entry.detail;
  } else {
    entries.push(entry);
    if (entries.length > KEPT) entries.splice(0, entries.length - KEPT);
  }
}

function entryOf(update: Update): Entry | null {
  switch (update.kind) {
    case "state": {
      const machine = machineOf(update.seq, update.data);
      const exit = machine.status === "halted" && machine.exitCode !== null ? `exit code ${machine.exitCode}` : "";
      const detail = [machine.error || exit, `pc ${hex(pcOf(machine))}`, `${machine.cycles} cycles`];
      return entry(update.seq, "state", machine.status.replaceAll("_", " "), detail.filter(Boolean).join(", "), machine);
    }
    case "output":
      return entry(update.seq, "output", update.data.stream, JSON.stringify(update.data.content.slice(0, 80)));
    case "event": {
      const { address, symbol, message } = update.data;
      const detail = message || [symbol, address === undefined ? "" : hex(address)].filter(Boolean).join(" ");
      return entry(update.seq, "event", update.data.event.replaceAll("_", " "), detail);
    }
    case "closed":
      return entry(update.seq, "closed", "closed", update.reason);
    case "snapshot":
      return entry(update.cursor.seq, "link", "snapshot", "everything up to here, in one picture");
    case "reset":
      return null;
  }
}

function entry(seq: number, kind: Entry["kind"], title: string, detail: string, machine: Machine | null = null): Entry {
  return { from: seq, to: seq, kind, title, detail, machine };
}

function joined(before: string, after: string): string {
  return before.length > 80 ? before : `${before} ${after}`;
}
