// The assembly dialect for the editor: what is a label, a mnemonic, a directive, a number, a comment.

import { LanguageSupport, StreamLanguage, type StringStream } from "@codemirror/language";

const CONDITION = "(?:EQ|NE|CS|HS|CC|LO|MI|PL|VS|VC|HI|LS|GE|LT|GT|LE|AL)?";
const MNEMONIC = new RegExp(
  "^(?:" +
    [
      `(?:AND|EOR|SUB|RSB|ADD|ADC|SBC|RSC|ORR|BIC|MOV|MVN|LSL|LSR|ASR|ROR|RRX|NEG|MUL|MLA)S?${CONDITION}S?`,
      `(?:TST|TEQ|CMP|CMN)S?${CONDITION}`,
      `(?:UMULL|UMLAL|SMULL|SMLAL)S?${CONDITION}S?`,
      `(?:LDR|STR)(?:B|H|SB|SH|T|BT|D)?${CONDITION}(?:B|H|SB|SH|T|BT|D)?`,
      `(?:LDM|STM)(?:IA|IB|DA|DB|FD|FA|ED|EA)?${CONDITION}(?:IA|IB|DA|DB|FD|FA|ED|EA)?`,
      `(?:B|BL|BX|BLX|SWI|SVC|PUSH|POP|NOP|ADR|MRS|MSR|CLZ|BKPT)${CONDITION}`,
      `SWPB?${CONDITION}B?`,
    ].join("|") +
    ")$",
  "i",
);
const REGISTER = /^(?:r(?:1[0-5]|\d)|sp|lr|pc|fp|ip|sl|sb|a[1-4]|v[1-8]|[cs]psr(?:_\w+)?)$/i;
const SHIFT = /^(?:lsl|lsr|asr|ror|rrx)$/i;
const WORD = /^[A-Za-z_$][\w$]*/;

interface State {
  inComment: boolean;
  /** Whether a mnemonic or directive of the present line was seen. */
  hasStatement: boolean;
  /** Whether there was one anywhere before: what follows it begins in the column of instructions. */
  isProgram: boolean;
}

export const COLUMN = 8;
const LABEL = /^\s*(?:[A-Za-z_.$][\w$.]*|\d+):/;

function token(stream: StringStream, state: State): string | null {
  if (stream.sol() && !state.inComment) state.hasStatement = false;
  if (state.inComment) {
    if (stream.skipTo("*/")) {
      stream.match("*/");
      state.inComment = false;
    } else stream.skipToEnd();
    return "comment";
  }
  if (stream.eatSpace()) return null;
  if (stream.match("/*")) {
    state.inComment = true;
    return "comment";
  }
  if (stream.match("//") || stream.peek() === ";" || stream.peek() === "@") {
    stream.skipToEnd();
    return "comment";
  }
  if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) return "string";
  if (stream.match(/^'(?:[^'\\]|\\.[0-9a-fA-F]*)'/)) return "string";
  if (stream.match(/^\d+:/)) return "labelName";
  if (stream.match(/^(?:0[xX][\da-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|\d+[bf]?)\b/)) return "number";
  if (stream.match(/^\.[A-Za-z_]\w*/)) {
    const isLabel = stream.match(/^\s*:/, false);
    state.isProgram = true;
    if (!state.hasStatement && !isLabel) {
      state.hasStatement = true;
      return "meta";
    }
    return "variableName";
  }
  if (stream.match(/^\\[\w@]*/)) return "meta"; // a macro's parameter
  const word = stream.match(WORD);
  if (word && typeof word === "object") return wordStyle(stream, state, word[0]);
  if (stream.match(/^[-+*/%<>|&^~!=]+/)) return "operator";
  if (stream.match(/^[[\](){},]/)) return "punctuation";
  stream.next();
  return null;
}

function wordStyle(stream: StringStream, state: State, word: string): string {
  if (!state.hasStatement) {
    state.isProgram = true;
    if (stream.match(":")) return "labelName";
    state.hasStatement = true;
    if (stream.match(/^\s*=/, false)) return "variableName";
    return MNEMONIC.test(word) ? "keyword" : "macroName";
  }
  if (REGISTER.test(word)) return "atom";
  if (SHIFT.test(word)) return "operatorKeyword";
  return "variableName";
}

export const armLanguage = StreamLanguage.define<State>({
  name: "arm",
  startState: () => ({ inComment: false, hasStatement: false, isProgram: false }),
  copyState: (state) => ({ ...state }),
  token,
  // Labels stand in the first column, everything else in the second, once there is anything.
  indent: (state, textAfter) => (LABEL.test(textAfter) || !state.isProgram ? 0 : COLUMN),
  languageData: {
    indentOnInput: /^\s*(?:[A-Za-z_.$][\w$.]*|\d+):$/,
    commentTokens: { line: ";", block: { open: "/*", close: "*/" } },
    closeBrackets: { brackets: ["(", "[", "{", '"'] },
  },
});

export function arm(): LanguageSupport {
  return new LanguageSupport(armLanguage);
}

export function isRegister(word: string): boolean {
  return REGISTER.test(word);
}

/** The mnemonic without its condition, as the reference lists it: `LDREQB` and `LDRBEQ` are `LDRB`. */
export function baseMnemonics(word: string): string[] {
  const upper = word.toUpperCase();
  const found = [upper];
  for (const condition of CONDITIONS) {
    for (let at = upper.indexOf(condition, 1); at >= 1; at = upper.indexOf(condition, at + 1)) {
      found.push(upper.slice(0, at) + upper.slice(at + 2));
    }
  }
  return found;
}

export const CONDITIONS = [
  "EQ", "NE", "CS", "HS", "CC", "LO", "MI", "PL", "VS", "VC", "HI", "LS", "GE", "LT", "GT", "LE", "AL",
];

export interface Definition {
  name: string;
  kind: "label" | "constant" | "macro";
  line: number;
  text: string;
}

/** The names that a source defines, by a glance at each line: good enough to complete them while one types. */
export function definitions(source: string): Definition[] {
  const found: Definition[] = [];
  source.split("\n").forEach((text, index) => {
    const label = /^\s*([A-Za-z_.$][\w$.]*):/.exec(text);
    const constant =
      /^\s*\.(?:equ|set)\s+([A-Za-z_]\w*)\s*,/i.exec(text) ?? /^\s*([A-Za-z_]\w*)\s*=/.exec(text);
    const macro = /^\s*\.macro\s+([A-Za-z_]\w*)/i.exec(text);
    const line = index + 1;
    if (label?.[1]) found.push({ name: label[1], kind: "label", line, text: text.trim() });
    if (constant?.[1]) found.push({ name: constant[1], kind: "constant", line, text: text.trim() });
    if (macro?.[1]) found.push({ name: macro[1], kind: "macro", line, text: text.trim() });
  });
  return found;
}
