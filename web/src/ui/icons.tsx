// The pictures of buttons, drawn on a grid of 16.

const PATHS: Record<string, string> = {
  run: "M4 2.500v11l9-5.500z",
  stop: "M3.500 3.500h9v9h-9z",
  restart: "M8 2.500a5.500 5.500 0 1 0 5.400 6.500M8 2.500c2 0 3.700 1 4.700 2.600M13 2v3.500H9.500",
  over: "M2.500 8a5.500 5.500 0 0 1 10.600-2M13.300 2.500V6H9.800M8 11.500h.01",
  into: "M8 2v7M5 6.500 8 9.500l3-3M8 13h.01",
  out: "M8 9.500V2.500M5 5.500l3-3 3 3M8 13h.01",
  cursor: "M2.500 8h7M7 5l3 3-3 3M13 3v10",
  open: "M2 4.500V12.500h12V5.500H8L6.500 4H2z",
  save: "M8 2.500v7M5 7l3 3 3-3M3 13h10",
  share: "M6.500 9.500 9.500 6.500M7 4.500 8.500 3a3 3 0 0 1 4.500 4.500L11.500 9M9 11.500 7.500 13A3 3 0 0 1 3 8.500L4.500 7",
  sun: "M8 5.200a2.800 2.800 0 1 0 .01 0M8 1.500v1.500M8 13v1.500M1.500 8H3M13 8h1.500M3.400 3.400l1 1M11.600 11.600l1 1M12.600 3.400l-1 1M4.400 11.600l-1 1",
  keys: "M2 4.500h12v7H2zM4.500 7h.01M7 7h.01M9.500 7h.01M12 7h.01M5 9.500h6",
  close: "M4 4l8 8M12 4l-8 8",
  clear: "M8 2.500a5.500 5.500 0 1 0 .01 0M4.200 4.200l7.600 7.600",
  eye: "M1.500 8S4 3.800 8 3.800 14.500 8 14.500 8 12 12.200 8 12.200 1.500 8 1.500 8zM8 6.300a1.700 1.700 0 1 0 .01 0",
  copy: "M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3",
  add: "M8 3v10M3 8h10",
  book: "M8 4C6.500 3 4.500 2.800 2.500 3v9.500c2-.2 4 0 5.500 1 1.500-1 3.500-1.200 5.500-1V3c-2-.2-4 0-5.500 1zM8 4v9.500",
  new: "M4 2.500h5l3 3v8H4zM9 2.500v3h3",
  goto: "M3 8h10M9.500 4.500 13 8l-3.500 3.500",
};
const FILLED = new Set(["run", "stop"]);

export function Icon({ name }: { name: string }) {
  const isFilled = FILLED.has(name);
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name] ?? ""}
        fill={isFilled ? "currentColor" : "none"}
        stroke={isFilled ? "none" : "currentColor"}
        stroke-width="1.5"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
