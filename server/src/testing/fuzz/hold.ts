import { isDeepStrictEqual } from "node:util"

/** @throws Error saying what does not hold */
export function hold(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what)
}

/** @throws Error when two values differ, and says so without them: a finding's input tells the rest */
export function holdEqual(one: unknown, other: unknown, what: string): void {
  if (!isDeepStrictEqual(one, other)) throw new Error(what)
}

/** What a text means as JSON; undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Bytes cut into pieces of a size. */
export function inPieces(bytes: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size))
  return pieces
}

/** Greatest nesting of brackets outside strings. */
export function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (inString) {
      if (character === "\\") at += 1
      else if (character === '"') inString = false
    } else if (character === '"') inString = true
    else if (character === "{" || character === "[") deepest = Math.max(deepest, ++depth)
    else if (character === "}" || character === "]") depth -= 1
  }
  return deepest
}
