// One demo for all tests: the program, its pages, and a browser. PILOTAGE names the program, CHROMIUM the browser.
import { spawn, execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";

const target = process.env.CARGO_TARGET_DIR ?? resolve(import.meta.dirname, "../../target");
export const program = process.env.PILOTAGE ?? join(target, "debug/pilotage");
const browserPath = process.env.CHROMIUM ?? "/usr/bin/chromium";

if (!existsSync(program)) throw new Error(`${program} is missing: run \`cargo build\` first`);
if (!existsSync(browserPath)) throw new Error(`${browserPath} is missing: install Chromium, or name it in CHROMIUM`);

/** Pages that everything is tried on. */
export const PAGES = [
  "/", "/figures/adoption", "/figures/use", "/figures/agents", "/figures/pull-requests", "/figures/teams", "/figures/seats", "/figures/money",
  "/catalog", "/catalog/copilot_organization_usage", "/runs", "/runs/plan", "/mapping", "/quality", "/definitions", "/no-such-page",
];

/** Programs that were started and have not ended. */
const running = new Set();

// What a failed test has left behind must not outlive the tests.
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

/** A program that serves pages, ended by `stop`. */
export class Serving {
  constructor(home, child, said) {
    Object.assign(this, { home, child, said });
  }

  /** Starts `pilotage ARGUMENTS` and waits until it says what `ready` matches. */
  static async start(args, { home, ready, env = {} }) {
    const child = spawn(program, args, { env: { HOME: home, PATH: process.env.PATH, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    running.add(child);
    child.once("exit", () => running.delete(child));
    const serving = new Serving(home, child, "");
    const told = new Promise((done, failed) => {
      const hear = (bytes) => {
        serving.said += bytes;
        if (ready.test(serving.said)) done();
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      child.on("exit", (code) => failed(new Error(`pilotage ${args.join(" ")} ended with ${code}:\n${serving.said}`)));
      setTimeout(() => failed(new Error(`pilotage ${args.join(" ")} does not say ${ready}:\n${serving.said}`)), 120_000).unref();
    });
    await told;
    return serving;
  }

  /** The newest sign-in link. */
  get link() {
    return this.said.match(/http:\/\/127\.0\.0\.1:\d+\/in#[\w-]+/g)?.at(-1);
  }

  get origin() {
    return new URL(this.link ?? this.said.match(/http:\/\/127\.0\.0\.1:\d+/)[0]).origin;
  }

  async stop() {
    if (this.child.exitCode !== null) return;
    const ended = new Promise((done) => this.child.once("exit", done));
    this.child.kill("SIGTERM");
    await ended;
  }
}

export function newHome() {
  return mkdtempSync(join(tmpdir(), "pilotage-"));
}

export function remove(home) {
  rmSync(home, { recursive: true, force: true });
}

/** What `pilotage ARGUMENTS` prints. */
export function printed(home, args, env = {}) {
  return execFileSync(program, args, { env: { HOME: home, PATH: process.env.PATH, ...env }, encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "pipe"] });
}

export async function openBrowser() {
  return chromium.launch({
    executablePath: browserPath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** Everything of a context that must stay empty: errors of pages, messages of the console, requests that leave the origin. */
export function watch(context, origin) {
  const seen = { console: [], errors: [], outside: [] };
  context.on("console", (message) => seen.console.push(`${message.type()}: ${message.text()}`));
  context.on("weberror", (error) => seen.errors.push(String(error.error())));
  context.on("request", (request) => {
    if (!request.url().startsWith(origin) && !/^(data|blob|about):/.test(request.url())) seen.outside.push(request.url());
  });
  return seen;
}

/** A context that has signed in by a link. */
export async function signIn(browser, link, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  await page.goto(link);
  await page.waitForURL((url) => url.pathname === "/");
  return { context, page };
}
