// All breakpoints and watchpoints of the session.

import { app } from "../model/app";
import { debug } from "../model/debugging";
import type { SessionModel } from "../model/session";
import type { Access } from "../api/types";
import { hex } from "../ui/format";
import { Icon } from "../ui/icons";

const ACCESS: Record<Access, string> = { read: "read", write: "written", readwrite: "read or written" };

export function Breakpoints() {
  const session = app.session.value;
  if (session === null || app.program.value === null) {
    return (
      <p class="empty">
        A breakpoint stops the program before a line: click beside the line’s number, or press <strong>F9</strong>. A watchpoint
        stops it when a register or a word of memory changes; set one here once a program is loaded.
      </p>
    );
  }
  return (
    <div class="breakpoints">
      <h3>Breakpoints</h3>
      <form
        class="panel-tools"
        onSubmit={(event) => {
          event.preventDefault();
          const { elements } = event.currentTarget;
          const place = elements.namedItem("place") as HTMLInputElement;
          const condition = elements.namedItem("condition") as HTMLInputElement;
          if (place.value.trim() === "") return;
          void act(session, () => session.api.setBreakpoint(place.value.trim(), condition.value.trim())).then((done) => {
            if (done) place.value = condition.value = "";
          });
        }}
      >
        <input name="place" aria-label="Place of a breakpoint" placeholder="label, 0x8000, :12" spellcheck={false} />
        <input name="condition" aria-label="Stop only if" placeholder="only if: r0 == 10" spellcheck={false} />
        <button type="submit" class="small">Add</button>
      </form>
      {session.breakpoints.value.length === 0 ? <p class="empty">None. Click beside a line’s number, or press F9.</p> : null}
      <ul>
        {session.breakpoints.value.map((one) => (
          <li key={one.number}>
            <label class="check">
              <input
                type="checkbox"
                checked={one.enabled ?? true}
                aria-label={`Breakpoint ${one.number} enabled`}
                onChange={(event) => {
                  const enabled = event.currentTarget.checked;
                  void act(session, () => session.api.changeBreakpoint(one.number, { enabled }));
                }}
              />
              <span class="breakpoint" aria-hidden="true" />
            </label>
            <button type="button" class="row" onClick={() => app.revealAddress(one.address)}>
              <span>{one.line ? `line ${one.line}` : hex(one.address)}</span>
              <span class="second">
                {[one.label, one.condition ? `if ${one.condition}` : "", one.temporary ? "once" : "", one.hits ? `hit ${one.hits}×` : ""]
                  .filter(Boolean)
                  .join(" · ")}
              </span>
            </button>
            {one.line ? (
              <button type="button" class="small" onClick={() => void debug.editBreakpoint(one.line ?? 0)}>Condition…</button>
            ) : null}
            <button type="button" class="icon-button" aria-label={`Remove breakpoint ${one.number}`} onClick={() => void act(session, () => session.api.removeBreakpoint(one.number))}>
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ul>
      <h3>Watchpoints</h3>
      <form
        class="panel-tools"
        onSubmit={(event) => {
          event.preventDefault();
          const { elements } = event.currentTarget;
          const expression = elements.namedItem("expression") as HTMLInputElement;
          const access = (elements.namedItem("access") as HTMLSelectElement).value as Access;
          const text = expression.value.trim();
          if (text === "") return;
          void act(session, () => session.api.setWatchpoint(text, access)).then((done) => {
            if (done) expression.value = "";
          });
        }}
      >
        <input name="expression" aria-label="Register or memory to watch" placeholder="r3, [counter], [sp+4]" spellcheck={false} />
        <select name="access" aria-label="Stop when it is">
          <option value="write">written</option>
          <option value="read">read</option>
          <option value="readwrite">read or written</option>
        </select>
        <button type="submit" class="small">Add</button>
      </form>
      <ul>
        {session.watchpoints.value.map((one) => (
          <li key={one.number}>
            <label class="check">
              <input
                type="checkbox"
                checked={one.enabled ?? true}
                aria-label={`Watchpoint ${one.number} enabled`}
                onChange={(event) => {
                  const enabled = event.currentTarget.checked;
                  void act(session, () => session.api.enableWatchpoint(one.number, enabled));
                }}
              />
            </label>
            <button type="button" class="row" onClick={() => one.address !== undefined && app.showMemory(one.address)}>
              <code>{one.expression}</code>
              <span class="second">
                {[one.register ? "changed" : ACCESS[one.access], one.lastValue === undefined ? "" : `now ${hex(one.lastValue)}`, one.hits ? `hit ${one.hits}×` : ""]
                  .filter(Boolean)
                  .join(" · ")}
              </span>
            </button>
            <button type="button" class="icon-button" aria-label={`Remove watchpoint ${one.number}`} onClick={() => void act(session, () => session.api.removeWatchpoint(one.number))}>
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

async function act(session: SessionModel, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    await session.readMarks();
    return true;
  } catch (error) {
    app.fail(error);
    return false;
  }
}
