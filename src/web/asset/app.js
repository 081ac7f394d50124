// Signing in, buttons that post, the run that goes on, and the cursor of charts. Everything else works without.
// @ts-check

/** @param {string} address @param {unknown} body @returns {Promise<{ok: boolean, message: string}>} */
async function post(address, body) {
  try {
    const answer = await fetch(address, {
      method: "POST", headers: { "content-type": "application/json" }, credentials: "same-origin", body: JSON.stringify(body),
    });
    const text = await answer.text();
    try { return JSON.parse(text); } catch { return { ok: answer.ok, message: text.trim() }; }
  } catch {
    return { ok: false, message: "the program does not answer; is it still running?" };
  }
}

/** @param {string} id */
const by = (id) => document.getElementById(id);

/** @param {string} name @param {string | Node | (string | Node)[]} content @param {Record<string, string>} [attributes] */
function element(name, content, attributes = {}) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...(Array.isArray(content) ? content : [content]));
  return made;
}

function signIn() {
  const form = by("sign-in");
  const state = by("sign-in-state");
  if (!form || !state) return;
  /** @param {string} token */
  const exchange = async (token) => {
    state.textContent = "Signing in …";
    const answer = await post("/in", { token });
    if (answer.ok) return location.replace("/");
    state.textContent = `Not signed in: ${answer.message}.`;
    form.hidden = false;
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const field = /** @type {HTMLInputElement} */ (by("token"));
    exchange(field.value.trim());
    field.value = "";
  });
  const token = location.hash.slice(1);
  if (token) {
    // The token leaves the address and the history before anything else happens.
    history.replaceState(null, "", "/in");
    form.hidden = true;
    exchange(token);
  }
}

function buttons() {
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("button[data-post]"))) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      button.disabled = true;
      const answer = await post(button.dataset.post ?? "", {});
      const then = button.dataset.then ?? "/";
      // An address that differs only behind `#` loads nothing.
      if (answer.ok && then.split("#")[0] === location.pathname) return location.reload();
      if (answer.ok) return location.assign(then);
      button.disabled = false;
      button.after(element("span", ` ${answer.message}`, { role: "alert" }));
    });
  }
}

/** @type {Record<string, string>} */
const signs = { running: "►", completed: "■", partial: "◐", failed: "✕", aborted: "◌", forbidden: "▲", unconfirmed: "◆", complete: "■", create: "+", update: "~", delete: "−", withheld: "!" };

/** @param {string} state */
function mark(state) {
  const word = state === "aborted" ? "stopped" : state;
  return element("span", [element("span", `${signs[state] ?? "?"} `, { "aria-hidden": "true" }), word], { class: "mark", "data-state": state });
}

/** @param {number} count */
const shown = (count) => count.toLocaleString("en-US");

function live() {
  const place = by("live");
  if (!place) return;
  const events = new EventSource(place.dataset.events ?? "");
  const first = by("live-state")?.dataset;
  let id = "", wasEnded = "", isFirst = true;
  events.onopen = () => by("live-lost")?.remove();
  events.onerror = () => {
    if (!by("live-lost")) place.prepend(element("p", "The program does not answer. What stands here is what it said last; it is asked again and again.", { id: "live-lost", class: "notice", role: "alert" }));
  };
  events.onmessage = (message) => {
    const { run, changes } = JSON.parse(message.data);
    if (!run) return;
    // Another run, or the frame of the page does not fit any more: the server makes it anew.
    const isNew = !isFirst && (run.id !== id || (run.ended ?? "") !== wasEnded);
    if (isNew || (isFirst && (!first || !by("live-resources")))) { events.close(); return location.reload(); }
    [id, wasEnded, isFirst] = [run.id, run.ended ?? "", false];
    by("live-since")?.replaceChildren(run.ended ? " after " : " for ");
    by("live-seconds")?.replaceChildren(`${run.seconds.toFixed(1)} s`);
    for (const name of ["create", "update", "unchanged", "delete", "withheld"]) by(`live-${name}`)?.replaceChildren(shown(run.totals[name]));
    by("live-resources")?.replaceChildren(...run.resources.filter((/** @type {any} */ one) => one.kind).map((/** @type {any} */ one) => element("tr", [
      element("th", element("code", one.kind), { scope: "row" }),
      ...[one.slices, one.items, one.mapped, one.loaded].map((count) => element("td", shown(count), { class: "number" })),
      element("td", one.has_ended ? "done" : "reading"),
    ])));
    by("live-troubles-heading")?.toggleAttribute("hidden", run.troubles.length === 0);
    by("live-troubles")?.replaceChildren(...run.troubles.map((/** @type {any} */ one) => element("li", [
      element("p", [mark(one.state), " ", element("code", one.kind), " of ", element("strong", one.scope)]),
      element("p", one.reason, { class: "reason" }),
      ...(one.remedy ? [element("p", [element("strong", "What to do: "), one.remedy], { class: "remedy" })] : []),
    ], { "data-state": one.state })));
    by("live-changes")?.replaceChildren(...changes.map((/** @type {any} */ one) => element("li", [mark(one.action), ` ${one.identifier} `, element("code", one.blueprint)], { "data-state": one.action })));
  };
}

/** The cursor of charts: ← → days, ↑ ↓ series, Home End, Escape. All charts of a page move together; the values are said. */
function cursors() {
  const said = element("p", "", { class: "unseen", role: "status" });
  let timer = 0;
  /** @param {Element | null | undefined} cell */
  const text = (cell) => cell?.textContent?.trim() ?? "";
  const charts = [...document.querySelectorAll(".chart > svg[data-x]")].map((node) => {
    const svg = /** @type {SVGSVGElement} */ (node);
    const places = (svg.dataset.x ?? "").split(" ").map(Number);
    const rows = [...(svg.parentElement?.querySelectorAll("tbody tr") ?? [])];
    const names = [...(svg.parentElement?.querySelectorAll("thead th") ?? [])].slice(1).map(text);
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    line.setAttribute("class", "cursor");
    svg.append(line);
    const reading = element("p", "", { class: "reading", "aria-hidden": "true" });
    svg.after(reading);
    let series = 0;
    /** @param {number} at */
    const show = (at) => {
      line.setAttribute("d", at < 0 ? "" : `M${places[at]} 0V${svg.viewBox.baseVal.height}`);
      const cells = at < 0 ? [] : [...rows[at].children].map(text);
      reading.textContent = cells.length ? `${cells[0]}: ${cells.slice(1, 7).map((cell, of) => (names.length > 1 ? `${names[of]} ${cell}` : cell)).join(" · ")}` : "";
      return cells.length ? `${cells[0]}, ${names[series]}: ${cells[series + 1]}` : "";
    };
    const days = rows.map((row) => text(row.firstElementChild));
    return { svg, places, days, show, /** @param {number} by */ turn: (by) => { series = (series + by + names.length) % names.length; } };
  });
  if (charts.length) document.body.append(said);
  let day = "";
  /** @param {typeof charts[0]} chart @param {number} at @param {boolean} aloud */
  const move = (chart, at, aloud) => {
    day = chart.days[at] ?? "";
    const sentence = charts.map((one) => [one, one.show(one.days.indexOf(day))]).find(([one]) => one === chart)?.[1];
    clearTimeout(timer);
    if (aloud) timer = setTimeout(() => { said.textContent = String(sentence); }, 150);
  };
  for (const chart of charts) {
    const last = chart.places.length - 1;
    chart.svg.addEventListener("keydown", (event) => {
      const at = chart.days.indexOf(day);
      const to = { ArrowLeft: at < 0 ? last : Math.max(at - 1, 0), ArrowRight: at < 0 ? 0 : Math.min(at + 1, last), Home: 0, End: last, Escape: -1, ArrowUp: at, ArrowDown: at }[event.key];
      if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "ArrowUp") chart.turn(-1);
      if (event.key === "ArrowDown") chart.turn(1);
      event.preventDefault();
      move(chart, event.key.startsWith("Arrow") && to < 0 ? last : to, true);
    });
    chart.svg.addEventListener("pointermove", (event) => {
      const matrix = chart.svg.getScreenCTM();
      if (!matrix) return;
      const x = (event.clientX - matrix.e) / matrix.a;
      const distance = (/** @type {number} */ at) => Math.abs(chart.places[at] - x);
      move(chart, chart.places.reduce((best, _, at) => (distance(at) < distance(best) ? at : best), 0), false);
    });
  }
}

/** Looks again while a plan is made. */
function plan() {
  if (by("plan-busy")) setTimeout(() => location.reload(), 1000);
}

signIn();
buttons();
plan();
live();
cursors();
