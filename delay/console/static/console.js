// What a page without scripts cannot do: countdowns, live changes, dialogs, local times and the graph.
"use strict";
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const isUtc = /^(Etc\/)?UTC$/.test(zone);
  let ahead = 0; // of the console's clock, in milliseconds
  let compared = ""; // the time of the console that this is of

  const each = (selector, act, root = document) => root.querySelectorAll(selector).forEach(act);

  // ---- Time ----
  const UNITS = [["d", 86400], ["h", 3600], ["m", 60], ["s", 1]];

  function span(seconds) {
    let rest = Math.max(0, Math.round(seconds));
    const parts = [];
    for (const [unit, size] of UNITS) {
      const count = Math.floor(rest / size);
      rest %= size;
      if (count || parts.length || unit === "s") parts.push([count, unit]);
    }
    return parts.slice(0, 2).filter(([count], index) => index === 0 || count).map(([count, unit]) => count + unit).join(" ");
  }

  function compareClocks() {
    const live = document.querySelector("[data-now]");
    if (!live || live.dataset.now === compared) return; // nothing was read: the answer was an error
    compared = live.dataset.now;
    ahead = Date.parse(compared) - Date.now();
  }

  function tick() {
    const now = Date.now() + ahead;
    each("[data-due]", (element) => {
      const left = (Date.parse(element.dataset.due) - now) / 1000;
      const text = left > 0 ? `in ${span(left)}` : "due now";
      if (element.textContent !== text) element.textContent = text;
    });
    each("[data-since]", (element) => { element.textContent = span((now - Date.parse(element.dataset.since)) / 1000); });
    each("[data-clock]", (element) => {
      element.textContent = local(new Date(now));
      element.title = utc(new Date(now));
    });
    each("[data-clock-utc]", (element) => { element.textContent = beside(new Date(now)); });
  }

  const utc = (moment) => `${moment.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const beside = (moment) => isUtc ? "UTC" : `${zone}, ${utc(moment)}`;
  const twoDigits = (number) => String(number).padStart(2, "0");

  function local(moment) {
    const day = `${moment.getFullYear()}-${twoDigits(moment.getMonth() + 1)}-${twoDigits(moment.getDate())}`;
    return `${day} ${twoDigits(moment.getHours())}:${twoDigits(moment.getMinutes())}:${twoDigits(moment.getSeconds())}`;
  }

  function localize() {
    each("time[data-local]", (element) => {
      const moment = new Date(element.dateTime);
      element.title = utc(moment);
      element.textContent = local(moment);
    });
  }

  // ---- Fields for a time: a picker in the browser's time zone, with UTC beside it ----
  const DURATION = /^(\d{1,9})([smhd])$/;
  const MOMENT = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i; // what the server takes
  const SECONDS = { s: 1, m: 60, h: 3600, d: 86400 };

  function parseWhen(text) {
    const duration = DURATION.exec(text);
    if (duration) return new Date(Date.now() + ahead + duration[1] * SECONDS[duration[2]] * 1000);
    return new Date(MOMENT.test(text) ? text : NaN);
  }

  function explainWhen(input) {
    const meaning = document.getElementById(`${input.id}-meaning`);
    const moment = parseWhen(input.value.trim());
    if (Number.isNaN(moment.getTime())) {
      meaning.textContent = "";
      return;
    }
    const suffix = input.dataset.when === "search" ? zone : beside(moment);
    meaning.textContent = `${meaning.dataset.before || ""}${local(moment)} ${suffix}`;
  }

  const toUtc = (picked) => `${new Date(picked).toISOString().slice(0, 19)}Z`;

  function addPicker(input) {
    const label = document.createElement("label");
    label.textContent = "Or pick a date in your time zone";
    label.className = "picker";
    const picker = document.createElement("input");
    picker.type = "datetime-local";
    picker.step = "1";
    label.append(picker);
    input.parentElement.append(label);
    input.addEventListener("input", () => { picker.value = ""; }); // what is typed counts
    picker.addEventListener("input", () => {
      if (picker.value) input.value = toUtc(picker.value);
      explainWhen(input);
    });
  }

  // A search has a button in place of a second field: its page stays calm.
  function addPickButton(input) {
    const picker = document.createElement("input");
    if (!picker.showPicker) return;
    picker.type = "datetime-local";
    picker.tabIndex = -1;
    picker.setAttribute("aria-hidden", "true");
    const button = document.createElement("button");
    button.type = "button";
    button.title = "Pick a date";
    button.setAttribute("aria-label", `Pick a date: ${input.labels[0].textContent}`);
    button.append(create("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" },
      create("path", { d: "M2.5 3.5h11v10h-11zM2.5 6.5h11M5.5 2v3M10.5 2v3" })));
    input.parentElement.classList.add("pick");
    input.after(picker, button);
    button.addEventListener("click", () => {
      const moment = parseWhen(input.value.trim());
      picker.value = Number.isNaN(moment.getTime()) ? "" : local(moment).slice(0, 16).replace(" ", "T");
      picker.showPicker();
    });
    picker.addEventListener("input", () => {
      input.value = picker.value && toUtc(picker.value); // its own button clears it
      explainWhen(input);
    });
  }

  function prepareWhen(root) {
    each("[data-when]", (input) => {
      if (input.dataset.when === "picker") addPicker(input);
      if (input.dataset.when === "search") addPickButton(input);
      input.addEventListener("input", () => explainWhen(input));
      explainWhen(input);
    }, root);
  }

  // ---- Questions in a dialog ----
  const dialog = document.getElementById("dialog");
  let stays = false; // whether its answer leaves the page as it is

  const parsePage = (text) => new DOMParser().parseFromString(text, "text/html");

  function showPanel(page) {
    const panel = page.getElementById("panel");
    if (!panel) return false;
    dialog.replaceChildren(document.adoptNode(panel));
    if (!dialog.open) dialog.showModal();
    prepareWhen(dialog);
    localize();
    (dialog.querySelector("[autofocus]") || dialog.querySelector("input:not([type=hidden]), textarea, button")).focus();
    return true;
  }

  async function ask(address) {
    const response = await fetch(address);
    if (!showPanel(parsePage(await response.text()))) location.assign(address);
  }

  function complain(form, text) {
    each(".problem", (element) => element.remove(), dialog);
    const problem = document.createElement("p");
    problem.className = "problem";
    problem.setAttribute("role", "alert");
    problem.textContent = text;
    form.before(problem);
  }

  // What was done is said on the page that asked, if it is to stay, or else on the task's page.
  function showNote(note, key) {
    each("#content > .note", (element) => element.remove());
    note.textContent = `${key}: ${note.textContent}`;
    document.getElementById("content").prepend(document.adoptNode(note));
    note.tabIndex = -1;
    dialog.close();
    note.focus();
    refresh();
  }

  function goTo(address) {
    if (new URL(address).pathname === location.pathname) location.replace(address); // one step back leaves the task
    else location.assign(address);
  }

  async function send(form) {
    const response = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const page = parsePage(await response.text());
    const note = page.querySelector("#content > .note");
    if (response.redirected && stays && note) {
      showNote(note, page.querySelector("h1 .key").textContent);
      return;
    }
    if (response.redirected) {
      goTo(response.url);
      return;
    }
    if (!showPanel(page)) complain(form, (page.querySelector(".problem") || page.body).textContent.trim());
  }

  // A refusal stays in the dialog, with what was filled in.
  dialog.addEventListener("submit", (event) => {
    const form = event.target;
    const button = form.querySelector("button");
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    send(form)
      .catch(() => complain(form, "The console does not answer. Look whether the change was made before you try again."))
      .finally(() => { button.disabled = false; });
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.hasAttribute("data-dialog")) {
      event.preventDefault();
      stays = link.dataset.dialog === "stay";
      ask(link.href).catch(() => tell(UNANSWERED));
    } else if (link.hasAttribute("data-close") && dialog.open) {
      event.preventDefault();
      dialog.close();
    }
  });

  // ---- The bars: one tab stop, arrow keys from bar to bar, and a label that can be seen ----
  const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
  let bar = ""; // the id of the one that Tab leads to

  const listBars = () => [...document.querySelectorAll(".bars a")];

  function rove() {
    const bars = listBars();
    const stop = bars.find((link) => link.id === bar) || bars.find((link) => link.hasAttribute("aria-current")) || bars[0];
    for (const link of bars) link.setAttribute("tabindex", link === stop ? "0" : "-1");
    each(".bars svg", (element) => element.setAttribute("role", bars.length ? "toolbar" : "group"));
  }

  function labelBars() {
    for (const link of listBars()) {
      const moment = new Date(link.dataset.start);
      const label = link.getAttribute("aria-label").replace(utc(moment), local(moment));
      link.setAttribute("aria-label", label);
      link.querySelector("title").textContent = label;
    }
  }

  function tellBar() {
    const aimed = document.querySelector(".bars a:hover") || document.querySelector(".bars a:focus-visible");
    each(".aimed", (element) => { element.textContent = aimed ? aimed.getAttribute("aria-label") : ""; });
  }

  document.addEventListener("keydown", (event) => {
    const from = event.target.closest(".bars a");
    const step = STEPS[event.key];
    if (!from || !step || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    const bars = listBars();
    bars[Math.min(Math.max(bars.indexOf(from) + step, 0), bars.length - 1)].focus();
  });

  document.addEventListener("focusin", (event) => {
    if (!event.target.closest(".bars a")) return;
    bar = event.target.closest(".bars a").id;
    rove();
  });

  for (const type of ["focusin", "focusout", "pointerover"]) document.addEventListener(type, tellBar);

  // ---- Copying ----
  async function load(address) {
    const response = await fetch(address);
    if (!response.ok) throw new Error(response.statusText);
    return response.text();
  }

  async function copy(button) {
    const text = button.dataset.copy ? await load(button.dataset.copy) : button.parentElement.querySelector("pre").textContent;
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  }

  if (navigator.clipboard) document.documentElement.classList.add("can-copy"); // only at a trustworthy address

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button).catch(() => { button.textContent = "Not copied"; });
  });

  // ---- The graph, laid out by dagre ----
  const drawn = new WeakMap(); // what stands in an element
  const LEAST_SCALE = 0.8; // a larger graph is scrolled, so that it can be read

  function create(name, attributes, ...children) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }

  function shorten(text) {
    return text.length > 28 ? `${text.slice(0, 27)}…` : text;
  }

  function layOut(described) {
    const graph = new dagre.graphlib.Graph({ multigraph: true, compound: true });
    graph.setGraph({ rankdir: "TB", nodesep: 26, ranksep: 34, marginx: 8, marginy: 8 });
    const parents = new Set(described.nodes.map((node) => node.parent).filter(Boolean));
    const ends = new Set(described.edges.flatMap((edge) => [edge.from, edge.to]));
    for (const id of ["__start", "__end"]) if (ends.has(id)) graph.setNode(id, { width: 14, height: 14 });
    for (const node of described.nodes) {
      graph.setNode(node.id, { width: Math.max(90, shorten(node.id).length * 7.6 + 24), height: 34, node });
    }
    for (const node of described.nodes) if (node.parent) graph.setParent(node.id, node.parent);
    const standIn = (id, find) => {
      // dagre draws no edge of a group: its first inner state stands for its entry, its last one for its exit.
      while (parents.has(id)) id = described.nodes[find]((node) => node.parent === id).id;
      return id;
    };
    described.edges.forEach((edge, index) => {
      const label = { label: edge.label, edge, width: edge.label.length * 6.5, height: edge.label ? 14 : 0 };
      graph.setEdge(standIn(edge.from, "findLast"), standIn(edge.to, "find"), label, String(index));
    });
    dagre.layout(graph);
    return { graph, parents };
  }

  function drawNode(id, at, parents) {
    if (id.startsWith("__")) return create("g", { class: "node end" }, create("circle", { cx: at.x, cy: at.y, r: 7 }));
    const isGroup = parents.has(id);
    const box = create("rect", { x: at.x - at.width / 2, y: at.y - at.height / 2, width: at.width, height: at.height, rx: 6 });
    const corner = { x: at.x - at.width / 2 + 8, y: at.y - at.height / 2 + 9 };
    const text = create("text", isGroup ? corner : { x: at.x, y: at.y }, shorten(id));
    const title = create("title", {}, `${id} (${at.node.type})`);
    return create("g", { class: `${isGroup ? "group" : "node"} ${at.node.state}` }, title, box, text);
  }

  function drawEdge(at) {
    const [first, ...rest] = at.points;
    const line = `M${first.x},${first.y}${rest.map((point) => `L${point.x},${point.y}`).join("")}`;
    const path = create("path", { d: line, class: at.edge.taken ? "taken" : "", "marker-end": "url(#arrow)" });
    const label = at.label ? [create("text", { x: at.x, y: at.y, class: "edge-label" }, at.label)] : [];
    return create("g", {}, path, ...label);
  }

  function drawGraph(element) {
    if (drawn.get(element) === element.dataset.graph || typeof dagre === "undefined") return;
    const described = JSON.parse(element.dataset.graph);
    if (!described.nodes.length) return;
    const { graph, parents } = layOut(described);
    const { width, height } = graph.graph();
    const arrow = create("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" }, create("path", { d: "M0,0L8,4L0,8z" }));
    const groups = graph.nodes().filter((id) => parents.has(id));
    const others = graph.nodes().filter((id) => !parents.has(id));
    const svg = create("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" },
      create("defs", {}, arrow),
      ...groups.map((id) => drawNode(id, graph.node(id), parents)),
      ...graph.edges().map((id) => drawEdge(graph.edge(id))),
      ...others.map((id) => drawNode(id, graph.node(id), parents)));
    svg.style.minWidth = `${width * LEAST_SCALE}px`;
    element.replaceChildren(svg);
    drawn.set(element, element.dataset.graph);
  }

  // ---- Live changes ----
  const UNANSWERED = "The console does not answer.";
  const gone = document.getElementById("connection");
  const AIMING_MS = 600; // no row moves while the pointer is on its way to one
  let timer = null;
  let aimed = 0;
  let read = new Date(); // when what stands here was read, by this computer's clock
  let focused = ""; // the id of what had the focus before a change
  const AGAIN_MS = 2000; // until a refused stream is asked for again
  let again = null;
  let stream = null;

  function tell(problem) {
    gone.textContent = `${problem} What stands here was read at ${local(read)}.`;
    gone.hidden = false;
  }

  document.addEventListener("pointermove", (event) => {
    if (event.target.closest?.("#live")) aimed = Date.now();
  });

  function refresh(asked = Date.now()) {
    if (timer || document.hidden) return;
    timer = setTimeout(() => {
      timer = null;
      const isAiming = Date.now() - aimed < AIMING_MS && Date.now() - asked < 5 * AIMING_MS;
      if (isAiming) refresh(asked);
      else document.body.dispatchEvent(new Event("changed"));
    }, 250);
  }

  // What was done is said once, and not after a reload.
  function forgetNote() {
    const address = new URL(location);
    if (!address.searchParams.has("note")) return;
    address.searchParams.delete("note");
    history.replaceState(null, "", address);
  }

  function listen() {
    stream = new EventSource(document.body.dataset.events);
    stream.addEventListener("changed", () => refresh());
    // Something may have changed between the page and the stream, or while there was none.
    stream.addEventListener("open", () => { gone.hidden = true; refresh(); });
    stream.addEventListener("error", (event) => {
      tell(UNANSWERED);
      // A browser asks again by itself, but not after a refusal, of too many pages for example.
      if (event.target.readyState === EventSource.CLOSED) again = setTimeout(listen, AGAIN_MS);
    });
  }

  // A page that could not be shown is loaded again once it can be.
  async function retry() {
    const link = document.querySelector("[data-retry]");
    if (link && (await fetch(link.href)).ok) location.replace(link.href);
  }

  function keepFocus() {
    if (document.activeElement !== document.body || !focused) return;
    const holder = document.getElementById(focused);
    const target = holder && (holder.closest("a") || holder.querySelector("a"));
    const stop = focused.startsWith("bar-") && document.querySelector(".bars a[tabindex='0']");
    (target || stop || null)?.focus({ preventScroll: true });
  }

  function show() {
    compareClocks();
    localize();
    tick();
    labelBars();
    rove();
    each(".graph", (element) => {
      drawGraph(element);
      element.tabIndex = element.scrollWidth > element.clientWidth ? 0 : -1; // to be scrolled by keyboard
    });
  }

  document.body.addEventListener("changed", () => retry().catch(() => tell(UNANSWERED)));
  document.addEventListener("htmx:before:swap", () => {
    focused = document.activeElement?.closest("#live [id]")?.id || "";
  });
  document.addEventListener("htmx:after:swap", () => {
    read = new Date();
    show();
    keepFocus();
    tellBar();
  });
  document.addEventListener("htmx:after:request", (event) => {
    const { text, response } = event.detail.ctx;
    if (response.status < 400 || document.querySelector("[data-retry]")) gone.hidden = true;
    else tell(parsePage(text).querySelector(".problem")?.textContent || UNANSWERED);
  });
  document.addEventListener("visibilitychange", () => refresh());
  window.addEventListener("pagehide", () => {
    stream.close();
    clearTimeout(again);
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) listen(); }); // back from the browser's cache
  show();
  if (!isUtc) document.getElementById("zone").textContent = `Times are in ${zone}: point at one to see it in UTC.`;
  prepareWhen(document);
  forgetNote();
  setInterval(tick, 1000);
  listen();
})();
