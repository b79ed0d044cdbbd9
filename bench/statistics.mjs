/**
 * The value below which a share of the values lies, interpolated between neighbours.
 * @param sorted ascending
 * @param share from 0 to 1
 * @returns null of nothing
 */
export function percentile(sorted, share) {
  if (sorted.length === 0) return null
  const position = share * (sorted.length - 1)
  const below = Math.floor(position)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below)
}

/** Count, p50, p99, p99.9 and greatest of unsorted values; null figures of nothing. */
export function summarise(values) {
  const sorted = Float64Array.from(values).sort()
  return {
    count: sorted.length,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    p999: percentile(sorted, 0.999),
    max: sorted.length === 0 ? null : sorted[sorted.length - 1],
  }
}

/** The middle of some rounds with their least and greatest; rounds without a figure do not count. Null of none. */
export function spread(values) {
  const sorted = values.filter((value) => typeof value === "number" && Number.isFinite(value)).sort((a, b) => a - b)
  if (sorted.length === 0) return null
  return { median: percentile(sorted, 0.5), min: sorted[0], max: sorted[sorted.length - 1] }
}

/** Two-sided 95 % points of Student's t, by degrees of freedom; the last serves for all above. */
const studentT = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042, 2.0,
]

/**
 * The least-squares slope of `points` ([x, y]), per unit of x, with its 95 % interval. Assumes independent errors: samples taken
 * seconds apart are not, so average them first (`averageOver`).
 * @returns null of fewer than three points, or of points at one x
 */
export function fitSlope(points) {
  const count = points.length
  if (count < 3) return null
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / count
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / count
  const squares = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
  if (squares === 0) return null
  const slope = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / squares
  const residual = points.reduce((sum, [x, y]) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0)
  const error = Math.sqrt(residual / (count - 2) / squares)
  const t = studentT[Math.min(count - 3, studentT.length - 1)]
  return { slope, low: slope - t * error, high: slope + t * error }
}

/** Points averaged in windows of `width` along x, one point a window, so that what is left of their errors is nearly independent. */
export function averageOver(points, width) {
  const windows = new Map()
  for (const point of points) {
    const index = Math.floor(point[0] / width)
    windows.set(index, [...(windows.get(index) ?? []), point])
  }
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
  return [...windows.values()].map((window) => [mean(window.map(([x]) => x)), mean(window.map(([, y]) => y))])
}
