// Builds the page into emu/gateway/page: `node build.mjs`. The same sources give the same bytes.
//   --check   builds into memory and compares with what is there; ends with 1 if they differ
//   --test    runs the tests in test/ with Node's runner
//   --watch   rebuilds, without compression, whenever a source changes
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync } from "node:zlib";
import { build, context } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "emu", "gateway", "page");

const common = {
  absWorkingDir: here,
  bundle: true,
  format: "esm",
  target: ["es2022"],
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  logLevel: "warning",
};
const page = {
  ...common,
  entryPoints: { page: "src/main.tsx" },
  outdir: "out",
  write: false,
  minify: true,
  charset: "utf8",
};

/** The files of the page by name: from the bundle, the icon and the frame that refers to them. */
function files(outputs) {
  const made = new Map();
  const names = {};
  const add = (kind, stem, suffix, data) => {
    const hash = createHash("sha256").update(data).digest("hex").slice(0, 10);
    names[kind] = `/assets/${stem}-${hash}${suffix}`;
    made.set(`${stem}-${hash}${suffix}`, Buffer.from(data));
  };
  for (const { path, contents } of outputs) {
    if (path.endsWith(".js")) add("script", "page", ".js", contents);
    if (path.endsWith(".css")) add("style", "page", ".css", contents);
  }
  add("icon", "icon", ".svg", readFileSync(join(here, "src", "icon.svg")));
  let html = readFileSync(join(here, "src", "index.html"), "utf8");
  for (const [kind, name] of Object.entries(names)) html = html.replaceAll(`{{${kind}}}`, name);
  made.set("index.html", Buffer.from(html));
  return made;
}

function write(made, compress) {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  let total = 0;
  for (const [name, data] of made) {
    writeFileSync(join(target, name), data);
    if (name === "index.html" || !compress) continue;
    const gz = gzipSync(data, { level: 9 });
    const br = brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: data.length } });
    writeFileSync(join(target, `${name}.gz`), gz);
    writeFileSync(join(target, `${name}.br`), br);
    total += gz.length;
    console.log(`${name}: ${data.length} bytes, gzip ${gz.length}, brotli ${br.length}`);
  }
  if (compress) console.log(`all of it, gzip: ${(total / 1024).toFixed(1)} KiB`);
}

/** What differs between the folder and `made`; compressed twins count by what is in them. */
function differences(made) {
  const found = [];
  const wanted = new Set();
  for (const [name, data] of made) {
    const twins = name === "index.html" ? [] : [[".gz", gunzipSync], [".br", brotliDecompressSync]];
    for (const [suffix, open] of [["", (bytes) => bytes], ...twins]) {
      wanted.add(name + suffix);
      try {
        if (!open(readFileSync(join(target, name + suffix))).equals(data)) found.push(`${name}${suffix} differs`);
      } catch {
        found.push(`${name}${suffix} is missing`);
      }
    }
  }
  for (const name of readdirSync(target)) if (!wanted.has(name)) found.push(`${name} is left over`);
  return found;
}

const option = process.argv[2];
if (option === "--test") {
  const folder = mkdtempSync(join(tmpdir(), "emu-page-"));
  const tests = readdirSync(join(here, "test")).filter((name) => name.endsWith(".test.ts"));
  await build({
    ...common,
    platform: "node",
    entryPoints: tests.map((name) => `test/${name}`),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
  });
  const built = tests.map((name) => join(folder, name.replace(/\.ts$/, ".mjs")));
  const run = spawnSync(process.execPath, ["--test", ...built], { stdio: ["inherit", "pipe", "inherit"], encoding: "utf8" });
  const counts = run.stdout.match(/^.*\b(?:tests|pass|fail) \d+$/gm);
  console.log(run.status === 0 && counts ? counts.join("\n") : run.stdout);
  rmSync(folder, { recursive: true, force: true });
  process.exit(run.status ?? 1);
} else if (option === "--watch") {
  const rebuild = {
    name: "write",
    setup: (it) => it.onEnd((result) => result.outputFiles && write(files(result.outputFiles), false)),
  };
  await (await context({ ...page, minify: false, plugins: [rebuild] })).watch();
} else {
  const made = files((await build(page)).outputFiles);
  if (option === "--check") {
    const found = differences(made);
    for (const one of found) console.error(one);
    if (found.length) console.error("the page is not what its sources give: run make web");
    process.exit(found.length ? 1 : 0);
  }
  write(made, true);
}
