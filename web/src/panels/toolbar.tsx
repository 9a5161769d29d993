// The head of the page: the program, what can be done with it, and the controls of the debugger.

import { app } from "../model/app";
import { debug, may, status } from "../model/debugging";
import * as files from "../model/files";
import { Icon } from "../ui/icons";
import { Menu } from "../ui/menu";
import { openDialog } from "../ui/notices";
import { toggleTheme } from "../ui/theme";

export function Toolbar() {
  return (
    <header class="toolbar" data-part>
      <h1 class="brand">
        <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
          <rect x="5" y="5" width="22" height="22" rx="4" fill="currentColor" />
          <path d="M11 1v4M16 1v4M21 1v4M11 27v4M16 27v4M21 27v4M1 11h4M1 16h4M1 21h4M27 11h4M27 16h4M27 21h4" stroke="currentColor" stroke-width="2" stroke-linecap="round" />
          <path d="M12 10.500 21 16l-9 5.500z" class="brand-hole" />
        </svg>
        <span>emu</span>
      </h1>
      <nav class="tools" aria-label="Program">
        <Menu
          name="Samples"
          label="Samples"
          searches
          choices={app.examples.value.map((one) => ({
            label: one.name.replace(/\.s$/, ""),
            detail: one.description,
            choose: () => void files.openSample(one.name),
          }))}
        />
        <Menu
          name="File"
          label="File"
          choices={[
            { label: "New", detail: "an empty editor", choose: files.newProgram },
            { label: "Open…", detail: "a source, or an ELF executable with its C sources", choose: files.openFile },
            { label: "Save", detail: "as a file (Ctrl+S)", choose: files.saveFile },
          ]}
        />
        <Menu
          name="Share"
          label="Share"
          choices={[
            { label: "Program link", detail: "a copy for everybody", choose: () => void files.shareProgram() },
            { label: "View link", detail: "others watch this session live", choose: () => void files.shareView() },
            { label: "Control link", detail: "others control it, too", choose: () => void files.shareControl() },
          ]}
        />
      </nav>
      <div class="tools controls" role="toolbar" aria-label="Debugger">
        <Tool icon="run" label={status.value === "breakpoint" ? "Continue" : "Run"} keys="F5" enabled={may.value.run} act={debug.run} wide />
        <Tool icon="stop" label="Stop" keys="Shift+F5" enabled={may.value.stop} act={debug.stop} />
        <Tool icon="restart" label="Restart" keys="Ctrl+Shift+F5" enabled={may.value.restart} act={debug.restart} />
        <span class="gap" />
        <Tool icon="over" label="Step over" keys="F10" enabled={may.value.step} act={() => debug.step("step-over")} />
        <Tool icon="into" label="Step into" keys="F11" enabled={may.value.step} act={() => debug.step("step")} />
        <Tool icon="out" label="Step out" keys="Shift+F11" enabled={may.value.out} act={() => debug.step("step-out")} />
        <Tool icon="cursor" label="Run to cursor" keys="Ctrl+F10" enabled={may.value.run} act={debug.runToCursor} />
      </div>
      <div class="tools end">
        <button
          type="button"
          class={`tool${app.side.value === "learn" ? " pressed" : ""}`}
          aria-pressed={app.side.value === "learn"}
          onClick={() => (app.side.value = app.side.value === "learn" ? "debug" : "learn")}
        >
          <Icon name="book" />
          <span class="wide-only">Reference</span>
        </button>
        <button type="button" class="tool" aria-label="Keys" title="Keys (F1)" onClick={() => void openDialog({ kind: "keys" })}>
          <Icon name="keys" />
        </button>
        <button type="button" class="tool" aria-label="Light or dark" title="Light or dark" onClick={toggleTheme}>
          <Icon name="sun" />
        </button>
      </div>
    </header>
  );
}

interface Props {
  icon: string;
  label: string;
  keys: string;
  enabled: boolean;
  act: () => Promise<void>;
  wide?: boolean;
}

function Tool({ icon, label, keys, enabled, act, wide }: Props) {
  return (
    <button
      type="button"
      class={`tool tool-${icon}`}
      aria-label={label}
      aria-keyshortcuts={keys.replaceAll("Ctrl", "Control")}
      title={`${label} (${keys})`}
      aria-disabled={!enabled}
      onClick={() => {
        if (!enabled) return;
        performance.mark("emu:key");
        void act();
      }}
    >
      <Icon name={icon} />
      {wide ? <span class="wide-only">{label}</span> : null}
    </button>
  );
}
