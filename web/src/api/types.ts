// Bodies of the HTTP interface that the page uses; /openapi.json describes all of them.

export interface Diagnostic {
  file: string;
  line: number;
  column: number;
  endColumn?: number;
  severity: "error" | "warning" | "info";
  code: string;
  message: string;
  hint?: string;
}

export interface Assembled {
  ok: boolean;
  diagnostics: Diagnostic[];
  entryPoint?: number;
  size?: number;
  instructions?: number;
}

export interface Example {
  name: string;
  size: number;
  description: string;
}

export interface InstructionRow {
  names: string[];
  operands: string[];
  meaning: string;
  group: string;
}

export interface SystemCall {
  number: number;
  name: string;
  takes: string;
  gives: string;
  summary: string;
}

export interface Reference {
  instructions: InstructionRow[];
  systemCalls: SystemCall[];
  directives: string[];
}

export interface SourceFile {
  name: string;
  text: string;
}

export interface Program {
  revision: number;
  name: string;
  kind: "assembly" | "elf";
  files: SourceFile[];
}

export interface MappedLine {
  address: number;
  file: string;
  line: number;
  /** How many bytes from `address` on come from the line. */
  size?: number;
  isCode: boolean;
}

export interface SymbolEntry {
  name: string;
  value: number;
  kind: string;
  line?: number;
}

export interface Breakpoint {
  number: number;
  address: number;
  file?: string;
  line?: number;
  label?: string;
  condition?: string;
  temporary?: boolean;
  enabled?: boolean;
  hits?: number;
}

export type Access = "read" | "write" | "readwrite";

export interface Watchpoint {
  number: number;
  expression: string;
  access: Access;
  address?: number;
  length?: number;
  register?: string;
  enabled?: boolean;
  hits?: number;
  lastValue?: number;
}

export interface DebugState {
  revision: number;
  breakpoints: Breakpoint[];
  watchpoints: Watchpoint[];
}

export interface Instruction {
  address: number;
  machineCode: number;
  disassembly: string;
  decoded?: string;
  symbol?: string;
}

export interface Frame {
  number: number;
  address: number;
  label?: string;
  offset?: number;
  file?: string;
  line?: number;
  stackPointer?: number;
  returnAddress?: number;
}

export interface StackWord {
  address: number;
  value: number;
  label?: string;
}

export interface Stack {
  stackPointer: number;
  frames: Frame[];
  words: StackWord[];
}

export interface ExpressionValue {
  expression: string;
  value?: number;
  error?: string;
}

export interface LoadRefusal {
  message: string;
  parseErrors?: { line: number; column: number; message: string }[];
}
