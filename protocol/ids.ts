/**
 * Public identifiers: a prefix that names the noun, and a UUIDv7 in Crockford's base 32 (26 lower-case characters), so
 * that ids of one noun sort by the time they were made. The database stores the plain UUID; only this text form leaves.
 */

/** Every noun that has a public id, with its prefix. */
export const idPrefixes = {
  organization: "org",
  workspace: "wsp",
  project: "prj",
  user: "usr",
  session: "ses",
  member: "mem",
  apiKey: "key",
  credential: "crd",
  request: "req",
  customModel: "mdl",
  gateway: "gtw",
  routingRule: "rul",
} as const

export type IdNoun = keyof typeof idPrefixes

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
const uuidLength = 36

/** Two characters for each ten bits: an id is made for every request, and by the character it took three microseconds. */
const pairs = Array.from({ length: 1024 }, (_, bits) => alphabet.charAt(bits >> 5) + alphabet.charAt(bits & 31))

/** A hexadecimal digit's value by its character code, 16 for a hyphen, 17 for what a UUID cannot hold. */
const digits = new Uint8Array(128).fill(17)
for (const [value, digit] of [..."0123456789abcdef-"].entries()) digits[digit.charCodeAt(0)] = value

/**
 * The public id of a stored UUID.
 * @throws RangeError when the text is not a UUID in its canonical lower-case form
 */
export function toPublicId(noun: IdNoun, uuid: string): string {
  // 26 characters hold 130 bits: two zero bits stand before the UUID's 128.
  let text = ""
  let pending = 0
  let width = 2
  let isUuid = uuid.length === uuidLength
  for (let i = 0; i < uuidLength; i += 1) {
    const digit = digits[uuid.charCodeAt(i)] ?? 17
    const isHyphen = i === 8 || i === 13 || i === 18 || i === 23
    if (isHyphen ? digit !== 16 : digit > 15) isUuid = false
    if (isHyphen) continue
    pending = (pending << 4) | digit
    width += 4
    if (width < 10) continue
    width -= 10
    text += pairs[(pending >> width) & 1023]
    pending &= (1 << width) - 1
  }
  if (!isUuid) throw new RangeError(`not a canonical UUID: ${uuid}`)
  return `${idPrefixes[noun]}_${text}`
}

/** The UUID inside a public id, or null when the text is not an id of that noun. Never throws: ids arrive from outside. */
export function fromPublicId(noun: IdNoun, id: string): string | null {
  const prefix = `${idPrefixes[noun]}_`
  if (id.length !== prefix.length + 26 || !id.startsWith(prefix)) return null
  let bits = 0n
  for (const character of id.slice(prefix.length)) {
    const value = alphabet.indexOf(character)
    if (value < 0) return null
    bits = (bits << 5n) | BigInt(value)
  }
  if (bits >> 128n !== 0n) return null
  const hex = bits.toString(16).padStart(32, "0")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** The time, in milliseconds since 1970, at which a UUIDv7 was made (RFC 9562 §5.7: its first 48 bits). */
export function timeOfUuid(uuid: string): number {
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16)
}
