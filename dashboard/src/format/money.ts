/** Decimals that are always shown, and figures that count below one dollar. */
const cents = 2
const significantDigits = 3

/**
 * An exact decimal amount of USD as people read it: whole cents from one dollar up, three significant digits below, so that
 * `0.000123` stays `$0.000123`. Works on the text, never on a binary float. Null when the text is not a decimal number.
 */
export function formatUsd(exact: string): string | null {
  const [, sign, whole, fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(exact) ?? []
  if (sign === undefined || whole === undefined) return null
  const digits = BigInt(whole + fraction)
  if (digits === 0n) return "$0"
  const scale = fraction.length
  const text = toFixed(digits, scale, decimalsFor(digits, scale))
  return `${sign === "-" ? "−" : ""}$${text}`
}

/** How many decimals keep three significant digits of an amount below one, and two of anything else. */
function decimalsFor(digits: bigint, scale: number): number {
  const length = digits.toString().length
  if (length > scale) return cents
  const leadingZeros = scale - length
  return Math.max(cents, leadingZeros + significantDigits)
}

/** Rounds half away from zero, drops zeros past the cents, and groups the thousands. */
function toFixed(digits: bigint, scale: number, decimals: number): string {
  const divisor = 10n ** BigInt(Math.max(0, scale - decimals))
  const rounded = scale > decimals ? (digits + divisor / 2n) / divisor : digits * 10n ** BigInt(decimals - scale)
  const padded = rounded.toString().padStart(decimals + 1, "0")
  const whole = padded.slice(0, -decimals).replace(/\B(?=(\d{3})+$)/g, ",")
  const fraction = padded.slice(-decimals)
  let end = fraction.length
  while (end > cents && fraction.charAt(end - 1) === "0") end -= 1
  return `${whole}.${fraction.slice(0, end)}`
}
