// What a page without scripts cannot do: countdowns, live changes, dialogs, local times and the graph.
"use strict";
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  let ahead = 0; // of the console's clock, in milliseconds

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
    if (live) ahead = Date.parse(live.dataset.now) - Date.now();
  }

  function tick() {
    const now = Date.now() + ahead;
    each("[data-due]", (element) => {
      const left = (Date.parse(element.dataset.due) - now) / 1000;
      const text = left > 0 ? `in ${span(left)}` : "due now";
      if (element.textContent !== text) element.textContent = text;
    });
    each("[data-clock]", (element) => { element.textContent = utc(new Date(now)); });
  }

  const utc = (moment) => `${moment.toISOString().slice(0, 19).replace("T", " ")} UTC`;
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

  // ---- The field for a due time: a picker in the browser's time zone, with UTC beside it ----
  const DURATION = /^(\d{1,9})([smhd])$/;
  const SECONDS = { s: 1, m: 60, h: 3600, d: 86400 };

  function explainWhen(input, meaning) {
    const text = input.value.trim();
    const duration = DURATION.exec(text);
    const moment = duration ? new Date(Date.now() + ahead + duration[1] * SECONDS[duration[2]] * 1000) : new Date(text);
    if (!text || Number.isNaN(moment.getTime()) || !(duration || text.includes("T"))) {
      meaning.textContent = "";
      return;
    }
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    meaning.textContent = `${local(moment)} ${zone}, ${utc(moment)}`;
  }

  function addPicker(root) {
    const input = root.querySelector("#when");
    if (!input || root.querySelector(".picker")) return;
    const meaning = root.querySelector("#when-meaning");
    const label = document.createElement("label");
    label.textContent = "Or pick a date in your time zone";
    label.className = "picker";
    const picker = document.createElement("input");
    picker.type = "datetime-local";
    picker.step = "1";
    label.append(picker);
    input.parentElement.append(label);
    picker.addEventListener("input", () => {
      if (picker.value) input.value = new Date(picker.value).toISOString().slice(0, 19) + "Z";
      explainWhen(input, meaning);
    });
    input.addEventListener("input", () => explainWhen(input, meaning));
    explainWhen(input, meaning);
  }

  // ---- Questions in a dialog ----
  const dialog = document.getElementById("dialog");

  async function ask(address) {
    const response = await fetch(address);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const panel = page.getElementById("panel");
    if (!panel) {
      location.assign(address);
      return;
    }
    dialog.replaceChildren(document.adoptNode(panel));
    addPicker(dialog);
    localize();
    dialog.showModal();
    (dialog.querySelector("input:not([type=hidden]), textarea, button") || dialog).focus();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.hasAttribute("data-dialog")) {
      event.preventDefault();
      ask(link.href).catch(() => location.assign(link.href));
    } else if (link.hasAttribute("data-close") && dialog.open) {
      event.preventDefault();
      dialog.close();
    }
  });

  // ---- Copying ----
  async function copy(button) {
    const text = button.parentElement.querySelector("pre").textContent;
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
    const text = create("text", { x: at.x, y: isGroup ? at.y - at.height / 2 + 9 : at.y }, shorten(id));
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
    element.replaceChildren(svg);
    drawn.set(element, element.dataset.graph);
  }

  // ---- Live changes ----
  const gone = document.getElementById("connection");
  const AIMING_MS = 600; // no row moves while the pointer is on its way to one
  let timer = null;
  let aimed = 0;

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

  function listen() {
    const source = new EventSource(document.body.dataset.events);
    source.addEventListener("changed", () => refresh());
    // Something may have changed between the page and the stream, or while there was none.
    source.addEventListener("open", () => { gone.hidden = true; refresh(); });
    source.addEventListener("error", () => { gone.hidden = false; });
    window.addEventListener("pagehide", () => source.close());
  }

  function show() {
    compareClocks();
    localize();
    tick();
    each(".graph", drawGraph);
  }

  document.addEventListener("htmx:after:swap", show);
  document.addEventListener("visibilitychange", () => refresh());
  window.addEventListener("pageshow", (event) => { if (event.persisted) listen(); }); // back from the browser's cache
  show();
  document.getElementById("zone").textContent = `Times are in ${Intl.DateTimeFormat().resolvedOptions().timeZone}: point at one to see it in UTC.`;
  addPicker(document);
  setInterval(tick, 1000);
  listen();
})();
