// Draws charts from the tables beside them: one list, so that drawing and table cannot differ. Without this file the tables stand.
(() => {
  "use strict";
  const place = document.querySelector("[data-sm-echarts]");
  if (!place) return;
  const narrow = () => matchMedia("(max-width: 639px)").matches;
  const drawn = new Map();
  let library = null;

  // --- the library is large: it is fetched once there is something to draw
  function load() {
    library = library || new Promise((done, failed) => {
      if (window.echarts) return done(window.echarts);
      const script = document.createElement("script");
      script.src = place.dataset.smEcharts;
      script.onload = () => done(window.echarts);
      script.onerror = failed;
      document.head.append(script);
    });
    return library;
  }

  const link = (cell) => { const a = cell.querySelector("a"); return a ? a.href : ""; };
  const rows = (table) => [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => ({
    text: cell.textContent.trim(), value: cell.dataset.value === undefined ? null : Number(cell.dataset.value), href: link(cell),
  })));

  function sankey(table, look, wide) {
    const nodes = new Map();
    const add = (side, cell, n) => {
      const name = side + cell.text;
      const node = nodes.get(name) || { name, side, label: cell.text, sum: 0, href: cell.href };
      node.sum += n;
      nodes.set(name, node);
      return name;
    };
    const links = rows(table).filter((row) => row[2].value > 0).map(([from, to, n]) => ({
      source: add("<", from, n.value), target: add(">", to, n.value), value: n.value, href: n.href, label: `${from.text} → ${to.text}`,
    }));
    const size = Math.max(12, Math.round(parseFloat(getComputedStyle(table).fontSize)) - 1);
    const short = (name) => fits(name, (0.25 * wide) / size);
    const room = (side) => 18 + Math.max(...[...nodes.values()].filter((node) => node.side === side).map((node) => width(`${short(node.label)} ${node.sum}`, size)));
    let next = 0;
    const data = [...nodes.values()].map((node) => ({
      ...node, itemStyle: { color: node.side === "<" ? look.sources[next++ % look.sources.length] : look.targets, borderWidth: 0 },
      label: { position: node.side === "<" ? "left" : "right", formatter: () => `${short(node.label)} ${node.sum.toLocaleString("en")}`, color: look.look.ink, fontSize: size },
    }));
    return {
      series: [{
        type: "sankey", left: room("<"), right: room(">"), top: 8, bottom: 8, nodeWidth: 10, nodeGap: 10, draggable: false, data: data.map((node) => ({ ...node, value: node.sum })), links,
        lineStyle: { color: "source", opacity: 0.38, curveness: 0.5 }, emphasis: { focus: "adjacency" },
      }],
    };
  }
  // Chinese signs are as wide as the type is high, Latin ones a little more than half.
  const width = (text, size) => [...text].reduce((sum, sign) => sum + (sign > "\u2e7f" ? 1 : 0.58), 0) * size;
  // A name too long for its place keeps its beginning and its end, since names of one kind often begin alike.
  const fits = (name, most) => {
    if (width(name, 1) <= most) return name;
    let cut = 1;
    while (cut < name.length - 2 && width(`${name.slice(0, Math.ceil((name.length - cut) / 2))}…${name.slice(-Math.floor((name.length - cut) / 2))}`, 1) > most) cut += 1;
    const left = name.length - cut;
    return `${name.slice(0, Math.ceil(left / 2)).trimEnd()}…${name.slice(-Math.floor(left / 2)).trimStart()}`;
  };

  const told = (title, table) => `${title}: ${rows(table).slice(0, 20).map((row) => row.map((cell) => cell.text).join(" ")).join("; ")}`;
  const makers = { sankey };
  const worth = { sankey: (table) => table.tBodies[0].rows.length > 0 };
  // The browser's own tip tells what a mark stands for.
  const tip = (event) => `${event.dataType === "edge" ? event.data.label : String(event.name).slice(1)}: ${Number(event.value).toLocaleString("en")}`;

  async function draw() {
    drawn.forEach((chart, box) => { if (!box.isConnected) { chart.dispose(); drawn.delete(box); } });
    if (narrow()) return;
    const tables = [...document.querySelectorAll("[data-sm-chart]")].filter((table) => worth[table.dataset.smChart](table));
    if (!tables.length) return;
    let echarts;
    try { echarts = await load(); } catch { return; }
    const look = window.smChartTheme(place.dataset.smCharts);
    tables.forEach((table) => {
      const hold = table.closest(".sm-table-hold");
      const box = hold.previousElementSibling;
      if (!box || drawn.has(box)) return;
      box.hidden = false;
      if (!("smBoth" in place.dataset)) hold.classList.add("sm-twin");
      box.setAttribute("role", "img");
      box.setAttribute("aria-label", told(hold.getAttribute("aria-label"), table));
      const chart = echarts.init(box, look.theme, { renderer: "svg" });
      chart.on("mouseover", (event) => { box.title = tip(event); });
      chart.on("mouseout", () => { box.title = ""; });
      chart.setOption({ animation: !("smStill" in place.dataset) && !matchMedia("(prefers-reduced-motion: reduce)").matches, ...makers[table.dataset.smChart](table, look, box.clientWidth) });
      chart.on("click", (event) => { if (event.data && event.data.href) location.assign(event.data.href); });
      drawn.set(box, chart);
      fit(box);
    });
  }
  // Paper is narrower than the window: with a view box the drawing shrinks with its place.
  function fit(box) {
    const svg = box.querySelector("svg");
    if (svg) svg.setAttribute("viewBox", `0 0 ${svg.getAttribute("width")} ${svg.getAttribute("height")}`);
  }
  window.addEventListener("resize", () => drawn.forEach((chart, box) => { chart.resize(); fit(box); }));
  window.addEventListener("beforeprint", () => drawn.forEach((_chart, box) => fit(box)));

  // --- the screen: full screen, tables instead of drawings, arrows between panels, and the reader's place over a refresh
  const showing = () => place.classList.contains("sm-tables");
  function buttons() {
    document.querySelectorAll("[data-sm-tables], [data-sm-full]").forEach((button) => { button.hidden = "smFull" in button.dataset && !document.fullscreenEnabled; });
    document.querySelectorAll("[data-sm-tables]").forEach((button) => button.setAttribute("aria-pressed", String(showing())));
  }
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-sm-full], [data-sm-tables]");
    if (!button) return;
    if ("smFull" in button.dataset) { if (document.fullscreenElement) document.exitFullscreen(); else document.documentElement.requestFullscreen(); return; }
    place.classList.toggle("sm-tables");
    buttons();
    if (!showing()) drawn.forEach((chart) => chart.resize());
  });
  document.addEventListener("keydown", (event) => {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
    const panels = [...document.querySelectorAll(".sm-screen-p")];
    const here = panels.findIndex((panel) => panel.contains(document.activeElement));
    if (!panels.length || (event.target instanceof Element && event.target.closest(".sm-table-hold"))) return;
    event.preventDefault();
    panels[(here + (event.key === "ArrowRight" ? 1 : panels.length - 1)) % panels.length].focus();
  });
  let focused = "";
  document.addEventListener("htmx:before:swap", () => {
    const here = document.activeElement;
    const panel = here && here.closest(".sm-screen-p");
    focused = here && here.getAttribute("href") ? `[href="${CSS.escape(here.getAttribute("href"))}"]` : panel ? `#${panel.id}` : "";
  });
  document.addEventListener("htmx:after:process", () => {
    buttons();
    draw();
    const back = focused && document.activeElement === document.body && document.querySelector(focused);
    focused = "";
    if (back) back.focus({ preventScroll: true });
  });
  buttons();
  draw();
})();
