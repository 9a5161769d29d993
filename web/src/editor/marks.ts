// What debugging adds to the text: breakpoints in the gutter and the current line. Both move with the text as it is
// edited, so they stay where they belong until the program is loaded again.

import {
  type ChangeDesc,
  ChangeSet,
  type EditorState,
  type Extension,
  RangeSet,
  StateEffect,
  StateField,
  type Text,
} from "@codemirror/state";
import { Decoration, EditorView, gutter, GutterMarker } from "@codemirror/view";

/** A breakpoint as the text knows it. `number` is the server's, 0 while it exists here only. */
export interface LineBreakpoint {
  line: number;
  condition: string;
  enabled: boolean;
  number: number;
}

export const setBreakpoints = StateEffect.define<readonly LineBreakpoint[]>();
/** The line that is executed next; 0 for none. */
export const setCurrentLine = StateEffect.define<{ line: number; status: string }>();

class BreakpointMarker extends GutterMarker {
  constructor(readonly breakpoint: Omit<LineBreakpoint, "line">) {
    super();
  }

  override eq(other: BreakpointMarker): boolean {
    const [a, b] = [this.breakpoint, other.breakpoint];
    return a.condition === b.condition && a.enabled === b.enabled && a.number === b.number;
  }

  override toDOM(): Node {
    const { condition, enabled, number } = this.breakpoint;
    const dot = document.createElement("span");
    dot.className = `breakpoint${condition ? " conditional" : ""}${enabled ? "" : " disabled"}${number ? "" : " pending"}`;
    dot.title = condition ? `stops if ${condition}` : enabled ? "stops here" : "disabled";
    return dot;
  }
}

const breakpointField = StateField.define<RangeSet<BreakpointMarker>>({
  create: () => RangeSet.empty,
  update(set, transaction) {
    let next = set.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setBreakpoints)) continue;
      const { doc } = transaction.state;
      const ranges = effect.value
        .filter((one) => one.line >= 1 && one.line <= doc.lines)
        .sort((a, b) => a.line - b.line)
        .map(({ line, ...rest }) => new BreakpointMarker(rest).range(doc.line(line).from));
      next = RangeSet.of(ranges);
    }
    return next;
  },
});

/** The breakpoints with the lines they are in now, one for each line. */
export function breakpointsOf(state: EditorState): LineBreakpoint[] {
  const found = new Map<number, LineBreakpoint>();
  state.field(breakpointField).between(0, state.doc.length, (from, _to, marker) => {
    const { number: line } = state.doc.lineAt(from);
    if (!found.has(line)) found.set(line, { line, ...marker.breakpoint });
  });
  return [...found.values()];
}

interface Current {
  position: number | null;
  status: string;
}

const currentField = StateField.define<Current>({
  create: () => ({ position: null, status: "" }),
  update(current, transaction) {
    let next = current;
    if (transaction.docChanged && current.position !== null) {
      next = { ...current, position: transaction.changes.mapPos(current.position) };
    }
    for (const effect of transaction.effects) {
      if (!effect.is(setCurrentLine)) continue;
      const { line, status } = effect.value;
      const { doc } = transaction.state;
      next = { position: line >= 1 && line <= doc.lines ? doc.line(line).from : null, status };
    }
    return next;
  },
  provide: (field) =>
    EditorView.decorations.compute([field], (state) => {
      const { position, status } = state.field(field);
      if (position === null) return Decoration.none;
      const line = Decoration.line({ class: `current-line status-${status}` });
      return Decoration.set(line.range(state.doc.lineAt(Math.min(position, state.doc.length)).from));
    }),
});

export function currentLineOf(state: EditorState): number {
  const { position } = state.field(currentField);
  return position === null ? 0 : state.doc.lineAt(Math.min(position, state.doc.length)).number;
}

/** From now on, line numbers of the machine mean lines of the text as it is at this moment. */
export const markLoaded = StateEffect.define<null>();

const loadedField = StateField.define<{ text: Text; changes: ChangeDesc }>({
  create: (state) => ({ text: state.doc, changes: ChangeSet.empty(state.doc.length) }),
  update(loaded, transaction) {
    if (transaction.effects.some((effect) => effect.is(markLoaded))) {
      return { text: transaction.state.doc, changes: ChangeSet.empty(transaction.state.doc.length) };
    }
    if (!transaction.docChanged) return loaded;
    return { text: loaded.text, changes: loaded.changes.composeDesc(transaction.changes.desc) };
  },
});

/** Where a line of the loaded text is now. */
export function lineNow(state: EditorState, line: number): number {
  const { text, changes } = state.field(loadedField);
  if (line < 1 || line > text.lines) return 0;
  return state.doc.lineAt(changes.mapPos(text.line(line).from, 1)).number;
}

class Arrow extends GutterMarker {
  override toDOM(): Node {
    const arrow = document.createElement("span");
    arrow.className = "arrow";
    return arrow;
  }
}
const ARROW = new Arrow();

export interface GutterHooks {
  toggle(line: number): void;
  edit(line: number): void;
}

export function debugMarks(hooks: GutterHooks): Extension {
  return [
    breakpointField,
    currentField,
    loadedField,
    gutter({
      class: "gutter-breakpoints",
      renderEmptyElements: true,
      markers: (view) => view.state.field(breakpointField),
      initialSpacer: () => new BreakpointMarker({ condition: "", enabled: true, number: 1 }),
      domEventHandlers: {
        mousedown(view, block, event) {
          const { number } = view.state.doc.lineAt(block.from);
          const mouse = event as MouseEvent;
          if (mouse.button === 0 && !mouse.ctrlKey) hooks.toggle(number);
          else hooks.edit(number);
          return true;
        },
        contextmenu(_view, _block, event) {
          event.preventDefault();
          return true;
        },
      },
    }),
    gutter({
      class: "gutter-arrow",
      lineMarker(view, block) {
        const { position } = view.state.field(currentField);
        return position !== null && position >= block.from && position <= block.to ? ARROW : null;
      },
      lineMarkerChange: (update) => update.startState.field(currentField) !== update.state.field(currentField) || update.docChanged,
      initialSpacer: () => ARROW,
    }),
  ];
}
