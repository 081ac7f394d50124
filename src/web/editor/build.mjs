// Builds ../asset/editor.js and the licences of what is in it. `node build.mjs --check` builds and compares instead, and fails when a
// byte differs: the gate runs that where node is.
import { build } from "esbuild";
import { readFileSync, readdirSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const here = import.meta.dirname;
const result = await build({
  entryPoints: [join(here, "editor.mjs")],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  charset: "utf8",
  write: false,
  metafile: true,
});

const modules = Object.keys(result.metafile.inputs).map((path) => path.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]);
const packages = [...new Set(modules.filter(Boolean))].sort();
const licences = packages.map((name) => {
  const folder = join(here, "node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file ? readFileSync(join(folder, file), "utf8").trim() : `License: ${license}`;
  return `${name} ${version}\n\n${text}\n`;
});

const files = {
  "editor.js": result.outputFiles[0].text,
  "editor.LICENSES.txt": licences.join(`\n${"-".repeat(72)}\n\n`),
};
let differs = false;
for (const [name, text] of Object.entries(files)) {
  const path = join(here, "..", "asset", name);
  if (!process.argv.includes("--check")) {
    writeFileSync(path, text);
    console.log(`${name}: ${text.length} characters`);
  } else if (!existsSync(path) || readFileSync(path, "utf8") !== text) {
    differs = true;
    console.error(`${name} is not what its sources give; run \`npm ci && npm run build\` in src/web/editor`);
  }
}
process.exitCode = differs ? 1 : 0;
