// Parts of a page that their service sends anew, as server-sent events; while the page isn't in sight nothing is asked.
"use strict";

const AGAIN_SECONDS = 10;

function follow(part) {
  const events = new EventSource(part.dataset.live);
  const off = part.parentElement.querySelector(".not-live");
  events.addEventListener("message", (event) => {
    part.innerHTML = event.data;
    off.hidden = true;
  });
  events.addEventListener("error", () => {
    off.hidden = false;
    if (events.readyState === EventSource.CLOSED) {
      part.again = setTimeout(() => begin(part), AGAIN_SECONDS * 1000);
    }
  });
  return events;
}

function begin(part) {
  end(part);
  if (!document.hidden) part.events = follow(part);
}

function end(part) {
  clearTimeout(part.again);
  part.events?.close();
}

const parts = document.querySelectorAll("[data-live]");
parts.forEach(begin);
document.addEventListener("visibilitychange", () => parts.forEach(begin));
