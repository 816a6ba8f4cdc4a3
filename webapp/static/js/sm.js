// Progressive enhancement only: every page works without this file.
(() => {
  "use strict";
  const body = document.body;
  const live = document.getElementById("sm-live");
  const say = (words) => { if (live && words) { live.textContent = ""; setTimeout(() => { live.textContent = words; }, 50); } };
  window.smSay = say;

  // --- keys: single letters only outside fields; switched off by <body data-sm-keys="off">
  const typing = (t) => t instanceof Element && t.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") !== null;
  const clickable = (selector) => [...document.querySelectorAll(selector)].find((e) => !e.disabled && e.offsetParent !== null);

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey || event.metaKey) return;
    if (event.key === "Escape") return closeMenus();
    if (event.ctrlKey) {
      const form = event.key === "Enter" && event.target instanceof Element && event.target.closest("form[data-sm-ctrl-enter]");
      if (form) { event.preventDefault(); form.requestSubmit(form.querySelector("[data-sm-default]") || undefined); }
      return;
    }
    if (typing(event.target) || document.querySelector("dialog[open]") || body.dataset.smKeys === "off") return;
    const key = event.key.toLowerCase();
    if (key === "/") return press(event, clickable("[data-sm-search]"), "focus");
    if (key === "j" || key === "k" || key === "arrowdown" || key === "arrowup") return step(event, key);
    if (/^[a-z0-9?]$/.test(key)) press(event, clickable(`[data-sm-key="${key}"]`), "click");
  });

  function press(event, element, what) {
    if (!element) return;
    event.preventDefault();
    element[what]();
    if (what === "focus" && element.select) element.select();
  }

  // j and k walk a queue (its entries are links); arrows walk hits only when one already has the focus.
  function step(event, key) {
    const arrows = key.startsWith("arrow");
    const entries = [...document.querySelectorAll(arrows ? "[data-sm-hit] :is(h2, h3) a" : "[data-sm-queue] a[data-sm-entry]")];
    const here = entries.findIndex((e) => (arrows ? e === document.activeElement : e.hasAttribute("aria-current")));
    if (!entries.length || (arrows && here < 0)) return;
    if (!arrows && key === "j" && here === entries.length - 1) {
      const more = document.querySelector("[data-sm-queue] a[rel=next]");
      if (more) { event.preventDefault(); return more.click(); }
    }
    const target = entries[Math.min(Math.max(here + (key === "j" || key === "arrowdown" ? 1 : -1), 0), entries.length - 1)];
    event.preventDefault();
    target.focus();
    if (!arrows) target.click();
  }

  // --- menus close on Esc and on a click elsewhere
  function closeMenus(except) {
    document.querySelectorAll("details[data-sm-menu][open]").forEach((menu) => {
      if (menu === except) return;
      if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
      menu.open = false;
    });
  }
  document.addEventListener("click", (event) => closeMenus(event.target instanceof Element ? event.target.closest("details[data-sm-menu]") : null));

  // --- forms: ask first where told to, then send once
  const dialog = document.getElementById("sm-confirm");
  const question = (form, button) => (button && button.dataset.smConfirm) || form.dataset.smConfirm;

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog") return;
    const words = question(form, event.submitter);
    if (words && form.dataset.smSure !== "yes" && dialog && dialog.showModal) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return ask(form, event.submitter, words);
    }
    delete form.dataset.smSure;
    if (form.dataset.smSent === "yes") { event.preventDefault(); event.stopImmediatePropagation(); return; }
    if (form.method === "post") guard(form, event);
  }, true);

  function ask(form, submitter, words) {
    document.getElementById("sm-confirm-text").textContent = words;
    dialog.returnValue = "";
    dialog.addEventListener("close", () => {
      if (dialog.returnValue !== "yes") return;
      form.dataset.smSure = "yes";
      form.requestSubmit(submitter || undefined);
    }, { once: true });
    dialog.showModal();
  }

  // A double click must not send twice; the buttons stay enabled so that the pressed one's name is sent too.
  function guard(form, event) {
    form.dataset.smSent = "yes";
    if (event.submitter) event.submitter.setAttribute("aria-busy", "true");
    setTimeout(() => release(form), 8000);
    say(body.dataset.smSending);
  }
  function release(form) {
    delete form.dataset.smSent;
    form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  }
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sm-sent]").forEach(release));

  // --- theme: switch at once, and let the server remember it
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-sm-theme]");
    if (!form || !event.submitter || !window.fetch) return;
    event.preventDefault();
    const value = event.submitter.value;
    const data = new FormData(form);
    data.set("theme", value);
    fetch(form.action, { method: "POST", body: data, redirect: "manual" }).then(() => {
      document.documentElement.dataset.bsTheme = value;
      location.reload();
    }, () => toast(body.dataset.smFailed));
  });

  // --- small helps inside a page or a piece swapped in; each element is taken once
  const taken = new WeakSet();
  function each(root, selector, help) {
    [...(root.matches && root.matches(selector) ? [root] : []), ...root.querySelectorAll(selector)].forEach((element) => {
      if (taken.has(element)) return;
      taken.add(element);
      help(element);
    });
  }
  function enhance(root) {
    each(root, "[data-sm-back]", (button) => {
      if (history.length < 2) return;
      button.hidden = false;
      button.addEventListener("click", () => history.back());
    });
    each(root, "[data-sm-count]", count);
    each(root, "[data-sm-print]", (button) => button.addEventListener("click", () => window.print()));
    each(root, "[data-sm-auto]", (form) => form.addEventListener("change", () => (narrow() && form.querySelector(".sm-filters-foot") ? recount(form) : form.requestSubmit())));
    each(root, "details[data-sm-fold-small]", (details) => { if (narrow()) details.open = false; });
    each(root, "[data-sm-needs]", needs);
    each(root, ".sm-table-hold, .sm-board", scrolls);
    each(root, "[data-sm-focus]", (element) => element.focus());
  }
  // A box that is wider than its room is scrolled by keys once it can have the focus.
  function scrolls(box) {
    if (!window.ResizeObserver || box.hasAttribute("tabindex")) return;
    new ResizeObserver(() => {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }).observe(box);
  }
  // On narrow screens several choices are made before looking: only the button says how many there would be.
  const narrow = () => matchMedia("(max-width: 1024px)").matches;
  async function recount(form) {
    try {
      const answer = await fetch(`${form.action}?${new URLSearchParams(new FormData(form))}`);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const [here, there] = [form, page].map((place) => place.querySelector(".sm-filters-foot button"));
      if (here && there) { here.textContent = there.textContent; say(here.textContent); }
    } catch { toast(body.dataset.smFailed); }
  }
  function count(out) {
    const area = document.getElementById(out.dataset.smCount);
    if (!area || area.maxLength < 0) return;
    const show = () => { out.textContent = `${area.value.length} / ${area.maxLength}`; };
    area.addEventListener("input", show);
    show();
    out.hidden = false;
  }

  // A button that is live only when its form has an answer in the named field, such as a reason for a "no".
  function needs(button) {
    const form = button.form;
    if (!form) return;
    const given = (name) => new FormData(form).getAll(name).some((v) => String(v).trim());
    const check = () => { button.disabled = !button.dataset.smNeeds.split(" ").every(given); };
    form.addEventListener("input", check);
    form.addEventListener("change", check);
    check();
  }

  // --- htmx: keep the reader's place, say what changed, say when the line is down
  let before = null;
  document.addEventListener("htmx:before:swap", () => {
    const queue = document.querySelector("[data-sm-queue]");
    const here = document.activeElement;
    before = { focused: here !== body, queue: Boolean(queue && queue.contains(here)), scroll: queue ? queue.scrollTop : 0 };
  });
  // This event comes from the new piece; the one after the swap may come from an element that is already gone.
  document.addEventListener("htmx:after:process", (event) => {
    const root = event.target instanceof Element ? event.target : body;
    enhance(root);
    if (!before) return;
    const was = before;
    before = null;
    const queue = document.querySelector("[data-sm-queue]");
    const current = queue && queue.querySelector("[data-sm-entry][aria-current]");
    if (queue) queue.scrollTop = was.scroll;
    if (current) current.scrollIntoView({ block: "nearest" });
    const land = (was.queue && current) || root.querySelector("[data-sm-land]");
    if (was.focused && land && document.activeElement === body) land.focus({ preventScroll: true });
    say(root.dataset.smSay || body.dataset.smLoaded);
  });
  document.addEventListener("htmx:finally:request", (event) => { const form = event.target instanceof Element && event.target.closest("form"); if (form) release(form); });
  document.addEventListener("htmx:error", () => { toast(body.dataset.smFailed); });

  function toast(words) {
    const place = document.getElementById("sm-toasts");
    if (!place) return;
    const box = document.createElement("div");
    box.className = "sm-toast";
    box.textContent = words;
    place.replaceChildren(box);
    say(words);
    setTimeout(() => box.remove(), 10000);
  }

  enhance(document);
})();
