// Suggestions under a search box while somebody types; the box works the same without this file.
(() => {
  "use strict";
  const WAIT = 120;
  let boxes = 0;

  function suggest(input) {
    const list = document.createElement("ul");
    list.id = `sm-offers-${boxes++}`;
    list.className = "sm-offers";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", input.getAttribute("aria-label") || input.placeholder);
    list.hidden = true;
    input.parentElement.append(list);
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id], ["autocomplete", "off"]]) input.setAttribute(name, value);
    let timer = 0, asked = "", request = null, chosen = -1, typed = "";

    const offers = () => [...list.children];
    function close() {
      list.hidden = true;
      chosen = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }
    function mark(at) {
      chosen = at;
      offers().forEach((offer, i) => offer.setAttribute("aria-selected", String(i === at)));
      if (at < 0) { input.value = typed; input.removeAttribute("aria-activedescendant"); return; }
      input.value = offers()[at].textContent;
      input.setAttribute("aria-activedescendant", offers()[at].id);
    }
    async function ask() {
      typed = input.value;
      const words = typed.trim();
      if (words === asked && !list.hidden) return;
      asked = words;
      if (request) request.abort();
      if (!words) return close();
      request = new AbortController();
      try {
        const answer = await fetch(`${input.dataset.smSuggest}?q=${encodeURIComponent(words)}`, { signal: request.signal, headers: { Accept: "text/html" } });
        if (!answer.ok || document.activeElement !== input) return close();
        list.innerHTML = await answer.text();
      } catch { return; }
      offers().forEach((offer, i) => { offer.id = `${list.id}-${i}`; });
      chosen = -1;
      list.hidden = !offers().length;
      input.setAttribute("aria-expanded", String(!list.hidden));
    }

    input.addEventListener("input", (event) => { if (event.isComposing) return; clearTimeout(timer); timer = setTimeout(ask, WAIT); });
    input.addEventListener("compositionend", () => { clearTimeout(timer); timer = setTimeout(ask, WAIT); });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing || list.hidden) return;
      if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); mark(-1); return close(); }
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      event.preventDefault();
      const count = offers().length + 1;
      mark((chosen + 1 + (event.key === "ArrowDown" ? 1 : count - 1)) % count - 1);
    });
    input.addEventListener("blur", () => setTimeout(close, 150));
    list.addEventListener("mousedown", (event) => {
      const offer = event.target.closest("[data-sm-offer]");
      if (!offer) return;
      event.preventDefault();
      input.value = offer.textContent;
      close();
      input.form.requestSubmit();
    });
  }

  document.querySelectorAll("input[data-sm-suggest]").forEach(suggest);
})();
