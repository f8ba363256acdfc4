// Makes tables sortable and keeps a live page current. Pages can be read without it.
"use strict";

const value = (row, column) => {
  const cell = row.children[column];
  const sort = cell?.dataset.sort ?? cell?.textContent.trim() ?? "";
  return sort === "" || isNaN(sort) ? sort : Number(sort);
};

const sort = (table, column, descending) => {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  rows.sort((a, b) => {
    const [x, y] = [value(a, column), value(b, column)];
    return typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y));
  });
  body.append(...(descending ? rows.reverse() : rows));
  [...table.tHead.rows[0].cells].forEach((cell, at) => {
    if (at === column) cell.setAttribute("aria-sort", descending ? "descending" : "ascending");
    else cell.removeAttribute("aria-sort");
  });
};

const prepare = (root) => {
  root.querySelectorAll("table.sortable").forEach((table) => {
    [...table.tHead.rows[0].cells].forEach((cell, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = cell.textContent;
      button.addEventListener("click", () => sort(table, column, cell.getAttribute("aria-sort") === "ascending"));
      cell.replaceChildren(button);
    });
  });
  root.querySelectorAll("form.kill").forEach((form) => {
    form.addEventListener("submit", (event) => {
      if (!confirm(form.querySelector("button").dataset.confirm)) event.preventDefault();
    });
  });
};

// What a person has changed on a page, by place: which details are open, how tables are sorted.
const state = (main) => ({
  open: [...main.querySelectorAll("details")].map((details) => details.open),
  sorted: [...main.querySelectorAll("table.sortable")].map((table) => {
    const column = [...table.tHead.rows[0].cells].findIndex((cell) => cell.hasAttribute("aria-sort"));
    return [column, table.tHead.rows[0].cells[column]?.getAttribute("aria-sort") === "descending"];
  }),
  scrolled: [...main.querySelectorAll(".wide, pre")].map((element) => [element.scrollLeft, element.scrollTop]),
});

const restore = (main, kept) => {
  [...main.querySelectorAll("details")].forEach((details, at) => {
    if (kept.open[at] !== undefined) details.open = kept.open[at];
  });
  [...main.querySelectorAll("table.sortable")].forEach((table, at) => {
    const [column, descending] = kept.sorted[at] ?? [-1];
    if (column >= 0) sort(table, column, descending);
  });
  [...main.querySelectorAll(".wide, pre")].forEach((element, at) => {
    const [left, top] = kept.scrolled[at] ?? [0, 0];
    element.scrollTo(left, top);
  });
};

const refresh = async () => {
  const main = document.querySelector("main");
  // Someone who selects text or is about to press a button must not have it taken away.
  if (!getSelection().isCollapsed || main.querySelector(":focus")) return;
  const response = await fetch(location.href, { credentials: "same-origin" });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.querySelector("main");
  const kept = state(main);
  prepare(fresh);
  main.replaceChildren(...fresh.childNodes);
  restore(main, kept);
};

const follow = () => {
  const button = document.querySelector("#live");
  if (!button || document.body.dataset.live !== "yes") return;
  let changes;
  let late = false;
  let busy = false;
  const changed = async () => {
    late = document.hidden;
    if (late || busy) return;
    busy = true;
    try { await refresh(); } finally { busy = false; }
  };
  const show = (on) => {
    button.setAttribute("aria-pressed", String(on));
    button.textContent = `Live updates: ${on ? "on" : "off"}`;
    changes?.close();
    changes = on ? new EventSource("/changes") : undefined;
    if (changes) changes.onmessage = changed;
  };
  document.addEventListener("visibilitychange", () => { if (late) changed(); });
  button.hidden = false;
  button.addEventListener("click", () => show(button.getAttribute("aria-pressed") !== "true"));
  show(true);
};

prepare(document);
follow();
