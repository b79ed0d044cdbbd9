/** Where a value stands in a body: `end` is the position after its last byte. */
export interface Slice {
  readonly start: number
  readonly end: number
}

/** Deeper nesting is not walked into: the answer counts as unreadable. */
const maxDepth = 512

/**
 * Finds the values of some members of a JSON object without building anything: an 8 MB answer (embeddings, images) is
 * walked over once at about a nanosecond a byte, strings faster. `from` and `to` bound the object inside the body.
 *
 * Null when there is no object or it does not end properly. Names, commas, colons, strings and brackets are checked; the
 * inside of numbers and words is not, since whoever parses a slice checks what is in it. Of a name given twice the last
 * counts, as with `JSON.parse`.
 */
export function topLevelSlices(
  body: Buffer,
  names: readonly string[],
  { from = 0, to = body.length }: { readonly from?: number; readonly to?: number } = {},
): Map<string, Slice> | null {
  const found = new Map<string, Slice>()
  const longest = names.reduce((most, name) => Math.max(most, name.length), 0)
  let at = skipSpace(body, from, to)
  if (body[at] !== openBrace) return null
  at = skipSpace(body, at + 1, to)
  if (body[at] === closeBrace) return skipSpace(body, at + 1, to) === to ? found : null
  for (;;) {
    if (at >= to || body[at] !== quote) return null
    const nameEnd = skipString(body, at, to)
    if (nameEnd === -1) return null
    const colonAt = skipSpace(body, nameEnd, to)
    if (colonAt >= to || body[colonAt] !== colon) return null
    const start = skipSpace(body, colonAt + 1, to)
    const end = skipValue(body, start, to)
    if (end === -1) return null
    // Each character of a name can be six bytes of escapes.
    if (nameEnd - at - 2 <= longest * 6) {
      const name = readName(body, at, nameEnd)
      if (name !== null && names.includes(name)) found.set(name, { start, end })
    }
    at = skipSpace(body, end, to)
    if (at >= to) return null
    if (body[at] === closeBrace) return skipSpace(body, at + 1, to) === to ? found : null
    if (body[at] !== comma) return null
    at = skipSpace(body, at + 1, to)
  }
}

/**
 * The first `limit` elements of the JSON array that stands at `slice`, found in the same way. Null when it is no array or
 * an element before the limit does not end.
 */
export function elementSlices(body: Buffer, slice: Slice, limit: number): readonly Slice[] | null {
  const found: Slice[] = []
  const to = slice.end
  if (body[slice.start] !== openBracket) return null
  let at = skipSpace(body, slice.start + 1, to)
  if (body[at] === closeBracket) return found
  while (found.length < limit) {
    const end = skipValue(body, at, to)
    if (end === -1) return null
    found.push({ start: at, end })
    at = skipSpace(body, end, to)
    if (at >= to) return null
    if (body[at] === closeBracket) break
    if (body[at] !== comma) return null
    at = skipSpace(body, at + 1, to)
  }
  return found
}

const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const openBracket = 0x5b
const backslash = 0x5c
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/** 1: the bytes that matter between strings when only the end of a value is wanted. */
const structural = new Uint8Array(256)
for (const character of '"[]{}') structural[character.charCodeAt(0)] = 1

/** 1: can stand in a number, `true`, `false` or `null`. */
const scalar = new Uint8Array(256)
for (const character of "0123456789+-.eEtrufalsn") scalar[character.charCodeAt(0)] = 1

function skipSpace(body: Buffer, from: number, to: number): number {
  let at = from
  while (at < to) {
    const byte = body[at]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break
    at += 1
  }
  return at
}

/** The position after the string whose opening quote is at `from`; -1 when it does not end. */
function skipString(body: Buffer, from: number, to: number): number {
  let at = from
  for (;;) {
    at = body.indexOf(quote, at + 1)
    if (at === -1 || at >= to) return -1
    let before = at - 1
    while (body[before] === backslash) before -= 1
    if ((at - before) % 2 === 1) return at + 1
  }
}

/** The position after the value at `from`; -1 when there is none or it does not end. */
function skipValue(body: Buffer, from: number, to: number): number {
  if (from >= to) return -1
  const first = body[from]
  if (first === quote) return skipString(body, from, to)
  if (first === openBrace || first === openBracket) return skipContainer(body, from, to)
  let at = from
  while (at < to && scalar[body[at] as number] === 1) at += 1
  return at === from ? -1 : at
}

function skipContainer(body: Buffer, from: number, to: number): number {
  const closers: number[] = []
  let at = from
  while (at < to) {
    while (at < to && structural[body[at] as number] === 0) at += 1
    if (at >= to) return -1
    const byte = body[at]
    if (byte === quote) {
      at = skipString(body, at, to)
      if (at === -1) return -1
      continue
    }
    at += 1
    if (byte === openBrace || byte === openBracket) {
      if (closers.length === maxDepth) return -1
      closers.push(byte === openBrace ? closeBrace : closeBracket)
    } else {
      if (closers.pop() !== byte) return -1
      if (closers.length === 0) return at
    }
  }
  return -1
}

function readName(body: Buffer, start: number, end: number): string | null {
  const raw = body.toString("utf8", start + 1, end - 1)
  if (!raw.includes("\\")) return raw
  try {
    return JSON.parse(`"${raw}"`) as string
  } catch {
    return null
  }
}
