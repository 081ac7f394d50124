// Screenshots of every page, light and dark, wide and narrow, to be looked at: `node screenshots.mjs FOLDER`, after `cargo build`.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { PAGES, Serving, newHome, openBrowser, remove, signIn } from "./support.mjs";

const folder = process.argv[2];
if (!folder) throw new Error("name a folder");
mkdirSync(folder, { recursive: true });

const home = newHome();
const demo = await Serving.start(["demo"], { home, ready: /in a browser: / });
const browser = await openBrowser();
try {
  const { context, page } = await signIn(browser, demo.link);
  const state = await context.storageState();
  await page.goto(`${demo.origin}/runs`);
  const run = await page.locator("table a").first().getAttribute("href");
  await page.goto(`${demo.origin}/catalog/copilot_organization_usage`);
  const entity = await page.locator("table a").first().getAttribute("href");
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [1280, 390]) {
      const other = await browser.newContext({ storageState: state, colorScheme, viewport: { width, height: 900 } });
      const look = await other.newPage();
      for (const path of [...PAGES, run, entity, "/runs/live", "/in"]) {
        await look.goto(demo.origin + path);
        if (path === "/mapping") await look.locator("#entity tr").first().waitFor({ timeout: 30_000 });
        const name = (path.replaceAll(/[^\w]+/g, "-").replaceAll(/^-|-$/g, "") || "home").slice(0, 40);
        await look.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`), fullPage: true });
      }
      await other.close();
    }
  }
} finally {
  await browser.close();
  await demo.stop();
  remove(home);
}
