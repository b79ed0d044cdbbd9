/** The colours a canvas is drawn with. */
export interface ChartColours {
  readonly ink: string
  readonly grid: string
  readonly lines: readonly string[]
}

/**
 * The page's tokens as a canvas takes them. A token names its light and its dark value, and only an element that uses it knows
 * which of them counts.
 */
export function readChartColours(within: HTMLElement): ChartColours {
  const probe = document.createElement("span")
  within.append(probe)
  const read = (token: string): string => {
    probe.style.color = `var(--${token})`
    return getComputedStyle(probe).color
  }
  const colours = { ink: read("ink-mute"), grid: read("line"), lines: ["chart-1", "chart-2", "chart-3"].map(read) }
  probe.remove()
  return colours
}

/** Calls back whenever the theme changes: the reader's choice, or the system's. Returns what ends it. */
export function watchTheme(onChange: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)")
  const chosen = new MutationObserver(onChange)
  system.addEventListener("change", onChange)
  chosen.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] })
  return () => {
    system.removeEventListener("change", onChange)
    chosen.disconnect()
  }
}
