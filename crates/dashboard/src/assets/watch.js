// What a page shows while it is open: which looks run, and what they ended with. Everything works without it.
"use strict";

(function () {
  // Browsers open a stream again by themselves; where the server is gone for long, ask less and less often.
  const FIRST_WAIT = 2000;
  const LONGEST_WAIT = 60000;
  // Lines of progress that are shown at once.
  const MOST = 5;

  for (const button of document.querySelectorAll("button[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  }

  const place = document.getElementById("live");
  if (!place || !("EventSource" in window)) return;

  const status = place.querySelector("[data-live-status]");
  const list = place.querySelector("[data-live-list]");
  const fresh = place.querySelector("[data-live-fresh]");
  const only = place.dataset.target || null;
  const QUIET = only === null ? "No look is under way." : "No look at it is under way.";
  const names = new Map();
  const running = new Map();
  let ended = 0;
  let wait = FIRST_WAIT;
  let source = null;

  for (const one of document.querySelectorAll("[data-target-name]")) {
    names.set(one.dataset.targetName, one.textContent);
  }

  function show() {
    list.replaceChildren();
    status.textContent = running.size > 0 ? "" : QUIET;
    let left = MOST;
    for (const [target, step] of running) {
      if (left-- === 0) break;
      const line = document.createElement("li");
      const name = document.createElement("b");
      name.textContent = names.get(target) || target;
      line.append(name, " ", step.what || "started");
      if (step.of) {
        const bar = document.createElement("progress");
        bar.max = step.of;
        bar.value = Math.min(step.done, step.of);
        bar.setAttribute("aria-label", "How far the look at " + name.textContent + " is");
        line.append(" ", bar);
      }
      list.append(line);
    }
    if (running.size > MOST) {
      const more = document.createElement("li");
      more.textContent = "and " + (running.size - MOST) + " more";
      list.append(more);
    }
  }

  function ofInterest(target) { return only === null || only === target; }

  function take(progress) {
    switch (progress.progress) {
      case "started":
        if (ofInterest(progress.target)) running.set(progress.target, { what: "", done: 0, of: null });
        break;
      case "step":
        if (ofInterest(progress.target)) running.set(progress.target, progress);
        break;
      case "ended":
        running.delete(progress.target);
        if (ofInterest(progress.target)) {
          ended += 1;
          fresh.hidden = false;
          const row = document.querySelector('[data-row="' + CSS.escape(progress.target) + '"]');
          if (row) row.classList.add("stale");
        }
        break;
      case "targets":
      case "event":
        if (only === null) fresh.hidden = false;
        break;
      case "missed":
        // More happened than could be sent: what runs is not known any more.
        running.clear();
        fresh.hidden = false;
        break;
    }
    if (ended > 0) {
      fresh.querySelector("[data-live-count]").textContent =
        ended === 1 ? "A look has ended since this page was made." : ended + " looks have ended since this page was made.";
    }
  }

  let drawing = false;
  function draw() {
    if (drawing) return;
    drawing = true;
    window.requestAnimationFrame(function () { drawing = false; show(); });
  }

  function open() {
    source = new EventSource("/events/stream" + (only === null ? "" : "?target=" + encodeURIComponent(only)));
    source.addEventListener("open", function () {
      wait = FIRST_WAIT;
      place.hidden = false;
      show();
    });
    source.addEventListener("message", function (message) {
      let progress;
      try { progress = JSON.parse(message.data); } catch { return; }
      take(progress);
      draw();
    });
    source.addEventListener("error", function () {
      status.textContent = "No connection to the daemon; trying again.";
      if (source.readyState !== EventSource.CLOSED) return;
      window.setTimeout(open, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    });
  }

  // A page that nobody sees keeps no connection.
  document.addEventListener("visibilitychange", function () {
    if (document.hidden) {
      if (source) source.close();
      source = null;
    } else if (!source) {
      running.clear();
      open();
    }
  });
  if (!document.hidden) open();
})();
