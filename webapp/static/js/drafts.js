// What cannot reach the server while somebody writes is kept in this browser, and sent once the line is back.
(() => {
  "use strict";
  const form = document.querySelector("form[data-sm-draft]");
  if (!form || !window.localStorage) return;
  const key = `sm-draft-${form.dataset.smDraft}`;
  const offline = document.querySelector("[data-sm-offline]");
  const local = document.querySelector("[data-sm-local]");
  let waiting = null;

  // Where the form cannot ask by itself, an element in it does so once the writing pauses.
  const saver = form.querySelector("[data-sm-saver]");
  let pause = null;
  if (saver) ["input", "change"].forEach((name) => form.addEventListener(name, () => {
    clearTimeout(pause);
    pause = setTimeout(() => saver.dispatchEvent(new CustomEvent("sm-save")), 1500);
  }));

  const typed = () => [...new FormData(form).entries()].filter(([name, value]) => typeof value === "string" && !["csrf_token", "version", "submission"].includes(name));
  const forget = () => { try { localStorage.removeItem(key); } catch { /* a full or closed store loses only the copy */ } };

  function keep() {
    try { localStorage.setItem(key, JSON.stringify(typed())); } catch { /* said on the page all the same */ }
    if (offline) offline.hidden = false;
    clearTimeout(waiting);
    waiting = setTimeout(again, 15000);
  }
  function again() { form.dispatchEvent(new Event("change", { bubbles: true })); }
  function kept() {
    clearTimeout(waiting);
    forget();
    if (offline) offline.hidden = true;
    if (local) local.hidden = true;
  }

  document.addEventListener("htmx:error", keep);
  document.addEventListener("htmx:after:swap", () => {
    if (document.querySelector("[data-sm-unsaved]")) keep();
    else if (document.querySelector("[data-sm-kept]")) kept();
  });
  window.addEventListener("online", again);

  // Once it is handed in nothing more is kept of it: what arrived late would come back into the next form.
  let handedIn = false;
  form.addEventListener("submit", (event) => { handedIn = !event.defaultPrevented; clearTimeout(pause); clearTimeout(waiting); setTimeout(forget, 0); });
  window.addEventListener("pageshow", () => { handedIn = false; });
  // Files go along once, when the form is handed in, and not with each saving in between.
  form.addEventListener("formdata", (event) => { if (!handedIn) event.formData.delete("files"); });
  document.addEventListener("htmx:before:request", (event) => { if (handedIn) event.preventDefault(); });

  // A copy left by an earlier visit is offered, never put back by itself.
  let left = null;
  try { left = JSON.parse(localStorage.getItem(key) || "null"); } catch { forget(); }
  if (!Array.isArray(left) || !local) return;
  local.hidden = false;
  local.querySelector("[data-sm-local-drop]").addEventListener("click", () => { forget(); local.hidden = true; });
  local.querySelector("[data-sm-local-take]").addEventListener("click", () => { restore(left); local.hidden = true; again(); });

  function restore(entries) {
    for (const [name] of entries) while (!form.elements.namedItem(name) && grow(name)) { /* rows until the name is there */ }
    const many = new Map();
    for (const [name, value] of entries) many.set(name, [...(many.get(name) || []), value]);
    for (const element of form.elements) {
      if (!element.name || !many.has(element.name)) {
        if (element.type === "checkbox") element.checked = false;
        continue;
      }
      const values = many.get(element.name);
      if (element.type === "checkbox" || element.type === "radio") element.checked = values.includes(element.value);
      else if (element.type !== "hidden" && element.type !== "submit") element.value = values[0];
    }
  }
  function grow(name) {
    const list = /^(\w+)-\d+-/.exec(name);
    const editor = list && form.querySelector(`[data-sm-rows="${list[1]}"]`);
    if (!editor || editor.querySelectorAll("[data-sm-row]").length > 60) return false;
    editor.querySelector("[data-sm-rows-add]").click();
    return true;
  }
})();
