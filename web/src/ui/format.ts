// Numbers as people read them.

export type NumberFormat = "hex" | "signed" | "unsigned" | "char" | "binary";
export const FORMATS: readonly NumberFormat[] = ["hex", "signed", "unsigned", "char", "binary"];

export function hex(value: number, digits = 8): string {
  return `0x${(value >>> 0).toString(16).toUpperCase().padStart(digits, "0")}`;
}

export function bare(value: number, digits: number): string {
  return (value >>> 0).toString(16).toUpperCase().padStart(digits, "0");
}

export function signed(value: number): string {
  return String(value | 0).replace("-", "\u2212");
}

const NAMES: Record<number, string> = { 0: "\\0", 7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 13: "\\r", 27: "\\e" };

/** The four bytes of a word as characters, the low byte first, as memory has them; one character if the rest is zero. */
export function characters(value: number): string {
  if (value < 0x80) return `'${NAMES[value] ?? printable(value)}'`;
  return `"${[0, 8, 16, 24].map((shift) => printable((value >>> shift) & 0xff)).join("")}"`;
}

export function printable(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "\u00b7";
}

export function shown(value: number, format: NumberFormat): string {
  switch (format) {
    case "hex":
      return hex(value);
    case "signed":
      return signed(value);
    case "unsigned":
      return String(value >>> 0);
    case "char":
      return characters(value >>> 0);
    case "binary":
      return (value >>> 0).toString(2).padStart(32, "0").replace(/(.{8})(?=.)/g, "$1 ");
  }
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}
