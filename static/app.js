// Comfort only: every page works without this file.
(() => {
  "use strict";
  const root = document.documentElement;

  const nameToggle = (button) => {
    const isDark = root.getAttribute("data-bs-theme") === "dark";
    button.setAttribute("aria-label", isDark ? "Switch to light colours" : "Switch to dark colours");
  };
  for (const button of document.querySelectorAll("[data-theme-toggle]")) {
    nameToggle(button);
    button.addEventListener("click", () => {
      const next = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
      try { localStorage.setItem("theme", next); } catch { /* private window: this page only */ }
      root.setAttribute("data-bs-theme", next);
      nameToggle(button);
    });
  }

  // A second click on a slow line must not send a form twice; the server refuses it as well.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.getAttribute("aria-busy") === "true") { event.preventDefault(); return; }
    form.setAttribute("aria-busy", "true");
  });
  // Coming back with the browser's own button shows the page as it was left: wake it up.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[aria-busy]")) form.removeAttribute("aria-busy");
  });

  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-auto-submit]");
    if (form) form.requestSubmit();
  });

  // Enter in the desk's search checks in the one member found, if the list answers these very letters.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.id !== "q") return;
    const button = document.querySelector("[data-enter]");
    if (!button || button.form.elements.q.value !== event.target.value) return;
    event.preventDefault();
    button.form.requestSubmit(button);
  });

  // A session that ended while somebody typed: show the sign-in page itself, not a piece of it.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (new URL(event.detail.xhr.responseURL, location.href).pathname !== "/login") return;
    event.detail.shouldSwap = false;
    location.reload();
  });

  const firstWrong = document.querySelector("[aria-invalid=true]");
  if (firstWrong) firstWrong.focus();
})();
