// The pages of the demo in Chromium. `npm ci --ignore-scripts && npm test`, after `cargo build`.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { PAGES, Serving, newHome, openBrowser, printed, remove, signIn, watch } from "./support.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let home, demo, browser, context, page, seen, state;

before(async () => {
  home = newHome();
  demo = await Serving.start(["demo"], { home, ready: /in a browser: / });
  browser = await openBrowser();
  ({ context, page } = await signIn(browser, demo.link));
  state = await context.storageState();
  seen = watch(context, demo.origin);
});

after(async () => {
  await browser?.close();
  await demo?.stop();
  if (home) remove(home);
});

const go = (path, on = page) => on.goto(demo.origin + path);

test("home shows the numbers of the last run", async () => {
  await go("/");
  const run = JSON.parse(printed(home, ["runs", "last", "--demo", "--output", "json"]));
  const text = await page.locator("main").innerText();
  const shown = (count) => Number(count).toLocaleString("en-US");
  assert.ok(text.includes(`${shown(run.totals.create)} created, ${shown(run.totals.update)} updated, ${shown(run.totals.unchanged)} unchanged`), text);
  assert.equal(await page.locator("h1").count(), 1);
});

test("a sign-in link works once", async () => {
  const other = await browser.newContext();
  const again = await other.newPage();
  await again.goto(demo.link);
  await again.getByText(/Not signed in/).waitFor();
  await other.close();
});

test("every section is reached by keyboard, and the focus can be seen", async () => {
  await go("/");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Skip to the content");
  const reached = new Set();
  for (let step = 0; step < 12; step += 1) {
    await page.keyboard.press("Tab");
    const { text, outline } = await page.evaluate(() => {
      const active = document.activeElement;
      return { text: active?.textContent?.trim(), outline: active ? getComputedStyle(active).outlineStyle : "" };
    });
    assert.notEqual(outline, "none", `${text} shows no focus`);
    reached.add(text);
  }
  for (const section of ["Home", "Catalog", "Runs", "Mapping", "Quality"]) assert.ok(reached.has(section), section);
});

test("an address holds everything that a page shows", async () => {
  await go("/catalog/copilot_organization_usage?prefix=harbor");
  const shown = await page.locator("main").innerText();
  await page.getByRole("link", { name: "Runs", exact: true }).first().click();
  await page.goBack();
  assert.equal(await page.locator("main").innerText(), shown);
  const other = await browser.newContext({ storageState: state });
  const copy = await other.newPage();
  await copy.goto(page.url());
  assert.equal(await copy.locator("main").innerText(), shown);
  await other.close();
});

/** Puts a text in place of the editor's. */
async function write(text) {
  await page.evaluate(() => document.querySelector("#editor").shadowRoot.querySelector(".cm-content").focus());
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await page.keyboard.insertText(text);
}

test("the mapping page marks a wrong field and explains its null, and changes what is certain", async () => {
  await go("/mapping");
  await page.locator("#editor .cm-content").waitFor();
  await page.getByText(/Nothing to say|\d+ errors/).waitFor({ timeout: 30_000 });
  const text = await page.evaluate(() => document.querySelector("#source").textContent);
  // One letter too few in the first use of a field.
  await write(text.replace(".daily_active_users", ".daily_active_user"));
  const misspelt = page.locator("#findings li", { hasText: "daily_active_user" }).first();
  await misspelt.waitFor({ timeout: 30_000 });
  assert.match(await misspelt.innerText(), /did you mean/);
  const row = page.locator("#entity tr", { hasText: "daily_active_users" }).first();
  await row.getByText(/did you mean|no key/).waitFor({ timeout: 30_000 });
  // An operator of another language, of which it is certain what is meant.
  await write(text.replace("query: 'true'", "query: .daily_active_users > 0 && true"));
  await page.locator("#findings li", { hasText: "jq writes" }).getByRole("button", { name: "Change it" }).click({ timeout: 30_000 });
  await page.getByText(/Nothing to say|0 errors/).waitFor({ timeout: 30_000 });
});

test("the playground compares with the catalog, keeps a case, and plans and pushes a mapping", async () => {
  await go("/mapping");
  await page.locator("#editor .cm-content").waitFor();
  await page.locator("#entity tr").first().waitFor({ timeout: 30_000 });
  await page.locator("#catalog-state", { hasText: /The catalog (has|holds)/ }).waitFor({ timeout: 30_000 });
  await page.getByText("Test cases").click();
  await page.getByRole("button", { name: "Add this item as a case" }).click();
  await page.getByRole("button", { name: "Run the cases" }).click();
  await page.locator("#cases-state", { hasText: "1 passed, 0 failed" }).waitFor({ timeout: 30_000 });
  const text = await page.evaluate(() => document.querySelector("#source").textContent);
  await write(text.replace("daily_active_users: .daily_active_users", "daily_active_users: .monthly_active_chat_users"));
  await page.getByRole("button", { name: "Run the cases" }).click();
  await page.locator("#cases-state", { hasText: "0 passed, 1 failed" }).waitFor({ timeout: 30_000 });
  await page.getByRole("button", { name: "Plan a resync with it" }).click();
  await page.waitForURL((url) => url.pathname === "/runs/plan");
  await page.getByRole("button", { name: "Make it the integration's mapping" }).waitFor({ timeout: 90_000 });
  assert.match(await page.locator("main").innerText(), /-.*daily_active_users: \.daily_active_users/);
  assert.ok((await page.locator("ul.changes > li").count()) > 0, "a plan of changes");
  await page.getByRole("button", { name: "Make it the integration's mapping" }).click();
  await page.getByText("It is now the integration's mapping").waitFor({ timeout: 30_000 });
});

test("a plan is asked for on its page and shown there", async () => {
  await go("/runs/plan");
  // The page still shows the plan before this one until it is loaded again, and then loads itself until the new plan is made.
  await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "Plan now" }).click()]);
  await page.waitForFunction(() => document.readyState === "complete" && !document.querySelector("#plan-busy"), null, { timeout: 90_000 });
  await page.getByText("As the command prints it").click({ timeout: 30_000 });
});

test("figures are compared with the days before", async () => {
  await go("/figures/use?scope=harbor&since=2026-10-17");
  await page.getByLabel("Compare with days before").check();
  await page.getByRole("button", { name: "Show" }).click();
  await page.waitForURL(/compare=before/);
  assert.ok((await page.locator(".chart .before path").count()) > 0, "a thin line");
  assert.match(await page.locator("#completion-acceptance").innerText(), /Compared with 2026-10-03 to 2026-10-16/);
});

test("a hostile expression is answered with its limit, and the page stays alive", async () => {
  await go("/mapping");
  await page.locator("#editor .cm-content").waitFor();
  await page.locator("#expression").fill("def f: f; f");
  await page.locator("#outputs", { hasText: "error" }).waitFor({ timeout: 30_000 });
  await page.locator("#expression").fill(".day");
  await page.locator("#outputs", { hasText: "2026-" }).waitFor({ timeout: 30_000 });
});

test("a link of the mapping page opens the same mapping, and sends it nowhere", async () => {
  await go("/mapping");
  await page.locator("#editor .cm-content").waitFor();
  await page.locator("#expression").fill(".day | length");
  await page.locator("#share").click();
  await page.waitForFunction(() => location.hash.startsWith("#z="));
  const other = await context.newPage();
  await other.goto(page.url());
  await other.waitForFunction(() => document.querySelector("#expression").value === ".day | length");
  await other.close();
});

test("a run is started and followed on its page, and its end stays", async () => {
  await go("/runs/live");
  const before = await page.locator("p:has(#live-state) code").first().innerText();
  await page.getByRole("button", { name: "Run now" }).click();
  // On a fast machine the run may have ended before the page is there again; then it is another one all the same.
  await page.waitForFunction((id) => {
    const state = document.querySelector("#live-state");
    return state && (state.textContent.includes("running") || state.parentElement.querySelector("code")?.textContent !== id);
  }, before, { timeout: 60_000 });
  await page.getByText("The report of this run").waitFor({ timeout: 120_000 });
  await page.reload();
  await page.getByText("The report of this run").click();
  assert.match(await page.locator("h1").innerText(), /\d/);
});

test("a viewer sees no login anywhere", async () => {
  const people = JSON.parse(printed(home, ["catalog", "list", "copilot_user_usage", "--demo", "--limit", "0", "--output", "json"]));
  const logins = new Set(people.map((entity) => entity.username ?? entity.properties?.username).filter(Boolean));
  assert.ok(logins.size > 50, `${logins.size}`);
  const web = await Serving.start(["web", "--data", `${home}/.local/share/pilotage/demo`, "--listen", "127.0.0.1:0"], { home, ready: /in#/ });
  const viewer = await browser.newContext();
  const look = await viewer.newPage();
  const bodies = [];
  look.on("response", async (response) => bodies.push(await response.text().catch(() => "")));
  for (const path of [...PAGES, "/catalog/copilot_user_usage", "/catalog/copilot_seat"]) await look.goto(web.origin + path).catch(() => {});
  const all = bodies.join("\n");
  for (const login of logins) assert.ok(!all.includes(login), login);
  await viewer.close();
  await web.stop();
});

test("nothing is loaded from elsewhere, no policy is broken, and the console stays empty", async () => {
  for (const path of PAGES.filter((path) => path !== "/no-such-page")) {
    await go(path);
    await page.waitForTimeout(200);
  }
  assert.deepEqual(seen, { console: [], errors: [], outside: [] });
});

for (const [name, options] of [
  ["light", { colorScheme: "light" }],
  ["dark", { colorScheme: "dark" }],
  ["forced colours", { forcedColors: "active" }],
  ["320 pixels", { viewport: { width: 320, height: 800 } }],
  ["200 %", { viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 }],
]) {
  test(`axe finds nothing: ${name}`, async () => {
    const other = await browser.newContext({ storageState: state, bypassCSP: true, viewport: { width: 1280, height: 900 }, ...options });
    const look = await other.newPage();
    const found = [];
    for (const path of PAGES) {
      await go(path, look);
      if (path === "/mapping") await look.locator("#entity tr").first().waitFor({ timeout: 30_000 });
      await look.evaluate(axe);
      const { violations } = await look.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
      for (const violation of violations) found.push(`${path}: ${violation.id}: ${violation.nodes.map((node) => node.html).slice(0, 3).join(" | ")}`);
      const wide = await look.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (wide > 0) found.push(`${path}: ${wide} pixels too wide`);
    }
    assert.deepEqual(found, []);
    await other.close();
  });
}

test("without JavaScript every page shows its content", async () => {
  const other = await browser.newContext({ storageState: state, javaScriptEnabled: false });
  const look = await other.newPage();
  for (const path of PAGES) {
    const answer = await go(path, look);
    assert.ok(answer.status() === 200 || path === "/no-such-page", path);
    assert.ok((await look.locator("main").innerText()).length > 40, path);
  }
  await other.close();
});

test("a page prints as a whole", async () => {
  await go("/definitions");
  const printedPage = await page.pdf({ format: "A4" });
  assert.ok(printedPage.length > 10_000, `${printedPage.length}`);
});

test("a page is shown in no foreign frame", async () => {
  const frame = createServer((_, answer) => answer.setHeader("content-type", "text/html").end(`<iframe src="${demo.origin}/"></iframe>`));
  await new Promise((done) => frame.listen(0, "127.0.0.1", done));
  const other = await browser.newContext({ storageState: state });
  const look = await other.newPage();
  await look.goto(`http://127.0.0.1:${frame.address().port}/`);
  await look.waitForTimeout(500);
  const inner = look.frames()[1];
  assert.ok(!inner || !(await inner.content()).includes("Pilotage"), "the frame shows the page");
  await other.close();
  frame.close();
});
