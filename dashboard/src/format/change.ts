/** How a figure moved since the period before. */
export interface Change {
  readonly direction: "up" | "down" | "same"
  /** Without its sign: the arrow beside it says the direction. */
  readonly text: string
}

/** The change of an amount, in percent of the one before, or as a factor from ten times on. Null when there was nothing before. */
export function toChange(current: number, previous: number): Change | null {
  if (previous === 0) return current === 0 ? { direction: "same", text: "same" } : null
  const ratio = current / previous
  if (ratio >= 10) return { direction: "up", text: `${Math.round(ratio).toLocaleString("en-US")} times` }
  return describe((ratio - 1) * 100, "%")
}

/** The change of a share between 0 and 1, in percentage points. */
export function toPointsChange(current: number, previous: number): Change {
  return describe((current - previous) * 100, "points")
}

function describe(change: number, unit: string): Change {
  const size = Math.abs(change)
  const text = size < 9.95 ? size.toFixed(1) : String(Math.round(size))
  if (Number(text) === 0) return { direction: "same", text: "same" }
  return { direction: change > 0 ? "up" : "down", text: `${text.replace(/\.0$/, "")} ${unit}` }
}
