// Reads a chart's numbers from the table behind it, under the pointer or by the arrow keys. Without this script the table is still there.
"use strict";
for (const chart of document.querySelectorAll(".chart")) {
  const table = chart.closest("figure").querySelector("details table");
  const rows = [...table.tBodies[0].rows].reverse();
  const heads = [...table.tHead.rows[0].cells];
  const cells = chart.dataset.kind === "cells";
  const line = chart.appendChild(document.createElement("div"));
  const tip = chart.appendChild(document.createElement("div"));
  let index = rows.length - 1;
  line.className = "crosshair";
  tip.className = "tip";
  tip.setAttribute("role", "status");
  chart.tabIndex = 0;
  chart.setAttribute("role", "group");
  chart.setAttribute("aria-label", "Left and right arrow keys read the values");

  const hide = () => { line.hidden = tip.hidden = true; };
  const show = (next) => {
    index = Math.max(0, Math.min(rows.length - 1, next));
    const share = cells ? (index + 0.5) / rows.length : index / Math.max(rows.length - 1, 1);
    const row = rows[index].cells;
    tip.replaceChildren(Object.assign(document.createElement("b"), { textContent: row[0].textContent + " UTC" }));
    for (let column = heads.length - 1; column > 0; column -= 1) {
      if (cells && /^0\D*$/.test(row[column].textContent)) continue; // an empty bucket
      tip.append(document.createElement("br"), heads[column].textContent + "\u2002" + row[column].textContent);
    }
    line.hidden = tip.hidden = false;
    const plot = chart.querySelector("svg.plot");
    Object.assign(line.style, { left: 100 * share + "%", top: "18px", height: plot.clientHeight - 40 + "px" });
    const room = chart.clientWidth - tip.offsetWidth;
    const left = share * chart.clientWidth;
    Object.assign(tip.style, { left: Math.max(0, Math.min(room, left + (share < 0.5 ? 12 : -12 - tip.offsetWidth))) + "px", top: "24px" });
  };
  hide();
  chart.addEventListener("pointermove", (event) => {
    const share = (event.clientX - chart.getBoundingClientRect().left) / chart.clientWidth;
    show(cells ? Math.floor(share * rows.length) : Math.round(share * (rows.length - 1)));
  });
  chart.addEventListener("pointerleave", hide);
  chart.addEventListener("blur", hide);
  chart.addEventListener("focus", () => show(index));
  chart.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -rows.length, End: rows.length }[event.key];
    if (event.key === "Escape") hide();
    if (steps === undefined) return;
    event.preventDefault();
    show(index + steps);
  });
}
