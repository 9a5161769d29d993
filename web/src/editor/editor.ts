// The editor itself: CodeMirror with the dialect, diagnostics, and the marks of the debugger.

import { closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentLess, indentMore, toggleTabFocusMode } from "@codemirror/commands";
import { bracketMatching, indentOnInput, indentUnit, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { c } from "@codemirror/legacy-modes/mode/clike";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, countColumn, EditorSelection, EditorState, Prec, Transaction } from "@codemirror/state";
import {
  crosshairCursor,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  placeholder,
  rectangularSelection,
} from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import type { Diagnostic } from "../api/types";
import { arm, COLUMN } from "./arm";
import { assistance, type Knowledge } from "./assistance";
import {
  breakpointsOf,
  debugMarks,
  type GutterHooks,
  type LineBreakpoint,
  lineNow,
  markLoaded,
  setBreakpoints,
  setCurrentLine,
} from "./marks";

export interface EditorHooks extends GutterHooks, Knowledge {
  changed(text: string): void;
  nonce: string;
}

export class Editor {
  readonly view: EditorView;
  private readonly language = new Compartment();
  private readonly writing = new Compartment();
  private isReplacing = false;

  constructor(parent: HTMLElement, hooks: EditorHooks) {
    this.view = new EditorView({
      parent,
      state: EditorState.create({
        doc: "",
        extensions: [
          EditorView.cspNonce.of(hooks.nonce),
          debugMarks(hooks),
          lineNumbers(),
          highlightSpecialChars(),
          history(),
          drawSelection(),
          EditorState.allowMultipleSelections.of(true),
          EditorState.tabSize.of(COLUMN),
          indentUnit.of(" ".repeat(COLUMN)),
          rectangularSelection(),
          crosshairCursor(),
          highlightActiveLine(),
          highlightActiveLineGutter(),
          highlightSelectionMatches(),
          bracketMatching(),
          indentOnInput(),
          closeBrackets(),
          search({ top: true }),
          lintGutter(),
          syntaxHighlighting(classHighlighter),
          assistance(hooks),
          this.language.of(arm()),
          this.writing.of(WRITABLE),
          EditorView.contentAttributes.of({ "aria-label": "Program" }),
          keymap.of([
            ...closeBracketsKeymap,
            ...defaultKeymap,
            ...searchKeymap,
            ...historyKeymap,
            ...completionKeymap,
            ...lintKeymap,
            { key: "Tab", run: tabulate, shift: indentLess },
          ]),
          Prec.highest(keymap.of([{ key: "Ctrl-m", run: toggleTabFocusMode }])),
          EditorView.updateListener.of((update) => {
            if (update.docChanged && !this.isReplacing) hooks.changed(update.state.doc.toString());
          }),
        ],
      }),
    });
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  get line(): number {
    return this.view.state.doc.lineAt(this.view.state.selection.main.head).number;
  }

  /** Shows another text; nothing of it counts as typed. */
  replace(text: string, kind: "assembly" | "c", isReadOnly: boolean): void {
    this.isReplacing = true;
    try {
      this.view.dispatch({
        changes: text === this.text ? [] : { from: 0, to: this.view.state.doc.length, insert: text },
        annotations: Transaction.addToHistory.of(false),
        effects: [
          this.language.reconfigure(kind === "c" ? StreamLanguage.define(c) : arm()),
          this.writing.reconfigure(isReadOnly ? READ_ONLY : WRITABLE),
        ],
        ...(text === this.text ? {} : { selection: { anchor: 0 } }),
      });
    } finally {
      this.isReplacing = false;
    }
  }

  /** Shows `text`, which was made from what the machine executes, `loaded`, by a change in one place or several. */
  resume(loaded: string, text: string): void {
    this.replace(loaded, "assembly", false);
    this.markLoaded();
    let from = 0;
    while (from < loaded.length && from < text.length && loaded[from] === text[from]) from += 1;
    let same = 0;
    const most = Math.min(loaded.length, text.length) - from;
    while (same < most && loaded[loaded.length - 1 - same] === text[text.length - 1 - same]) same += 1;
    if (loaded === text) return;
    this.isReplacing = true;
    try {
      const changes = { from, to: loaded.length - same, insert: text.slice(from, text.length - same) };
      this.view.dispatch({ changes, annotations: Transaction.addToHistory.of(false) });
    } finally {
      this.isReplacing = false;
    }
  }

  /** Changes the text as if it had been typed: it can be undone. */
  type(text: string): void {
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text }, selection: { anchor: 0 } });
  }

  showDiagnostics(diagnostics: readonly Diagnostic[]): void {
    const { doc } = this.view.state;
    const found = diagnostics.map((one) => {
      const line = doc.line(Math.min(Math.max(one.line, 1), doc.lines));
      const from = Math.min(line.from + Math.max(one.column - 1, 0), line.to);
      const word = /^[\w.$#]+/.exec(line.text.slice(from - line.from))?.[0].length ?? 1;
      const to = Math.min(one.endColumn === undefined ? from + word : line.from + one.endColumn - 1, line.to);
      return {
        from,
        to: Math.max(to, Math.min(from + 1, line.to)),
        severity: one.severity,
        message: one.hint ? `${one.message}\nHint: ${one.hint}` : one.message,
      };
    });
    this.view.dispatch(setDiagnostics(this.view.state, found));
  }

  showBreakpoints(breakpoints: readonly LineBreakpoint[]): void {
    this.view.dispatch({ effects: setBreakpoints.of(breakpoints) });
  }

  breakpoints(): LineBreakpoint[] {
    return breakpointsOf(this.view.state);
  }

  /** The text as it is now is what the machine executes. */
  markLoaded(): void {
    this.view.dispatch({ effects: markLoaded.of(null) });
  }

  /** Where a line of the loaded text is now. */
  lineNow(line: number): number {
    return lineNow(this.view.state, line);
  }

  showCurrent(line: number, status: string, reveal: boolean): void {
    const now = line === 0 ? 0 : this.lineNow(line);
    this.view.dispatch({ effects: setCurrentLine.of({ line: now, status }) });
    if (reveal) this.reveal(now, false);
  }

  /** Scrolls to a line; with `select` the cursor goes there, too. */
  reveal(line: number, select = true): void {
    const { doc } = this.view.state;
    if (line < 1 || line > doc.lines) return;
    const { from } = doc.line(line);
    this.view.dispatch({
      ...(select ? { selection: { anchor: from } } : {}),
      effects: EditorView.scrollIntoView(from, { y: "nearest", yMargin: 60 }),
    });
    if (select) this.view.focus();
  }

  focus(): void {
    this.view.focus();
  }
}

/** Goes to the next column; several selected lines are indented as a whole. */
function tabulate(view: EditorView): boolean {
  const { state } = view;
  const spans = state.selection.ranges.some((range) => state.doc.lineAt(range.from).number !== state.doc.lineAt(range.to).number);
  if (spans) return indentMore(view);
  view.dispatch(
    state.changeByRange((range) => {
      const line = state.doc.lineAt(range.from);
      const column = countColumn(line.text, COLUMN, range.from - line.from);
      const insert = " ".repeat(COLUMN - (column % COLUMN));
      return { changes: { from: range.from, to: range.to, insert }, range: EditorSelection.cursor(range.from + insert.length) };
    }),
    { scrollIntoView: true, userEvent: "input" },
  );
  return true;
}

const WRITABLE = placeholder("Write ARM assembly here. Try typing \u201cprogram\u201d and Enter, or choose a sample above.");
const READ_ONLY = [
  EditorState.readOnly.of(true),
  EditorView.contentAttributes.of({ "aria-readonly": "true" }),
  placeholder("There is no source to show yet."),
];
