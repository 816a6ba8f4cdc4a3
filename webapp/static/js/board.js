// Cards of the board can be dragged along the steps their menu allows; without this file the menu does the same.
(() => {
  "use strict";
  const board = document.querySelector("[data-sm-board]");
  if (!board || !window.Sortable) return;
  const lanes = [...board.querySelectorAll(".sm-lane")];
  const ways = (card) => [...card.querySelectorAll("[data-sm-to]")];
  const mark = (card) => {
    const open = new Set(card ? ways(card).map((way) => Number(way.dataset.smTo)) : []);
    lanes.forEach((lane, number) => lane.classList.toggle("sm-lane-open", open.has(number)));
  };
  const toast = (words) => {
    const place = document.getElementById("sm-toasts");
    const box = document.createElement("div");
    box.className = "sm-toast";
    box.textContent = words;
    place.replaceChildren(box);
    if (window.smSay) window.smSay(words);
    setTimeout(() => box.remove(), 10000);
  };

  lanes.forEach((lane) => {
    window.Sortable.create(lane, {
      group: "tasks", draggable: ".sm-card", filter: "summary, button, a, .sm-menu-list", preventOnFilter: false, sort: false,
      // The same way of dragging for mouse, pen and finger: the browsers' own differs between them and loses quick moves.
      forceFallback: true, fallbackOnBody: true, fallbackTolerance: 4,
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
      onStart: (event) => mark(event.item), onEnd: dropped,
    });
  });

  // The server decides: a card stays in its new lane only after the page has been read again.
  function dropped(event) {
    mark(null);
    if (event.from === event.to) return;
    const way = ways(event.item).find((one) => one.dataset.smTo === String(lanes.indexOf(event.to)));
    if (!way) return back(event, refused(event.item));
    if (way.tagName === "A") { location.assign(way.href); return; }
    event.item.setAttribute("aria-busy", "true");
    fetch(way.action, { method: "POST", body: new FormData(way), redirect: "manual" }).then((answer) => {
      if (answer.type === "opaqueredirect" || answer.ok) location.reload();
      else back(event, board.dataset.smRefused);
    }, () => back(event, board.dataset.smFailed));
  }

  function refused(card) {
    const names = ways(card).map((way) => way.textContent.trim());
    return names.length ? board.dataset.smRefused + board.dataset.smWays + names.join(board.dataset.smComma) : board.dataset.smRefused;
  }

  function back(event, words) {
    event.item.removeAttribute("aria-busy");
    event.from.insertBefore(event.item, event.from.querySelectorAll(".sm-card")[event.oldDraggableIndex] || event.from.querySelector(".sm-lane-more"));
    toast(words);
  }
})();
