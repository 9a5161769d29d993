// A session as the page knows it: what the stream says, and what is read beside it when the stream says that it changed.
//
// The numbered stream is the only source of the machine's state and of the console; answers to commands are not used
// for them, so no part of the page is ahead of another. Program, symbols and breakpoints are read over HTTP, again
// whenever an event says that they changed.

import { batch, computed, signal } from "@preact/signals";
import type { Http } from "../api/http";
import { SessionApi } from "../api/session";
import type { Breakpoint, MappedLine, Program, SymbolEntry, Watchpoint } from "../api/types";
import { Connection, type Link } from "../stream/connection";
import { Follower } from "../stream/follower";
import type { Update } from "../stream/messages";
import { ConsoleText } from "./console";
import { isActive, machineOf, NO_MACHINE, type Machine } from "./machine";
import { Latch, newest, sequence } from "./order";
import { record, type Entry } from "./timeline";

export interface LinkState {
  link: Link;
  retryAt: number | null;
  reason: string;
  /** How often the connection was lost and found again. */
  resumed: number;
}

export class SessionModel {
  readonly api: SessionApi;
  readonly link = signal<LinkState>({ link: "connecting", retryAt: null, reason: "", resumed: 0 });
  readonly machine = signal<Machine>(NO_MACHINE);
  /** The machine when it last stood still before now: what the marks of changes compare with. */
  readonly before = signal<Machine | null>(null);
  /** Grows whenever memory may be different: at every stop, and at every write from outside. */
  readonly memoryVersion = signal(0);
  readonly console = new ConsoleText();
  readonly timeline = signal<{ entries: Entry[] }>({ entries: [] });
  readonly position = signal({ seq: 0, behind: 0 });
  readonly program = signal<Program | null>(null);
  readonly lines = signal<MappedLine[]>([]);
  readonly symbols = signal<SymbolEntry[]>([]);
  readonly breakpoints = signal<Breakpoint[]>([]);
  readonly watchpoints = signal<Watchpoint[]>([]);
  /** What this page may do here; unknown until the server has said it. */
  readonly access = signal<"unknown" | "control" | "watch">("control");
  readonly isActive = computed(() => isActive(this.machine.value.status));
  readonly isOver = computed(() => this.link.value.link === "gone" || this.link.value.link === "closed");
  private readonly byAddress = computed(() => sortedLines(this.lines.value));
  readonly labels = computed(() => labelsOf(this.symbols.value));
  /** For what is typed, to the program or to the debugger: line after line. */
  readonly inOrder = sequence();
  private readonly begun = new Latch();

  private connection: Connection;
  private readonly entries: Entry[] = [];
  private frame = 0;
  /** The number of the last event that was taken. */
  private seq = 0;
  private lastStop: Machine | null = null;
  private readonly waiting: { seq: number; resolve: () => void }[] = [];

  constructor(
    private readonly http: Http,
    readonly id: string,
  ) {
    this.api = new SessionApi(http, id);
    this.connection = this.connect("now");
  }

  close(): void {
    this.connection.close();
    cancelAnimationFrame(this.frame);
  }

  retryNow(): void {
    this.connection.retryNow();
  }

  /** Subscribes anew from the first event, for a console whose beginning was not sent. */
  replay(): void {
    this.connection.close();
    this.entries.length = 0;
    this.console.replace("", false);
    this.connection = this.connect("start");
  }

  /** Waits until the stream has come to `seq`. */
  reached(seq: number): Promise<void> {
    if (this.seq >= seq || this.isOver.value) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ seq, resolve }));
  }

  /** Ends when the stream has begun, or cannot. Who reads then misses nothing: what changes later is an event. */
  get following(): Promise<void> {
    return this.begun.opened;
  }

  readonly readProgram = newest(
    () =>
      Promise.all([
        this.api.program().catch(() => null),
        this.api.lines().catch(() => []),
        this.api.symbols().catch(() => []),
      ]),
    ([program, lines, symbols]) =>
      batch(() => {
        this.program.value = program;
        this.lines.value = lines;
        this.symbols.value = symbols;
      }),
  );

  readonly readMarks = newest(
    () => this.api.debug(),
    ({ breakpoints, watchpoints }) =>
      batch(() => {
        this.breakpoints.value = breakpoints;
        this.watchpoints.value = watchpoints;
      }),
  );

  /** What this page may do here, as the server says it. */
  async askAccess(): Promise<"control" | "watch"> {
    const control = await this.api.control();
    return !control.protected || control.granted ? "control" : "watch";
  }

  /** The source line that the instruction at an address comes from. */
  lineAt(address: number): MappedLine | null {
    const lines = this.byAddress.value;
    const found = lines[lastAtOrBefore(lines, address, (line) => line.address)];
    return found !== undefined && address < found.address + (found.size ?? 4) ? found : null;
  }

  // -- the stream

  private connect(start: "now" | "start"): Connection {
    const follower = new Follower(this.id, start);
    return new Connection(follower, {
      open: () => this.http.socket(),
      updates: (updates) => this.take(updates, follower),
      link: (link, retryAt, reason) => {
        const was = this.link.peek();
        const back = link === "live" && was.link === "broken";
        this.link.value = { link, retryAt, reason, resumed: was.resumed + (back ? 1 : 0) };
        if (link !== "connecting") this.begun.open();
        this.refreshSoon(follower);
      },
    });
  }

  private take(updates: Update[], follower: Follower): void {
    batch(() => {
      for (const update of updates) {
        record(this.entries, update);
        this.apply(update);
      }
    });
    const seq = follower.cursor?.seq ?? 0;
    this.seq = seq;
    for (let index = this.waiting.length - 1; index >= 0; index -= 1) {
      const one = this.waiting[index];
      if (one !== undefined && (one.seq <= seq || follower.phase === "over")) {
        this.waiting.splice(index, 1);
        one.resolve();
      }
    }
    this.refreshSoon(follower);
  }

  private apply(update: Update): void {
    switch (update.kind) {
      case "snapshot":
        this.console.replace(update.data.console, update.data.consoleTruncated ?? false);
        this.lastStop = null;
        this.stand(machineOf(update.cursor.seq, update.data));
        this.memoryVersion.value += 1;
        // A later picture stands for events that did not come: whatever they told of may have changed.
        if (this.begun.isOpen) this.readAgain();
        break;
      case "state":
        this.stand(machineOf(update.seq, update.data));
        break;
      case "output":
        this.console.append(update.data.content, update.data.stream);
        break;
      case "event":
        this.notice(update.data.event);
        break;
      case "reset":
      case "closed":
        break;
    }
  }

  private stand(machine: Machine): void {
    const was = this.machine.peek();
    if (machine.status === "idle") this.lastStop = null;
    if (!isActive(machine.status)) {
      this.before.value = this.lastStop;
      this.lastStop = machine;
      this.memoryVersion.value += 1;
    } else if (!isActive(was.status)) {
      this.before.value = this.lastStop;
    }
    this.machine.value = machine;
  }

  private notice(name: string): void {
    if (name === "loaded") {
      this.memoryVersion.value += 1;
      this.readAgain();
    } else if (name === "breakpoints" || name === "watchpoints" || name === "breakpoint_hit") {
      void this.readMarks().catch(() => undefined);
    } else if (name === "memory") {
      this.memoryVersion.value += 1;
    }
  }

  private readAgain(): void {
    void this.readProgram();
    void this.readMarks().catch(() => undefined);
  }

  /** Timeline and position are drawn at most once a frame, however much arrives. */
  private refreshSoon(follower: Follower): void {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      batch(() => {
        this.timeline.value = { entries: this.entries };
        this.position.value = { seq: follower.cursor?.seq ?? 0, behind: follower.behind };
      });
    });
  }
}

/** By address; of several lines at one address the first. */
function sortedLines(lines: readonly MappedLine[]): readonly MappedLine[] {
  const sorted = [...lines].sort((a, b) => a.address - b.address); // keeps the order of what is equal
  return sorted.filter((line, index) => index === 0 || line.address !== sorted[index - 1]?.address);
}

/** The index of the last item whose key is at most `key`, -1 if there is none. */
function lastAtOrBefore<T>(items: readonly T[], key: number, keyOf: (item: T) => number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keyOf(items[middle] as T) <= key) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function labelsOf(symbols: readonly SymbolEntry[]): readonly SymbolEntry[] {
  return symbols.filter((symbol) => symbol.kind !== "constant").sort((a, b) => a.value - b.value);
}

/** The label an address lies at or behind, `loop+4` for instance; empty where there is none nearby. */
export function nearest(labels: readonly SymbolEntry[], address: number, farthest = 0x1000): string {
  const found = labels[lastAtOrBefore(labels, address, (label) => label.value)];
  if (found === undefined || address - found.value > farthest) return "";
  return address === found.value ? found.name : `${found.name}+${address - found.value}`;
}
