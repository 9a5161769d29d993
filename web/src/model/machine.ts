// The machine as the stream shows it, and what changed since it last stood still.

import type { Flags, StateData, Status } from "../stream/messages";

export const REGISTERS = [
  "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "sp", "lr", "pc",
] as const;
export type RegisterName = (typeof REGISTERS)[number];
export const FLAGS = ["n", "z", "c", "v"] as const;

export interface Machine {
  seq: number;
  status: Status;
  registers: readonly number[];
  flags: Flags;
  cycles: number;
  error: string;
  exitCode: number | null;
  lastWrite: { address: number; size: number } | null;
}

export const NO_MACHINE: Machine = {
  seq: 0,
  status: "idle",
  registers: REGISTERS.map(() => 0),
  flags: { n: false, z: false, c: false, v: false },
  cycles: 0,
  error: "",
  exitCode: null,
  lastWrite: null,
};

export function machineOf(seq: number, data: StateData): Machine {
  return {
    seq,
    status: data.status,
    registers: REGISTERS.map((name) => Number(data.registers[name] ?? 0)),
    flags: data.flags,
    cycles: data.cycles,
    error: data.error ?? "",
    exitCode: data.exitCode ?? null,
    lastWrite: data.hasWrite ? { address: data.writeAddr ?? 0, size: data.writeSize ?? 0 } : null,
  };
}

export function isActive(status: Status): boolean {
  return status === "running" || status === "waiting_for_input";
}

export function pcOf(machine: Machine): number {
  return machine.registers[15] ?? 0;
}
