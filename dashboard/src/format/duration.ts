/**
 * A duration in milliseconds as people read it: `0.42 ms`, `812 ms`, `1.24 s`, `2 m 05 s`, `1 h 02 m`.
 * Limits: not negative; rounds, and carries into the next unit when rounding reaches it.
 */
export function formatDuration(ms: number): string {
  if (ms === 0) return "0 ms"
  if (ms < 0.005) return "<0.01 ms"
  if (ms < 9.995) return `${trimZeros(ms.toFixed(2))} ms`
  if (ms < 999.5) return `${Math.round(ms)} ms`
  const seconds = ms / 1000
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const wholeSeconds = Math.round(seconds)
  if (wholeSeconds < 3600) return `${Math.floor(wholeSeconds / 60)} m ${twoDigits(wholeSeconds % 60)} s`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} m`
}

function trimZeros(text: string): string {
  return text.replace(/\.?0+$/, "")
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0")
}
