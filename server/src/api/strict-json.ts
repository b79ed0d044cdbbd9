/** Nesting that no request of ours needs; deeper ones only serve to exhaust a parser. */
const maximalDepth = 32

/** Elements an array of a request may have. */
const maximalElements = 10_000

/**
 * Why a text is not JSON we accept; null when it is. Beyond the grammar it refuses what two parsers could read differently:
 * an object that names a key twice, and the character NUL, which PostgreSQL cannot store.
 */
export function refuseJson(text: string): string | null {
  const refused = scan(text)
  if (refused) return refused
  try {
    JSON.parse(text)
    return null
  } catch (error) {
    return `The body is not valid JSON: ${error instanceof Error ? withoutExcerpt(error.message) : "unreadable"}.`
  }
}

/** The engine quotes the text around the mistake, which may hold a secret. */
const withoutExcerpt = (message: string): string => message.replace(/, (?:\.{3})?".*$/s, "")

interface Level {
  /** Keys seen so far; null inside an array. */
  readonly keys: Set<string> | null
  elements: number
  /** The next string is a key. */
  expectsKey: boolean
}

/** Walks the tokens. Text that is not JSON may pass; it never loops or throws. */
function scan(text: string): string | null {
  const levels: Level[] = []
  let at = 0
  while (at < text.length) {
    const character = text.charAt(at)
    const level = levels.at(-1)
    if (character === '"') {
      const end = endOfString(text, at)
      const refused = checkString(text.slice(at, end), level)
      if (refused) return `${refused} ${place(text, at)}.`
      at = end
      continue
    }
    if (character === "{" || character === "[") {
      if (levels.length === maximalDepth)
        return `The body is nested deeper than ${maximalDepth} levels ${place(text, at)}.`
      levels.push({ keys: character === "{" ? new Set() : null, elements: 1, expectsKey: character === "{" })
    } else if (character === "}" || character === "]") levels.pop()
    else if (character === "," && level) {
      level.elements += 1
      level.expectsKey = level.keys !== null
      if (level.elements > maximalElements)
        return `More than ${maximalElements} elements in one place ${place(text, at)}.`
    }
    at += 1
  }
  return null
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text.charAt(at)
    if (character === "\\") at += 1
    else if (character === '"') return at + 1
  }
  return text.length
}

function checkString(literal: string, level: Level | undefined): string | null {
  const value = decode(literal)
  if (value.includes("\0")) return "The character NUL is not allowed"
  if (!level?.keys || !level.expectsKey) return null
  level.expectsKey = false
  if (level.keys.has(value)) return `The key ${JSON.stringify(value.slice(0, 100))} is there twice`
  level.keys.add(value)
  return null
}

/** Two spellings of one key are one key. A literal that cannot be decoded is left to the real parser to refuse. */
function decode(literal: string): string {
  if (!literal.includes("\\")) return literal.slice(1, -1)
  try {
    return String(JSON.parse(literal))
  } catch {
    return literal
  }
}

function place(text: string, at: number): string {
  const before = text.slice(0, at)
  const line = before.split("\n").length
  return `at line ${line}, column ${at - before.lastIndexOf("\n")}`
}
