const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 })

/** A whole number with its thousands grouped: `12,480`. */
export function formatCount(count: number): string {
  return grouped.format(count)
}

const units = ["B", "KB", "MB", "GB", "TB"] as const

/** A size in bytes, in powers of 1024: `812 B`, `1.5 KB`, `12 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  const text = unit === 0 || value >= 9.95 ? String(Math.round(value)) : value.toFixed(1)
  return `${text} ${units[unit]}`
}

/** A count with its noun in the right number: `1 request`, `12 requests`. */
export function formatQuantity(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`
}
