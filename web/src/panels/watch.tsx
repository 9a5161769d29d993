// Expressions that are evaluated anew at every stop.

import { useSignal } from "@preact/signals";
import { app } from "../model/app";
import { recall, remember } from "../model/storage";
import { hex, shown } from "../ui/format";
import { Icon } from "../ui/icons";
import { useReading } from "./hooks";

export function Watch() {
  const expressions = useSignal<string[]>(recall("watch", []));
  const set = (next: string[]) => {
    expressions.value = next;
    remember("watch", next);
  };
  const read = useReading(
    (session, abort) => (expressions.value.length ? session.api.values(expressions.value, abort) : Promise.resolve([])),
    [expressions.value],
  );
  const add = (event: SubmitEvent) => {
    event.preventDefault();
    const input = (event.currentTarget as HTMLFormElement).elements.namedItem("expression") as HTMLInputElement;
    const text = input.value.trim();
    if (text !== "" && !expressions.value.includes(text)) set([...expressions.value, text]);
    input.value = "";
  };
  return (
    <div class="watch">
      <form class="panel-tools" onSubmit={add}>
        <input name="expression" aria-label="Expression to watch" placeholder="Watch: r0 + r1, [sp], counter" spellcheck={false} />
        <button type="submit" class="small">Add</button>
      </form>
      {expressions.value.length === 0 ? (
        <p class="empty">
          Values you want to keep an eye on: <code>r4 * 2</code>, <code>[sp]</code> for the word at SP,{" "}
          <code>[table + r1].b</code> for a byte, <code>r0 == 10</code>.
        </p>
      ) : (
        <table class="words">
          <thead class="visually-hidden">
            <tr><th scope="col">Expression</th><th scope="col">Value</th><th scope="col">Signed</th><th scope="col">Remove</th></tr>
          </thead>
          <tbody>
            {expressions.value.map((expression) => {
              const found = read.value.value?.find((one) => one.expression === expression);
              const error = found?.error ?? read.value.error;
              return (
                <tr key={expression}>
                  <th scope="row"><code>{expression}</code></th>
                  {found?.value === undefined ? (
                    <td colSpan={2} class={error ? "problem" : "second"}>{error || "not evaluated yet"}</td>
                  ) : (
                    <>
                      <td>
                        <button type="button" class="link" title="Show the memory it points to" onClick={() => app.showMemory(found.value ?? 0)}>
                          {hex(found.value)}
                        </button>
                      </td>
                      <td>{shown(found.value, "signed")}</td>
                    </>
                  )}
                  <td class="tools">
                    <button type="button" class="icon-button" aria-label={`Remove ${expression}`} onClick={() => set(expressions.value.filter((one) => one !== expression))}>
                      <Icon name="close" />
                    </button>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </div>
  );
}
