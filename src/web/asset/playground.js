// The mapping page: sends what is typed to the program, and shows what comes back. Loaded by that page only.
// @ts-check

/** @param {string} id */
const by = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {string} name @param {string | Node | (string | Node)[]} content @param {Record<string, string>} [attributes] */
function element(name, content, attributes = {}) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...(Array.isArray(content) ? content : [content]));
  return made;
}

/** Milliseconds after the last key. */
const PAUSE = 150;

/** Asks, and drops the answer when a newer question was asked meanwhile. @param {string} address */
function asker(address) {
  let newest = 0;
  /** @param {unknown} body */
  return async (body) => {
    const number = ++newest;
    try {
      const answer = await fetch(address, { method: "POST", headers: { "content-type": "application/json" }, credentials: "same-origin", body: JSON.stringify(body) });
      const text = await answer.text();
      if (number !== newest) return null;
      try {
        const json = JSON.parse(text);
        return answer.ok ? json : { failed: json.message };
      } catch { return { failed: text.trim() || `the program answered ${answer.status}` }; }
    } catch {
      return number === newest ? { failed: "the program does not answer; is it still running?" } : null;
    }
  };
}

const ask = { check: asker("/api/mapping/check"), preview: asker("/api/mapping/preview"), eval: asker("/api/mapping/eval"), test: asker("/api/mapping/test"), plan: asker("/runs/plan/start") };

/** A text with pieces replaced, whose places are bytes of UTF-8. @param {string} text @param {{start: number, end: number, text: string}[]} edits */
function edited(text, edits) {
  const bytes = new TextEncoder().encode(text);
  const decoder = new TextDecoder();
  let at = 0, made = "";
  for (const edit of edits) {
    made += decoder.decode(bytes.subarray(at, edit.start)) + edit.text;
    at = edit.end;
  }
  return made + decoder.decode(bytes.subarray(at));
}

/** @param {Uint8Array} bytes */
const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** @param {string} text */
async function packed(text) {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return base64(new Uint8Array(await new Response(stream).arrayBuffer()));
}

/** @param {string} text */
async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  return await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).text();
}

async function start() {
  const place = by("playground");
  const source = by("source");
  const { openEditor } = await import(place.dataset.editor ?? "");
  const name = place.dataset.name ?? "copilot.yaml";
  const kind = /** @type {HTMLSelectElement} */ (by("kind"));
  const expression = /** @type {HTMLInputElement} */ (by("expression"));
  const items = /** @type {HTMLTextAreaElement} */ (by("items"));
  let text = source.textContent ?? "";
  let first = 0, count = 0, timer = 0;
  /** The newest preview. @type {any} */
  let made = null;
  /** @type {{name: string, fields: {path: string, about: string}[]}[]} */
  let kinds = [];

  const shared = location.hash.match(/^#z=(.+)$/)?.[1];
  if (shared) {
    try {
      const state = JSON.parse(await unpacked(shared));
      if (typeof state.mapping === "string") text = state.mapping;
      if (typeof state.kind === "string") kind.value = state.kind;
      if (typeof state.expression === "string") expression.value = state.expression;
    } catch { by("share-state").textContent = "The link is damaged; here is the bundled mapping."; }
  }

  /** The kind of the resource in which a position is. @param {string} all @param {number} at */
  const kindAt = (all, at) => [...all.slice(0, at).matchAll(/^\s*-?\s*kind:\s*["']?([\w-]+)/gm)].at(-1)?.[1] ?? kind.value;

  /** @param {string} all @param {number} at */
  const complete = (all, at) => {
    const line = all.slice(all.lastIndexOf("\n", at - 1) + 1, at);
    const word = line.match(/^\s*-?\s*kind:\s*([\w-]*)$/);
    if (word) return { from: at - word[1].length, options: kinds.map((one) => ({ label: one.name })) };
    const path = line.match(/\.[\w.]*$/);
    if (!path) return null;
    const fields = kinds.find((one) => one.name === kindAt(all, at))?.fields ?? [];
    return { from: at - path[0].length, options: fields.map((field) => ({ label: field.path, info: field.about })), validFor: /^\.[\w.]*$/ };
  };

  by("editor").hidden = false;
  const editor = openEditor(by("editor"), { text, label: "Mapping", changed: () => soon(), complete });
  source.hidden = true;
  by("findings-state").textContent = "Checking …";
  by("result").hidden = false;
  by("share").hidden = false;

  function soon() {
    clearTimeout(timer);
    timer = window.setTimeout(() => { check(); preview(); }, PAUSE);
  }

  async function check() {
    const mapping = editor.text();
    const answer = await ask.check({ mapping, name });
    if (!answer) return;
    if (answer.failed) { by("findings-state").textContent = answer.failed; return; }
    const told = ["errors", "warnings", "notes"].map((severity) => `${answer[severity]} ${answer[severity] === 1 ? severity.slice(0, -1) : severity}`);
    by("findings-state").textContent = answer.findings.length === 0 ? "Nothing to say about it." : told.join(", ");
    const marks = [];
    const lines = [];
    for (const finding of answer.findings) {
      const { line = 1, column = 1, excerpt } = finding.location ?? {};
      const message = [finding.message, finding.help].filter(Boolean).join("\n");
      const fix = finding.fix ? { name: "Change it", text: edited(mapping, finding.fix.edits) } : undefined;
      marks.push({ line, column, width: excerpt?.width ?? 1, severity: finding.severity, message, fix });
      const go = element("button", `line ${line}`, { type: "button", class: "link" });
      go.addEventListener("click", () => editor.select(line, column, excerpt?.width ?? 1));
      const parts = [go, " ", element("strong", finding.severity), ` ${finding.message} `, element("code", finding.code)];
      if (fix) {
        const change = element("button", "Change it", { type: "button" });
        change.addEventListener("click", () => editor.setText(fix.text));
        parts.push(" ", change);
      }
      const item = element("li", [element("p", parts)], { "data-state": finding.severity });
      if (finding.help) item.append(element("p", finding.help, { class: "remedy" }));
      lines.push(item);
    }
    editor.mark(marks);
    by("findings").replaceChildren(...lines);
  }

  async function preview() {
    const answer = await ask.preview({ mapping: editor.text(), kind: kind.value, first, items: items.value.trim() || null });
    if (!answer) return;
    const rows = [];
    if (answer.failed) {
      rows.push(element("tr", element("td", answer.failed, { colspan: "2" })));
    } else {
      count = answer.count;
      by("item-number").textContent = count === 0 ? "no item" : `item ${Math.min(first + 1, count)} of ${count}`;
      by("item").textContent = answer.items.length > 0 ? JSON.stringify(answer.items[0], null, 2) : "";
      const told = !answer.isReadable ? "The mapping cannot be read; see the findings." : answer.resources === 0 ? "The mapping has no resource of this kind." : "";
      if (told) rows.push(element("tr", element("td", told, { colspan: "2" })));
      const compared = answer.explained.filter((/** @type {any} */ one) => one.catalog).map((/** @type {any} */ one) =>
        !one.catalog.isThere ? "The catalog has no such entity." : Object.keys(one.catalog.differences).length === 0 ? "The catalog has it as it is here." : "The catalog holds other values, shown as catalog.");
      by("catalog-state").textContent = [...new Set(compared)].join(" ");
      made = answer;
      for (const { explained, nulls, isEntity, catalog } of answer.explained) {
        const end = explained.end === "filtered" ? "The selector leaves this item out." : explained.end.rejected ? `No entity: ${explained.end.rejected.reason}.` : "";
        if (!isEntity) rows.push(element("tr", element("td", end, { colspan: "2" }), { class: "end" }));
        for (const value of explained.values) {
          const shown = typeof value.value === "string" ? value.value : JSON.stringify(value.value);
          const cell = element("td", element("code", shown.length > 300 ? `${shown.slice(0, 300)}…` : shown));
          if (nulls[value.path]) cell.append(element("p", nulls[value.path], { class: "reason" }));
          if (catalog && value.path in catalog.differences) cell.append(element("p", ["catalog: ", element("code", JSON.stringify(catalog.differences[value.path]).slice(0, 200))], { class: "reason" }));
          rows.push(element("tr", [element("th", element("code", value.path.replace(/^properties\./, ""), { title: `${value.path}: ${value.expression}` }), { scope: "row" }), cell]));
        }
      }
    }
    by("entity").replaceChildren(...rows);
    evaluate();
  }

  async function evaluate() {
    const wanted = expression.value.trim();
    if (!wanted) { by("outputs").textContent = ""; return; }
    const answer = await ask.eval({ expression: wanted, kind: kind.value, first, items: items.value.trim() || null });
    if (!answer) return;
    const failure = answer.failed ?? answer.failure ?? answer.findings?.map((/** @type {any} */ finding) => finding.message).join("\n");
    by("outputs").textContent = [...(answer.outputs ?? []), ...(failure ? [`error: ${failure}`] : [])].join("\n");
  }

  /** Adds the shown item with what comes of it, in JSON, which is YAML. */
  function keepCase() {
    const cases = /** @type {HTMLTextAreaElement} */ (by("cases"));
    const item = made?.items?.[0];
    if (!item) { by("cases-state").textContent = "There is no item to keep."; return; }
    const entities = made.explained.filter((/** @type {any} */ one) => one.isEntity).map((/** @type {any} */ one) => one.explained.end.entity);
    const expect = entities.length === 0 ? null : entities.length === 1 ? entities[0] : entities;
    const entry = { name: `item ${first + 1} of ${kind.value}`, kind: kind.value, item, expect };
    const begin = cases.value.trim() ? cases.value.trimEnd() : "cases:";
    cases.value = `${begin}\n  - ${JSON.stringify(entry)}\n`;
    by("cases-state").textContent = "Added.";
  }

  async function runCases() {
    const cases = /** @type {HTMLTextAreaElement} */ (by("cases")).value;
    by("cases-state").textContent = "Running …";
    const answer = await ask.test({ mapping: editor.text(), cases });
    if (!answer) return;
    const failure = answer.failed ?? answer.failure;
    const failed = (answer.cases ?? []).filter((/** @type {any} */ one) => !one.passed);
    by("cases-state").textContent = failure ?? `${answer.cases.length - failed.length} passed, ${failed.length} failed`;
    by("case-results").replaceChildren(...failed.map((/** @type {any} */ one) => element("li", [
      element("p", element("strong", one.name)),
      ...one.differences.map((/** @type {any} */ difference) => element("p", [element("code", difference.path), ` expected ${difference.expected}, but it is ${difference.actual}`], { class: "reason" })),
    ], { "data-state": "error" })));
  }

  const plan = document.getElementById("plan");
  if (plan) {
    plan.hidden = false;
    plan.addEventListener("click", async () => {
      by("plan-state").textContent = "Asking …";
      const answer = await ask.plan({ mapping: editor.text() });
      if (answer?.ok) return location.assign("/runs/plan");
      by("plan-state").textContent = answer?.failed ?? answer?.message ?? "";
    });
  }
  by("keep-case").addEventListener("click", keepCase);
  by("run-cases").addEventListener("click", runCases);
  kind.addEventListener("change", () => { first = 0; preview(); });
  by("item-before").addEventListener("click", () => { first = Math.max(0, first - 1); preview(); });
  by("item-after").addEventListener("click", () => { first = Math.max(0, Math.min(count - 1, first + 1)); preview(); });
  items.addEventListener("input", () => { first = 0; soon(); });
  let evaluation = 0;
  expression.addEventListener("input", () => { clearTimeout(evaluation); evaluation = window.setTimeout(evaluate, PAUSE); });
  by("share").addEventListener("click", async () => {
    const state = await packed(JSON.stringify({ mapping: editor.text(), kind: kind.value, expression: expression.value }));
    history.replaceState(null, "", `#z=${state}`);
    try {
      await navigator.clipboard.writeText(location.href);
      by("share-state").textContent = "The link is in the clipboard. The mapping is in it, and no item.";
    } catch { by("share-state").textContent = "The address of this page is the link now."; }
  });

  fetch("/api/mapping/words", { credentials: "same-origin" }).then((answer) => answer.json()).then((words) => { kinds = words.kinds; }).catch(() => {});
  check();
  preview();
}

if (document.getElementById("playground")) start();
