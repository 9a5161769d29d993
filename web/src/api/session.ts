// One session's resources.

import type { Answered, Http } from "./http";
import type {
  Access,
  Breakpoint,
  DebugState,
  ExpressionValue,
  Instruction,
  MappedLine,
  Program,
  Stack,
  SymbolEntry,
  Watchpoint,
} from "./types";

export class SessionApi {
  private readonly path: string;

  constructor(
    private readonly http: Http,
    readonly id: string,
  ) {
    this.path = `/api/v1/session/${encodeURIComponent(id)}`;
  }

  // -- execution

  load(source: string, name: string): Promise<Answered<unknown>> {
    return this.http.post(`${this.path}/load`, { source, name });
  }

  loadElf(data: ArrayBuffer): Promise<Answered<unknown>> {
    return this.http.send("POST", `${this.path}/load`, {
      command: true,
      raw: { data, type: "application/octet-stream" },
    });
  }

  command(action: "run" | "stop" | "step" | "step-over" | "step-out" | "restart"): Promise<Answered<unknown>> {
    return this.http.post(`${this.path}/${action}`);
  }

  until(place: string): Promise<Answered<unknown>> {
    return this.http.post(`${this.path}/until`, { place });
  }

  input(data: string): Promise<Answered<unknown>> {
    return this.http.post(`${this.path}/stdin`, { data });
  }

  endInput(): Promise<Answered<unknown>> {
    return this.http.post(`${this.path}/stdin/close`);
  }

  // -- the program

  program(): Promise<Program> {
    return this.http.get(`${this.path}/source`);
  }

  async lines(): Promise<MappedLine[]> {
    return (await this.http.get<{ lines: MappedLine[] }>(`${this.path}/lines`)).lines;
  }

  async symbols(): Promise<SymbolEntry[]> {
    return (await this.http.get<{ symbols: SymbolEntry[] }>(`${this.path}/symbols`)).symbols;
  }

  // -- looking and changing

  async memory(address: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    const path = `${this.path}/memory?address=${address}&length=${length}`;
    return fromBase64((await this.http.get<{ data: string }>(path, signal)).data);
  }

  setMemory(address: number, data: Uint8Array): Promise<Answered<unknown>> {
    const body = { address, data: btoa(String.fromCharCode(...data)) };
    return this.http.send("PUT", `${this.path}/memory`, { command: true, body });
  }

  setRegister(name: string, value: number | string): Promise<Answered<unknown>> {
    return this.http.send("PUT", `${this.path}/registers/${name}`, { command: true, body: { value } });
  }

  async disassembly(address: number, count: number, signal?: AbortSignal): Promise<Instruction[]> {
    const path = `${this.path}/disassembly?address=${address}&count=${count}`;
    return (await this.http.get<{ instructions: Instruction[] }>(path, signal)).instructions;
  }

  stack(words: number, signal?: AbortSignal): Promise<Stack> {
    return this.http.get(`${this.path}/stack?words=${words}`, signal);
  }

  async values(expressions: string[], signal?: AbortSignal): Promise<ExpressionValue[]> {
    const options = { body: { expressions }, ...(signal ? { signal } : {}) };
    return (await this.http.send<{ values: ExpressionValue[] }>("POST", `${this.path}/expressions`, options)).data.values;
  }

  // -- breakpoints and watchpoints

  debug(): Promise<DebugState> {
    return this.http.get(`${this.path}/debug`);
  }

  async setBreakpoint(place: string, condition = ""): Promise<Breakpoint> {
    const body = condition ? { place, condition } : { place };
    return (await this.http.post<Breakpoint>(`${this.path}/debug/breakpoints`, body)).data;
  }

  async changeBreakpoint(number: number, change: { condition?: string; enabled?: boolean }): Promise<Breakpoint> {
    const path = `${this.path}/debug/breakpoints/${number}`;
    return (await this.http.send<Breakpoint>("PUT", path, { command: true, body: change })).data;
  }

  removeBreakpoint(number: number): Promise<Answered<unknown>> {
    return this.http.send("DELETE", `${this.path}/debug/breakpoints/${number}`, { command: true });
  }

  async setWatchpoint(expression: string, access: Access, length?: number): Promise<Watchpoint> {
    const body = length === undefined ? { expression, access } : { expression, access, length };
    return (await this.http.post<Watchpoint>(`${this.path}/debug/watchpoints`, body)).data;
  }

  async enableWatchpoint(number: number, enabled: boolean): Promise<Watchpoint> {
    const path = `${this.path}/debug/watchpoints/${number}`;
    return (await this.http.send<Watchpoint>("PUT", path, { command: true, body: { enabled } })).data;
  }

  removeWatchpoint(number: number): Promise<Answered<unknown>> {
    return this.http.send("DELETE", `${this.path}/debug/watchpoints/${number}`, { command: true });
  }

  /** A line in the debugger's own language. */
  async say(line: string): Promise<{ output: string; failed: boolean }> {
    return (await this.http.post<{ output: string; failed: boolean }>(`${this.path}/command`, { line })).data;
  }

  // -- who may do what

  control(): Promise<{ protected: boolean; granted: boolean }> {
    return this.http.get(`${this.path}/control`);
  }
}

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
