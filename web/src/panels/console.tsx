// The program's output, complete, and the line for its input.
//
// Text arrives much faster than anybody reads when a program floods. It is kept in pieces, and whatever came since the
// last frame is drawn in the next one. The drawn text is cut into blocks of some hundred lines: the browser lays out only
// those that are seen (`content-visibility`). Beyond `DRAWN` blocks the oldest leave the page, not the text: a button
// brings them back, and Copy and Save always take all of it.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { app } from "../model/app";
import { isActive } from "../model/machine";
import type { ConsoleText } from "../model/console";
import { download } from "../model/files";
import { Icon } from "../ui/icons";
import { notify } from "../ui/notices";

const BLOCK = 16 * 1024;
const DRAWN = 1500;

export function Console() {
  const session = app.session.value;
  const text = session?.console;
  return (
    <div class="console" data-testid="console">
      <Output key={session?.id ?? ""} text={text ?? null} />
      <Input />
    </div>
  );
}

function Output({ text }: { text: ConsoleText | null }) {
  const screen = useRef<HTMLDivElement>(null);
  const hiddenBlocks = useSignal(0);
  const isEmpty = useSignal(text === null || text.length === 0);
  const isTruncated = useSignal(text?.truncated ?? false);
  const dropped = useSignal(0);
  useEffect(() => {
    const element = screen.current;
    if (text === null || element === null) return;
    const drawing = new Drawing(element, text, (hidden) => {
      hiddenBlocks.value = hidden;
      isEmpty.value = text.start === text.pieces.length;
      isTruncated.value = text.truncated;
      dropped.value = text.dropped;
    });
    return () => drawing.end();
  }, [text]);
  const isShown = app.lowerTab.value === "console";
  useEffect(() => {
    // Nothing that is hidden can be scrolled: the end is gone to when it comes into view.
    if (isShown && screen.current) screen.current.scrollTop = screen.current.scrollHeight;
  }, [isShown]);
  return (
    <>
      {isEmpty.value ? (
        <p key="empty" class="empty">What the program writes appears here. <strong>F5</strong> runs it.</p>
      ) : (
        <div key="tools" class="console-tools">
          <button type="button" class="icon-button" aria-label="Clear the view" title="Clear the view; copying and saving still take everything" onClick={() => text?.clear()}>
            <Icon name="clear" />
          </button>
          <button type="button" class="icon-button" aria-label="Copy all output" title="Copy all" onClick={() => void copy(text)}>
            <Icon name="copy" />
          </button>
          <button type="button" class="icon-button" aria-label="Save all output" title="Save all" onClick={() => download("console.txt", text?.all() ?? "")}>
            <Icon name="save" />
          </button>
        </div>
      )}
      {isTruncated.value ? (
        <p key="truncated" class="notice">
          The beginning of the output was not sent. <button type="button" class="link" onClick={() => app.session.value?.replay()}>Load all of it</button>
        </p>
      ) : null}
      {dropped.value > 0 ? (
        <p key="dropped" class="notice">
          This program has written so much that the first {(dropped.value / 1048576).toFixed(0)} MiB of it had to go from this page.
        </p>
      ) : null}
      {hiddenBlocks.value > 0 ? (
        <p key="hidden" class="notice">{Math.round((hiddenBlocks.value * BLOCK) / 1024).toLocaleString("en")} KiB of earlier output are kept, not shown: copy or save all of it above.</p>
      ) : null}
      <div key="screen" ref={screen} class="screen" role="log" aria-label="Output of the program" tabIndex={0} aria-live="off" hidden={isEmpty.value} />
    </>
  );
}

/** Draws a text into an element, a frame at a time. */
class Drawing {
  private block: HTMLElement | null = null;
  private blockLength = 0;
  private next = 0;
  private generation = -1;
  private hidden = 0;
  private frame = 0;
  private readonly unsubscribe: () => void;

  constructor(
    private readonly element: HTMLElement,
    private readonly text: ConsoleText,
    private readonly drawn: (hidden: number) => void,
  ) {
    this.unsubscribe = text.subscribe(() => this.soon());
    this.soon();
  }

  end(): void {
    this.unsubscribe();
    cancelAnimationFrame(this.frame);
  }

  private soon(): void {
    if (this.frame === 0) this.frame = requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    this.frame = 0;
    const { element, text } = this;
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 40;
    if (this.generation !== text.generation) {
      this.generation = text.generation;
      element.replaceChildren();
      this.block = null;
      this.next = text.start;
      this.hidden = 0;
    }
    for (; this.next < text.pieces.length; this.next += 1) {
      const piece = text.pieces[this.next];
      if (piece) this.add(piece.text, piece.stream);
    }
    while (element.childElementCount > DRAWN) {
      element.firstElementChild?.remove();
      this.hidden += 1;
    }
    this.drawn(this.hidden);
    if (isAtEnd) requestAnimationFrame(() => (element.scrollTop = element.scrollHeight));
  }

  private add(text: string, stream: string): void {
    for (let at = 0; at < text.length; ) {
      if (this.block === null || this.blockLength >= BLOCK) this.begin();
      let end = Math.min(text.length, at + BLOCK - this.blockLength);
      if (end < text.length) {
        // A block ends at the end of a line, wherever there is one.
        const line = text.indexOf("\n", end);
        end = line < 0 ? text.length : line + 1;
      }
      const part = text.slice(at, end);
      const block = this.block as unknown as HTMLElement;
      if (stream === "stderr") {
        const span = block.appendChild(document.createElement("span"));
        span.className = "stderr";
        span.textContent = part;
      } else block.append(part);
      this.blockLength += part.length;
      at = end;
    }
  }

  private begin(): void {
    // A line that is not finished goes on in the same block: a block is a box of its own.
    const last = this.block?.textContent ?? "";
    if (this.block !== null && !last.endsWith("\n") && this.blockLength < 4 * BLOCK) return;
    this.block = this.element.appendChild(document.createElement("div"));
    this.block.className = "block";
    this.blockLength = 0;
  }
}

function Input() {
  const field = useRef<HTMLInputElement>(null);
  const past = useRef<string[]>([]);
  const at = useRef(0);
  const session = app.session.value;
  const status = session?.machine.value.status ?? "idle";
  const waits = status === "waiting_for_input";
  const isDisabled = session === null || session.access.value !== "control" || session.isOver.value;
  useEffect(() => {
    if (waits && !app.isViewer.value && app.lowerTab.value === "console") field.current?.focus();
  }, [waits]);
  const send = (event: SubmitEvent) => {
    event.preventDefault();
    const input = field.current;
    if (session === null || input === null) return;
    const line = input.value;
    input.value = "";
    if (line !== "") past.current.push(line);
    at.current = past.current.length;
    session
      .inOrder(async () => {
        // A waiting or running program gets the end of the line from the server; for later, it is part of the text.
        const isLater = !isActive(session.machine.peek().status);
        await session.api.input(isLater ? `${line}\n` : line);
        if (isLater) notify("info", "The line is kept until the program reads it.");
      })
      .catch((error: unknown) => app.fail(error));
  };
  const end = () => {
    session?.inOrder(() => session.api.endInput()).then(
      () => notify("info", "The program’s input has ended. It is open again when the program starts over."),
      (error: unknown) => app.fail(error),
    );
  };
  const key = (event: KeyboardEvent) => {
    if (event.ctrlKey && event.key.toLowerCase() === "d" && field.current?.value === "") {
      event.preventDefault();
      end();
      return;
    }
    const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    if (step === 0 || field.current === null) return;
    at.current = Math.min(past.current.length, Math.max(0, at.current + step));
    field.current.value = past.current[at.current] ?? "";
    event.preventDefault();
  };
  return (
    <form class={`input${waits ? " waits" : ""}`} onSubmit={send}>
      <label for="program-input">{waits ? "The program waits for a line" : "Input"}</label>
      <input
        id="program-input"
        ref={field}
        autocomplete="off"
        spellcheck={false}
        disabled={isDisabled}
        placeholder={waits ? "Type it and press Enter" : "For the program, one line at a time"}
        onKeyDown={key}
      />
      <button type="submit" class="small" disabled={isDisabled}>Send</button>
      <button type="button" class="small" disabled={isDisabled || !session?.isActive.value} title="End of input (Ctrl+D): the program is told that nothing more comes" onClick={end}>
        End
      </button>
    </form>
  );
}

async function copy(text: ConsoleText | null): Promise<void> {
  try {
    await navigator.clipboard.writeText(text?.all() ?? "");
    notify("info", "All output is in the clipboard.");
  } catch {
    notify("error", "This browser does not allow copying here. Save the output instead.");
  }
}
