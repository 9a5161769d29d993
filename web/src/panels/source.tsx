// The editor in its frame, with the name of the program and the files of a compiled one.

import { useEffect, useRef } from "preact/hooks";
import { Editor } from "../editor/editor";
import { app } from "../model/app";
import { debug } from "../model/debugging";
import { take } from "../model/files";

export function Source() {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (frame.current === null) return;
    const editor = new Editor(frame.current, {
      nonce: document.querySelector<HTMLMetaElement>("meta[name=emu-nonce]")?.content ?? "",
      changed: (text) => app.typed(text),
      toggle: (line) => void debug.toggleBreakpoint(line),
      edit: (line) => void debug.editBreakpoint(line),
      reference: () => app.reference.peek(),
      valueOf: (word) => app.valueOf(word),
    });
    void app.start(editor).catch((error: unknown) => app.fail(error));
    performance.mark("emu:interactive");
  }, []);
  const program = app.program.value;
  const drop = (event: DragEvent) => {
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    void take(file);
  };
  return (
    <section class="panel source" aria-label="Program" data-part onDrop={drop} onDragOver={(event) => event.preventDefault()}>
      <header class="panel-head">
        {app.showsProgram.value && program ? (
          <>
            <h2 class="visually-hidden">Program</h2>
            <label class="inline">
              <span class="visually-hidden">File</span>
              <select value={app.shownFile.value} onChange={(event) => (app.shownFile.value = Number(event.currentTarget.value))}>
                {program.files.map((file, index) => (
                  <option key={file.name} value={index}>{file.name}</option>
                ))}
              </select>
            </label>
            <span class="second">{program.files.length === 0 ? `${program.name}: no source, see Disassembly` : "read-only"}</span>
          </>
        ) : (
          <>
            <h2 class="visually-hidden">Program</h2>
            <input
              class="file-name"
              aria-label="Name of the program"
              value={app.name.value}
              spellcheck={false}
              onChange={(event) => {
                app.name.value = event.currentTarget.value.trim() || "program.s";
                app.rememberSoon();
              }}
            />
            {app.isChanged.value ? <span class="dot" role="img" aria-label="changed since it was loaded" title="changed since it was loaded" /> : null}
          </>
        )}
      </header>
      <div class="editor" ref={frame} />
    </section>
  );
}
