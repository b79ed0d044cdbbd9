/**
 * Money without binary fractions. A rate is a bigint count of 1e-15 USD, a cost one of 1e-12 USD: what
 * `model_pricing` (`numeric(24,15)`) and `request_logs.cost_usd` (`numeric(24,12)`) hold.
 */

/** Decimal places of a rate per token. */
export const ratePlaces = 15

/** Decimal places of a cost. */
export const costPlaces = 12

const decimalPattern = /^([0-9]+)(?:\.([0-9]+))?(?:e([+-]?[0-9]{1,3}))?$/i

/**
 * A non-negative decimal text as a whole number of 10^-places, exactly.
 * @throws RangeError when the text is not a decimal, or has digits finer than that
 */
export function parseDecimal(text: string, places: number): bigint {
  const parts = decimalPattern.exec(text)
  if (!parts) throw new RangeError(`not a decimal number: ${text}`)
  const [, whole = "0", fraction = "", exponent = "0"] = parts
  const shift = places - fraction.length + Number(exponent)
  const digits = BigInt(whole + fraction)
  if (shift >= 0) return digits * 10n ** BigInt(shift)
  const divisor = 10n ** BigInt(-shift)
  if (digits % divisor !== 0n) throw new RangeError(`more than ${places} decimal places: ${text}`)
  return digits / divisor
}

/** A whole number of 10^-places as decimal text, with no zero that says nothing: `0.054399`, `3`, `0`. */
export function formatDecimal(value: bigint, places: number): string {
  const digits = value.toString().padStart(places + 1, "0")
  return trimDecimal(places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`)
}

/** The same number without trailing zeros after the point: PostgreSQL pads a `numeric` to its scale. */
export function trimDecimal(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text
}

/** A sum of rate × tokens (1e-15 USD) as a cost: rounded half to even at 12 places, as decimal text. */
export function toCostUsd(total: bigint): string {
  const unit = 10n ** BigInt(ratePlaces - costPlaces)
  const quotient = total / unit
  const twice = (total % unit) * 2n
  const up = twice > unit || (twice === unit && quotient % 2n === 1n)
  return formatDecimal(up ? quotient + 1n : quotient, costPlaces)
}

/** A rate per token as people quote it: USD per million tokens, exact decimal text. */
export function toPerMillionUsd(rate: bigint): string {
  return formatDecimal(rate * 1_000_000n, ratePlaces)
}

/** As `toPerMillionUsd`, from the table's decimal text. @throws RangeError for what is no decimal */
export const toPerMillionText = (perToken: string): string => toPerMillionUsd(parseDecimal(perToken, ratePlaces))
