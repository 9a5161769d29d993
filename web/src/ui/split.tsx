// Two panes with a bar between them that can be dragged, or moved with the arrow keys. The share is remembered.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { recall, remember } from "../model/storage";

interface Props {
  name: string;
  label: string;
  direction: "row" | "column";
  /** The share of the first pane at first, in percent. */
  initial: number;
  children: [ComponentChildren, ComponentChildren];
}

const LEAST = 12;
const MOST = 88;

export function Split({ name, label, direction, initial, children }: Props) {
  const share = useSignal(recall(`split.${name}`, initial));
  const root = useRef<HTMLDivElement>(null);
  const set = (value: number) => {
    share.value = Math.min(MOST, Math.max(LEAST, value));
    remember(`split.${name}`, share.value);
  };
  const drag = (event: PointerEvent) => {
    const bar = event.currentTarget as HTMLElement;
    if (!bar.hasPointerCapture(event.pointerId) || root.current === null) return;
    const box = root.current.getBoundingClientRect();
    const part = direction === "row" ? (event.clientX - box.left) / box.width : (event.clientY - box.top) / box.height;
    set(part * 100);
  };
  const key = (event: KeyboardEvent) => {
    const back = direction === "row" ? "ArrowLeft" : "ArrowUp";
    const forth = direction === "row" ? "ArrowRight" : "ArrowDown";
    if (event.key === back) set(share.value - 2);
    else if (event.key === forth) set(share.value + 2);
    else if (event.key === "Home") set(LEAST);
    else if (event.key === "End") set(MOST);
    else if (event.key === "Enter") set(initial);
    else return;
    event.preventDefault();
  };
  return (
    <div ref={root} class={`split split-${direction}`} style={{ "--share": `${share.value}%` }}>
      <div class="pane pane-first">{children[0]}</div>
      <div
        class="bar"
        role="separator"
        tabIndex={0}
        aria-label={label}
        aria-orientation={direction === "row" ? "vertical" : "horizontal"}
        aria-valuenow={Math.round(share.value)}
        aria-valuemin={LEAST}
        aria-valuemax={MOST}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={drag}
        onDblClick={() => set(initial)}
        onKeyDown={key}
      />
      <div class="pane pane-second">{children[1]}</div>
    </div>
  );
}
