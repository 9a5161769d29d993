// The dialogs of the page, each in the browser's own modal element: it keeps the focus and closes with Escape.

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { app } from "../model/app";
import { KEYS } from "./keys";
import { dialogs, notify, type DialogKind, type OpenDialog } from "./notices";

export function Dialogs() {
  return (
    <>
      {dialogs.value.map((open, index) => (
        <Frame key={index} open={open} />
      ))}
    </>
  );
}

function Frame({ open }: { open: OpenDialog }) {
  const element = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const opener = document.activeElement as HTMLElement | null;
    element.current?.showModal();
    return () => opener?.focus();
  }, []);
  const cancelled = open.dialog.kind === "token" ? false : null;
  return (
    <dialog
      ref={element}
      aria-labelledby="dialog-title"
      onCancel={(event) => {
        event.preventDefault();
        open.close(cancelled);
      }}
    >
      <Content dialog={open.dialog} close={open.close} />
    </dialog>
  );
}

function Content({ dialog, close }: { dialog: DialogKind; close: (result: unknown) => void }) {
  switch (dialog.kind) {
    case "token":
      return <Token close={close} />;
    case "link":
      return <Link dialog={dialog} close={close} />;
    case "breakpoint":
      return <Condition dialog={dialog} close={close} />;
    case "keys":
      return <Keys close={close} />;
  }
}

function Token({ close }: { close: (result: boolean) => void }) {
  const token = useSignal("");
  const submit = (event: Event) => {
    event.preventDefault();
    app.keepToken(token.value.trim());
    close(true);
  };
  return (
    <form onSubmit={submit}>
      <h2 id="dialog-title">This server asks for a token</h2>
      <p>Whoever started it with <code>--token</code> can tell you.</p>
      <label>
        Token
        <input type="password" autocomplete="off" value={token.value} onInput={(event) => (token.value = event.currentTarget.value)} />
      </label>
      <p class="buttons">
        <button type="button" onClick={() => close(false)}>Cancel</button>
        <button type="submit" class="primary" disabled={token.value.trim() === ""}>Continue</button>
      </p>
    </form>
  );
}

function Link({ dialog, close }: { dialog: DialogKind & { kind: "link" }; close: (result: null) => void }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(dialog.url);
      notify("info", "The link is in the clipboard.");
      close(null);
    } catch {
      field.current?.select();
      notify("info", "Press Ctrl+C to copy the link.");
    }
  };
  return (
    <div>
      <h2 id="dialog-title">{dialog.title}</h2>
      <p>{dialog.explanation}</p>
      <label>
        Link
        <input ref={field} readOnly value={dialog.url} />
      </label>
      <p class="buttons">
        <button type="button" onClick={() => close(null)}>Close</button>
        <button type="button" class="primary" onClick={() => void copy()}>Copy</button>
      </p>
    </div>
  );
}

function Condition({ dialog, close }: { dialog: DialogKind & { kind: "breakpoint" }; close: (result: unknown) => void }) {
  const condition = useSignal(dialog.breakpoint.condition);
  const enabled = useSignal(dialog.breakpoint.enabled);
  const submit = (event: Event) => {
    event.preventDefault();
    close({ ...dialog.breakpoint, condition: condition.value.trim(), enabled: enabled.value });
  };
  return (
    <form onSubmit={submit}>
      <h2 id="dialog-title">Breakpoint in line {dialog.breakpoint.line}</h2>
      <label>
        Stop only if
        <input
          placeholder="always; or for instance r0 == 10"
          value={condition.value}
          spellcheck={false}
          onInput={(event) => (condition.value = event.currentTarget.value)}
        />
      </label>
      <p class="hint">
        Registers, labels, <code>[address]</code>, and <code>== != &lt; &gt; &amp;&amp; ||</code>. Numbers compare unsigned.
      </p>
      <label class="check">
        <input type="checkbox" checked={enabled.value} onInput={(event) => (enabled.value = event.currentTarget.checked)} />
        Enabled
      </label>
      <p class="buttons">
        <button type="button" onClick={() => close("remove")}>Remove</button>
        <button type="button" onClick={() => close(null)}>Cancel</button>
        <button type="submit" class="primary">Set</button>
      </p>
    </form>
  );
}

function Keys({ close }: { close: (result: null) => void }) {
  return (
    <div>
      <h2 id="dialog-title">Keys</h2>
      <table class="keys">
        <tbody>
          {KEYS.map((one) => (
            <tr key={one.keys}>
              <th scope="row"><kbd>{one.keys}</kbd></th>
              <td>{one.meaning}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="buttons">
        <button type="button" class="primary" onClick={() => close(null)}>Close</button>
      </p>
    </div>
  );
}
