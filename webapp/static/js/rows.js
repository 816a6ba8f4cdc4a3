// Rows of a form (targets, indicators) grow and shrink in place; without this file the same buttons ask the server.
(() => {
  "use strict";

  const rowsOf = (editor) => [...editor.querySelectorAll("[data-sm-row]")];

  // The next free index, so that a removed row never lends its number to a new one.
  function nextIndex(editor) {
    const pattern = new RegExp(`^${editor.dataset.smRows}-(\\d+)-`);
    const used = [...editor.querySelectorAll("[name]")].map((e) => pattern.exec(e.name)).filter(Boolean).map((m) => Number(m[1]));
    return Math.max(-1, ...used) + 1;
  }

  function empty(row) {
    row.querySelectorAll("input, select, textarea").forEach((field) => {
      if (field.type === "checkbox" || field.type === "radio") field.checked = field.defaultChecked = false;
      else if (field.tagName === "SELECT") field.selectedIndex = 0;
      else { field.value = ""; field.defaultValue = ""; }
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-describedby");
    });
    row.querySelectorAll(".sm-error-text").forEach((words) => words.remove());
  }

  function renumber(row, list, index) {
    const old = new RegExp(`(^|\\s)${list}-\\d+(?=-|$)`, "g");
    row.querySelectorAll("*").forEach((element) => {
      for (const name of ["id", "name", "for", "value", "aria-labelledby"]) {
        if (name === "value" && element.name !== "remove_row") continue;
        const value = element.getAttribute(name);
        if (value) element.setAttribute(name, value.replace(old, `$1${list}-${index}`));
      }
    });
  }

  function add(editor) {
    const rows = rowsOf(editor);
    if (!rows.length) return false;
    const row = rows[rows.length - 1].cloneNode(true);
    renumber(row, editor.dataset.smRows, nextIndex(editor));
    empty(row);
    rows[rows.length - 1].after(row);
    focusFirst(row);
    changed(editor);
    return true;
  }

  function remove(editor, row) {
    const rows = rowsOf(editor);
    const place = rows.indexOf(row);
    if (rows.length === 1) empty(row);
    else row.remove();
    const left = rowsOf(editor);
    focusFirst(left[Math.min(place, left.length - 1)]);
    changed(editor);
  }

  function focusFirst(row) {
    const field = row && row.querySelector("input:not([type=hidden]), select, textarea");
    if (field) field.focus();
  }

  function changed(editor) {
    editor.dispatchEvent(new Event("change", { bubbles: true }));
  }

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-sm-rows-add], [data-sm-rows-remove]");
    const editor = button && button.closest("[data-sm-rows]");
    if (!editor) return;
    if (button.hasAttribute("data-sm-rows-remove")) {
      event.preventDefault();
      remove(editor, button.closest("[data-sm-row]"));
    } else if (add(editor)) event.preventDefault();
  });

  // Alt with an arrow moves the row that holds the focus up or down.
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown") || !(event.target instanceof Element)) return;
    const row = event.target.closest("[data-sm-row]");
    const other = row && (event.key === "ArrowUp" ? row.previousElementSibling : row.nextElementSibling);
    if (!other) return;
    event.preventDefault();
    swap(row, other);
  });

  // Values change places, not rows: the server reads rows in the order of their numbers.
  function swap(one, two) {
    const fields = (row) => [...row.querySelectorAll("input, select, textarea")];
    const others = fields(two);
    fields(one).forEach((field, i) => {
      const twin = others[i];
      if (!twin) return;
      if (field.type === "checkbox" || field.type === "radio") [field.checked, twin.checked] = [twin.checked, field.checked];
      else [field.value, twin.value] = [twin.value, field.value];
    });
    const at = fields(one).indexOf(document.activeElement);
    if (at >= 0 && others[at]) others[at].focus();
    changed(one.closest("[data-sm-rows]"));
  }
})();
