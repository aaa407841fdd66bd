// What the pages do beyond links and forms: menus that close, groups that stay open, forms that are sent once, the
// reader's own time.
"use strict";

const opened = new Map();

// Filter groups are drawn anew with each answer: they stay as the reader left them.
document.addEventListener("toggle", (event) => {
  if (event.target.matches(".facet, .more")) opened.set(event.target.id, event.target.open);
}, true);
document.addEventListener("htmx:oobAfterSwap", () => {
  for (const [id, open] of opened) {
    const group = document.getElementById(id);
    if (group) group.open = open;
  }
});

const results = () => document.getElementById("results");
document.addEventListener("htmx:beforeRequest", () => results()?.setAttribute("aria-busy", "true"));
document.addEventListener("htmx:afterRequest", () => results()?.removeAttribute("aria-busy"));

// Escape and a click outside close a menu; focus returns to its button.
function close(menu) {
  if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
  menu.open = false;
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.querySelectorAll(".menu[open]").forEach(close);
});
document.addEventListener("click", (event) => {
  document.querySelectorAll(".menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  if (event.target.closest("#done")) document.getElementById("filters").hidePopover();
});

// The second of two clicks sends nothing. A page that comes back from the history can be sent again.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

// The reader's own time beside the place's, where the two differ.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelector(".summary")?.focus();
  for (const own of document.querySelectorAll("[data-moment]")) {
    const moment = new Date(own.dataset.moment);
    const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(own.dataset.moment);
    const there = Number(sign + "1") * (Number(hours) * 60 + Number(minutes));
    if (-moment.getTimezoneOffset() === there) continue;
    const clock = new Intl.DateTimeFormat(own.dataset.locale, { hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
    own.textContent = own.dataset.text.replace("{time}", clock.format(moment));
    own.hidden = false;
  }
});
