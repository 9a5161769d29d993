// A program in the fragment of an address: compressed, never sent to any server.

export interface Shared {
  name: string;
  text: string;
}

export async function pack(shared: Shared): Promise<string> {
  const data = new TextEncoder().encode(JSON.stringify([shared.name, shared.text]));
  const bytes = await piped(data, new CompressionStream("deflate-raw"));
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Throws if `packed` is not what `pack` gives. */
export async function unpack(packed: string): Promise<Shared> {
  const binary = atob(packed.replaceAll("-", "+").replaceAll("_", "/"));
  const data = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  const bytes = await piped(data, new DecompressionStream("deflate-raw"));
  const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  if (!Array.isArray(value) || typeof value[0] !== "string" || typeof value[1] !== "string") {
    throw new Error("the link holds no program");
  }
  return { name: value[0], text: value[1] };
}

async function piped(data: Uint8Array<ArrayBuffer>, through: GenericTransformStream): Promise<Uint8Array> {
  const stream = new Blob([data]).stream().pipeThrough(through as ReadableWritablePair<Uint8Array, BufferSource>);
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The members of an address's fragment. */
export function fragment(hash: string): Map<string, string> {
  return new Map(new URLSearchParams(hash.replace(/^#/, "")));
}
