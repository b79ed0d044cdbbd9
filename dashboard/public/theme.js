// Runs before the first paint, so that a chosen theme never flashes the other one. The strict CSP allows no inline script.
try {
  const theme = localStorage.getItem("sluice-theme")
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme
} catch {
  // Storage may be forbidden; the system's theme is shown then.
}
