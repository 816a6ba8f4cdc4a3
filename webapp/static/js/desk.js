// The broker's desk: ticks, digits that press a reason, the list of keys, and the ticks that stay. The page works without it.
(() => {
  "use strict";
  const desk = () => document.getElementById("desk");
  let ticked = new Set();
  const off = () => document.body.dataset.smKeys === "off" || document.querySelector("dialog[open]");
  const typing = (t) => t instanceof Element && t.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;

  // A digit presses its reason also while the list of reasons is shut; X ticks the pair that is open.
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey || typing(event.target) || off()) return;
    if (/^[1-9]$/.test(event.key)) {
      const button = desk() && desk().querySelector(`[data-sm-digit="${event.key}"]`);
      if (button) { event.preventDefault(); button.click(); }
    } else if (event.key.toLowerCase() === "x") {
      const box = desk() && desk().querySelector("[data-sm-entry][aria-current]")?.closest("li")?.querySelector("[data-sm-tick]");
      if (box) { event.preventDefault(); box.checked = !box.checked; count(); }
    }
  });

  // While pairs are ticked, the letters of an act are meant for all of them.
  document.addEventListener("keydown", (event) => {
    if (!ticked.size || event.isComposing || event.ctrlKey || event.altKey || event.metaKey || typing(event.target) || off()) return;
    const form = document.getElementById("bulk");
    const key = event.key.toLowerCase();
    const act = { s: "shortlist", e: "review", c: "claim" }[key];
    const reason = /^[1-9]$/.test(key) && desk().querySelector(`[data-sm-digit="${key}"]`);
    if (!form || (!act && !reason)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (reason) {
      const select = form.elements.quick;
      select.value = reason.value;
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }
    form.querySelector(`button[value="${act || "reject"}"]`).click();
  }, true);

  document.addEventListener("click", (event) => {
    const opener = event.target instanceof Element && event.target.closest("[data-sm-dialog]");
    if (opener) { const dialog = document.getElementById(opener.dataset.smDialog); if (dialog && dialog.showModal) dialog.showModal(); }
    if (event.target instanceof Element && event.target.closest("[data-sm-tick-all]")) {
      const boxes = [...document.querySelectorAll("[data-sm-tick]")];
      const all = boxes.some((box) => !box.checked);
      boxes.forEach((box) => { box.checked = all; });
      count();
    }
  });

  // Ticks stand outside the form, and a swap takes the locks off its buttons: they look again at what is given.
  const look = () => document.getElementById("bulk")?.dispatchEvent(new Event("change"));
  document.addEventListener("htmx:after:swap", look);

  // Ticks outlive a swap of the desk: what was ticked stays ticked while its entry is there.
  function count() {
    const boxes = [...document.querySelectorAll("[data-sm-tick]")];
    ticked = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const bulk = document.querySelector("[data-sm-bulk]");
    if (!bulk) return;
    const words = bulk.querySelector("[data-sm-ticked]");
    words.textContent = ticked.size ? words.dataset.smWords.replace("0", ticked.size) : "";
    words.hidden = !ticked.size;
    bulk.querySelector("[data-sm-unticked]").hidden = Boolean(ticked.size);
    bulk.open = Boolean(ticked.size);
    look();
    if (window.smSay && ticked.size) window.smSay(words.textContent);
  }
  document.addEventListener("change", (event) => { if (event.target instanceof Element && event.target.matches("[data-sm-tick]")) count(); });

  function enhance() {
    document.querySelectorAll("[data-sm-tick-all]").forEach((button) => { button.hidden = false; });
    document.querySelectorAll("[data-sm-tick]").forEach((box) => { if (ticked.has(box.value)) box.checked = true; });
    if (ticked.size) count();
    else look();
  }
  document.addEventListener("htmx:after:process", enhance);
  window.addEventListener("pageshow", count);  // ticks a browser puts back by itself
  enhance();
})();
