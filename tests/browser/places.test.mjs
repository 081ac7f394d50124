// Pages in other places than the demo's: in frames of other sites, beside a daemon, and with Port as the catalog.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { Serving, newHome, openBrowser, printed, remove, signIn } from "./support.mjs";

const KEY = "0123456789abcdef0123456789abcdef";

/** The newest day of which GitHub has the numbers: it takes two days. */
const newestDay = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10);

let home, browser, github;

before(async () => {
  home = newHome();
  browser = await openBrowser();
  github = await Serving.start(["simulate", "--orgs", "2", "--teams", "2", "--users", "8", "--days", "5", "--until", newestDay], { home, ready: /http:\/\// });
});

after(async () => {
  await browser?.close();
  await github?.stop();
  if (home) remove(home);
});

const source = () => ({ OCEAN__INTEGRATION__CONFIG__GITHUB_HOST: github.origin, GITHUB_TOKEN: "any" });

/** A site of somebody else, with one frame. @param {() => string} address */
async function site(address) {
  const server = createServer((_, answer) => answer.setHeader("content-type", "text/html").end(`<title>site</title><iframe width="700" height="500" src="${address()}"></iframe>`));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { server, origin: `http://127.0.0.1:${server.address().port}` };
}

test("an embedded chart is shown in a frame of an allowed site and in none of a foreign one", async () => {
  assert.match(printed(home, ["resync", "--mapping", "usage"], source()), /created/);
  let link = "";
  const allowed = await site(() => link);
  const foreign = await site(() => link);
  const env = { PILOTAGE_WEB_EMBED_KEY: KEY, PILOTAGE_WEB_EMBED_FROM: allowed.origin };
  const web = await Serving.start(["web", "--listen", "127.0.0.1:0"], { home, ready: /in#/, env });
  link = printed(home, ["web", "link", "lines", "--scope", "harbor", "--url", web.origin], env).trim();
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(allowed.origin);
  await page.frameLocator("iframe").getByRole("heading", { name: "Lines of code" }).waitFor({ timeout: 30_000 });
  await page.goto(foreign.origin);
  await page.waitForTimeout(1_000);
  const inner = page.frames()[1];
  assert.ok(!inner || !(await inner.content().catch(() => "")).includes("Lines of code"), "a foreign site shows the chart");
  // The link opens nothing else, and no cookie comes with it.
  assert.deepEqual(await context.cookies(), []);
  const other = await page.request.get(link.replace("/embed/chart/lines", "/embed/chart/agent-lines"));
  assert.equal(other.status(), 403);
  await context.close();
  await web.stop();
  allowed.server.close();
  foreign.server.close();
});

test("pages over a data folder stand beside a daemon that writes to it", async () => {
  const own = newHome();
  const daemon = await Serving.start(["serve", "--mapping", "usage", "--log-format", "human"], { home: own, ready: /resync ended/, env: { ...source(), APPLICATION__PORT: "0" } });
  const web = await Serving.start(["web", "--listen", "127.0.0.1:0"], { home: own, ready: /in#/ });
  const { context, page } = await signIn(browser, web.link);
  await page.getByText("Everything is alright").waitFor();
  await page.goto(`${web.origin}/runs`);
  assert.equal(await page.locator("tbody tr").count(), 1);
  await page.goto(`${web.origin}/catalog/copilot_organization_usage`);
  assert.ok((await page.locator("tbody tr").count()) > 3);
  await page.goto(`${web.origin}/runs/live`);
  await page.getByText("it runs nothing").waitFor();
  assert.equal(daemon.child.exitCode, null, "the daemon goes on");
  await context.close();
  await web.stop();
  await daemon.stop();
  remove(own);
});

test("with Port as the catalog everything but the catalog is here, which says where to look", async () => {
  const own = newHome();
  const port = await Serving.start(["catalog", "serve", "--data", `${own}/port`], { home: own, ready: /http:\/\// });
  const env = { ...source(), OCEAN__PORT__CLIENT_ID: "id", OCEAN__PORT__CLIENT_SECRET: "word", OCEAN__PORT__BASE_URL: port.origin };
  assert.match(printed(own, ["resync", "--mapping", "usage"], env), /created/);
  const web = await Serving.start(["web", "--listen", "127.0.0.1:0"], { home: own, ready: /in#/, env });
  const { context, page } = await signIn(browser, web.link);
  for (const path of ["/", "/figures/adoption", "/figures/use", "/runs", "/mapping", "/quality", "/definitions"]) {
    const answer = await page.goto(web.origin + path);
    assert.equal(answer.status(), 200, path);
    assert.ok((await page.locator("main").innerText()).length > 80, path);
  }
  await page.goto(`${web.origin}/catalog`);
  assert.ok((await page.locator("main").innerText()).includes(port.origin), "the catalog is named");
  await context.close();
  await web.stop();
  await port.stop();
  remove(own);
});
