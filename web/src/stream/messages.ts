// What the server sends on a subscription, as far as the page reads it.

export type Status = "idle" | "running" | "breakpoint" | "halted" | "error" | "waiting_for_input";

export interface Flags {
  n: boolean;
  z: boolean;
  c: boolean;
  v: boolean;
}

export interface RegisterValues {
  [name: string]: number | Flags;
  cpsr: Flags;
}

export interface StateData {
  status: Status;
  pc: number;
  registers: RegisterValues;
  flags: Flags;
  cycles: number;
  hasWrite: boolean;
  error?: string;
  writeAddr?: number;
  writeSize?: number;
  exitCode?: number | null;
}

export interface SnapshotData extends StateData {
  console: string;
  consoleTruncated?: boolean;
}

export interface OutputData {
  content: string;
  stream: string;
}

export interface NoticeData {
  event: string;
  address?: number;
  symbol?: string;
  message?: string;
}

export interface Cursor {
  epoch: string;
  seq: number;
}

interface Numbered<Type extends string, Data> {
  type: Type;
  sessionId: string;
  epoch: string;
  seq: number;
  prev: number;
  data: Data;
}

export type EventMessage =
  | Numbered<"state", StateData>
  | Numbered<"output", OutputData>
  | Numbered<"event", NoticeData>
  | Numbered<"closed", { reason: string }>;

export type ServerMessage =
  | EventMessage
  | {
      type: "subscribed";
      sessionId: string;
      epoch: string;
      seq: number;
      data: { mode: "snapshot" | "replay" | "resume" | "reset"; low: number; high: number };
    }
  | { type: "snapshot"; sessionId: string; epoch: string; seq: number; data: SnapshotData }
  | { type: "reset"; sessionId: string; epoch: string; data: { reason: string; low: number; high: number } }
  | { type: "heartbeat"; sessionId: string; epoch: string; data: { high: number } }
  | { type: "bye"; sessionId: string; data: { code: string; cursor: Cursor } }
  | { type: "problem"; sessionId: string; data: { code: string; message: string } };

export type Update =
  | { kind: "snapshot"; cursor: Cursor; data: SnapshotData }
  | { kind: "reset"; reason: string }
  | { kind: "state"; seq: number; data: StateData }
  | { kind: "output"; seq: number; data: OutputData }
  | { kind: "event"; seq: number; data: NoticeData }
  | { kind: "closed"; seq: number; reason: string };
