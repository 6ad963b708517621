// Loaded before the first paint, so that a dark room stays dark while the page comes.
(() => {
  "use strict";
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try { return localStorage.getItem("theme"); } catch { return null; }
  };
  const apply = () => root.setAttribute("data-bs-theme", chosen() ?? (dark.matches ? "dark" : "light"));
  dark.addEventListener("change", apply);
  root.classList.add("js");
  apply();
})();
