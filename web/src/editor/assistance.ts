// Completion and explanations, from the server's own tables and the names in the program.

import {
  autocompletion,
  snippetCompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from "@codemirror/autocomplete";
import { type EditorView, hoverTooltip, type Tooltip } from "@codemirror/view";
import type { InstructionRow, Reference, SystemCall } from "../api/types";
import { bare } from "../ui/format";
import { baseMnemonics, CONDITIONS, definitions, isRegister } from "./arm";

export interface Knowledge {
  reference(): Reference | null;
  /** Ends when there will be no other reference than the present one. */
  ready(): Promise<void>;
  /** What is known of a name while the program is debugged: a register's or a label's value. */
  valueOf(name: string): string | null;
}

export const DIRECTIVE_HELP: Record<string, string> = {
  ".org": ".org 0x8000 - the address where what follows lies",
  ".word": ".word 1, 2, label - words of 4 bytes",
  ".half": ".half 1, 2 - halfwords of 2 bytes",
  ".byte": ".byte 1, 'A' - bytes",
  ".asciz": '.asciz "text\\n" - a string and a zero byte behind it',
  ".ascii": '.ascii "text" - a string, no zero byte',
  ".space": ".space 100 - so many zero bytes",
  ".align": ".align 2 - up to the next multiple of 2\u00b2 = 4 bytes",
  ".balign": ".balign 4 - up to the next multiple of 4 bytes",
  ".equ": ".equ NAME, 10 - a number with a name",
  ".set": ".set NAME, 10 - a number with a name, which may change",
  ".ltorg": ".ltorg - puts the constants of LDR Rd, =value here",
  ".macro": ".macro NAME parameter \u2026 .endm",
  ".rept": ".rept 3 \u2026 .endr - repeats lines",
  ".data": ".data - what follows is data",
  ".text": ".text - what follows is code",
  ".global": ".global name - for other assemblers; changes nothing here",
  ".fill": ".fill count, size, value",
  ".if": ".if condition \u2026 .else \u2026 .endif",
  ".include": '.include "file.s"',
};

const REGISTER_OPTIONS: Completion[] = [
  ...Array.from({ length: 13 }, (_, number) => ({ label: `R${number}`, type: "variable" })),
  { label: "SP", type: "variable", detail: "stack pointer, R13" },
  { label: "LR", type: "variable", detail: "return address, R14" },
  { label: "PC", type: "variable", detail: "program counter, R15" },
];

export const SKELETON = `        .org    0x8000

_start:
        \${}

        MOV     R0, #0          ; exit code 0
        SWI     #0              ; end of the program
`;

export function assistance(knowledge: Knowledge) {
  return [
    autocompletion({ override: [(context) => complete(context, knowledge)], icons: false }),
    // Who points at a word before the tables have come does not point again when they have.
    hoverTooltip(async (view, position) => (await knowledge.ready(), explain(view, position, knowledge)), { hoverTime: 250 }),
  ];
}

function complete(context: CompletionContext, knowledge: Knowledge): CompletionResult | null {
  const line = context.state.doc.lineAt(context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  const code = before.replace(/"(?:[^"\\]|\\.)*"/g, "");
  if (/[;@]|\/\//.test(code) || /"[^"]*$/.test(code)) return null;
  const word = /[.\\]?[\w$]*$/.exec(before)?.[0] ?? "";
  const from = context.pos - word.length;
  const head = before.slice(0, before.length - word.length);
  const isStatement = /^\s*(?:[\w.$]+:\s*)*$/.test(head);
  const call = /\b(?:SWI|SVC)\w*\s+#?$/i.test(head);
  if (word === "" && !context.explicit && !call) return null;
  const reference = knowledge.reference();
  if (call && reference) return calls(context, from, word, head, reference.systemCalls);
  const options = isStatement ? statements(context, reference) : [...REGISTER_OPTIONS, ...names(context)];
  // A word that is complete needs nothing more: Enter shall begin a new line.
  const isComplete = options.some((one) => one.label.toLowerCase() === word.toLowerCase());
  return isComplete && !context.explicit ? null : { from, options };
}

function statements(context: CompletionContext, reference: Reference | null): Completion[] {
  const macros = definitions(context.state.doc.toString()).filter((one) => one.kind === "macro");
  return [
    ...(reference ? [...mnemonics(reference), ...directives(reference)] : []),
    ...macros.map((one) => ({ label: one.name, type: "function", detail: "macro" })),
    snippetCompletion(SKELETON, { label: "program", detail: "a frame to begin with", type: "text" }),
  ];
}

/** System calls by number or by name. A number means itself: `0x3` is call 3, not the beginning of 0x30. */
function calls(
  context: CompletionContext,
  from: number,
  word: string,
  head: string,
  all: readonly SystemCall[],
): CompletionResult | null {
  if (/^\d/.test(word)) {
    const exact = all.filter((one) => one.number === Number(word));
    const longer = all.filter((one) => `0x${bare(one.number, 2)}`.toLowerCase().startsWith(word.toLowerCase()));
    // Enter behind it begins a new line, then, whether a list had the time to open or not.
    if (exact.length > 0 && !context.explicit) return null;
    const options = [...new Set([...exact, ...longer])].map((one) => callOption(one, head));
    return { from, options, filter: false };
  }
  return { from, options: [...all.map((one) => ({ ...callOption(one, head), boost: 10 })), ...names(context)] };
}

function callOption(call: SystemCall, head: string): Completion {
  const number = `0x${bare(call.number, 2)}`;
  return {
    label: `${number} ${call.name}`,
    apply: head.endsWith("#") ? number : `#${number}`,
    type: "function",
    detail: call.takes,
    info: `${call.summary}${call.gives ? ` Gives: ${call.gives}.` : ""}`,
  };
}

function names(context: CompletionContext): Completion[] {
  return definitions(context.state.doc.toString()).map((one) => ({ label: one.name, type: one.kind, detail: one.text }));
}

function mnemonics(reference: Reference): Completion[] {
  const found = new Map<string, InstructionRow[]>();
  for (const row of reference.instructions) {
    for (const name of row.names) found.set(name, [...(found.get(name) ?? []), row]);
  }
  const options = [...found].map(([name, rows]) => ({
    label: name,
    type: "keyword",
    detail: rows[0]?.meaning ?? "",
    info: () => card(name, rows),
    boost: name.length < 4 ? 1 : 0,
  }));
  const branches = CONDITIONS.filter((one) => one !== "AL").map((condition) => ({
    label: `B${condition}`,
    type: "keyword",
    detail: `branch if ${condition}`,
    boost: -1,
  }));
  return [...options, ...branches];
}

function directives(reference: Reference): Completion[] {
  const rare = /^\.(?:cfi_|fn|eabi|thumb|personality)/;
  return reference.directives
    .filter((name) => !rare.test(name))
    .map((name) => ({ label: name, type: "directive", detail: DIRECTIVE_HELP[name]?.replace(`${name} `, "") ?? "" }));
}

function card(name: string, rows: readonly InstructionRow[]): HTMLElement {
  const root = document.createElement("div");
  root.className = "card";
  for (const row of rows) {
    for (const operands of row.operands.length ? row.operands : [""]) {
      const line = root.appendChild(document.createElement("code"));
      line.textContent = `${name} ${operands}`;
    }
    const meaning = root.appendChild(document.createElement("p"));
    meaning.textContent = row.meaning;
  }
  return root;
}

function explain(view: EditorView, position: number, knowledge: Knowledge): Tooltip | null {
  const line = view.state.doc.lineAt(position);
  const at = position - line.from;
  const found = [...line.text.matchAll(/[.\w$]+/g)].find((one) => one.index <= at && at <= one.index + one[0].length);
  const comment = line.text.search(/[;@]|\/\//);
  if (!found || (comment >= 0 && found.index > comment)) return null;
  const dom = explanation(line.text, found[0], found.index, knowledge);
  if (dom === null) return null;
  return { pos: line.from + found.index, end: line.from + found.index + found[0].length, create: () => ({ dom }) };
}

function explanation(line: string, word: string, at: number, knowledge: Knowledge): HTMLElement | null {
  const reference = knowledge.reference();
  const head = line.slice(0, at);
  if (reference && /^\s*(?:[\w.$]+:\s*)*$/.test(head)) {
    const candidates = baseMnemonics(word);
    const name = candidates.find((one) => reference.instructions.some((row) => row.names.includes(one)));
    if (name) return card(name, reference.instructions.filter((row) => row.names.includes(name)));
    const help = DIRECTIVE_HELP[word.toLowerCase()];
    return help ? text(help) : null;
  }
  if (reference && /\b(?:SWI|SVC)\w*\s+#?$/i.test(head)) {
    const call = reference.systemCalls.find((one) => one.number === Number(word));
    if (call) return text(`${call.name}: ${call.summary}`, call.takes && `takes ${call.takes}`, call.gives && `gives ${call.gives}`);
  }
  const value = knowledge.valueOf(word);
  if (value !== null) return text(`${isRegister(word) ? word.toUpperCase() : word} = ${value}`);
  return null;
}

function text(...lines: string[]): HTMLElement {
  const root = document.createElement("div");
  root.className = "card";
  for (const line of lines.filter(Boolean)) root.appendChild(document.createElement("p")).textContent = line;
  return root;
}
