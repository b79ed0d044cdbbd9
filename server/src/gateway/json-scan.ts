/**
 * Reads from a request's JSON what the gateway decides on, and where it stands, without building the value: a 500 kB
 * prompt is walked over once, nothing is copied, and the bytes that go upstream are the bytes that were checked.
 * Grammar: RFC 8259, whole and strict, so that no two parsers can disagree on what passed.
 */

/** Nesting beyond this is refused: no API needs it, and some parser behind us would overflow its stack. */
export const maxJsonDepth = 512

/**
 * Keys whose repetition is refused, because what is checked must be what is sent. Some servers find keys whatever their
 * case (Go's `encoding/json` does), so another spelling is refused too.
 */
const decisive = new Set(["model", "stream", "stream_options", "max_tokens", "max_completion_tokens"])

/** Keys under which some servers take further models, tried when the first fails (OpenRouter's, LiteLLM's). */
const alternatives = new Set(["models", "fallbacks"])

/** Arrays that offer the model something to call, in today's formats and OpenAI's first. */
const toolLists = new Set(["tools", "functions"])

/** Bytes within which a key that means something here can be spelled, its 21 characters all escaped. */
const longestKey = 128

/** Names for the greatest length of an answer: Chat's two, Responses'; Messages shares the first. */
const outputLimits = new Set(["max_tokens", "max_completion_tokens", "max_output_tokens"])
/** Larger than any answer; what a body says beyond it is taken for it. */
const largestOutput = 1_000_000_000

/** Arrays whose length is the number of messages. */
const conversations = new Set(["messages", "contents", "input"])

export interface JsonFacts {
  /** The model's name, and the bytes of its JSON string with the quotes; null when there is no top-level `model`. */
  readonly model: { readonly value: string; readonly start: number; readonly end: number } | null
  /** Whether it has a key under which some servers take further models, in whatever case. */
  readonly namesOtherModels: boolean
  /** True only for the literal `true`. */
  readonly stream: boolean
  /** True only for `stream_options: {"include_usage": true}`. */
  readonly includeUsage: boolean
  /** Whether the object has no members. */
  readonly isEmpty: boolean
  /** Elements of `messages`, `contents` or `input`; null when there is no such array. */
  readonly messages: number | null
  /** Whether `tools` (or OpenAI's older `functions`) is an array with anything in it. */
  readonly hasTools: boolean
  /** Tokens the answer may have at most, under whichever name the protocol has for it; null when the body does not say. */
  readonly maxOutputTokens: number | null
}

/** Why a body is not acceptable: `message` says what, `offset` where (bytes from the start). */
export class JsonFault extends Error {
  readonly offset: number
  constructor(message: string, offset: number) {
    super(`${message} at byte ${offset}`)
    this.offset = offset
  }
}

/**
 * @throws JsonFault when the bytes are not one JSON object, nest too deep, repeat a decisive key, or have a `model` that
 * is not a string
 */
export function scanJson(bytes: Buffer): JsonFacts {
  return new Scanner(bytes).scan()
}

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d

/** 1: ends the plain run of a string (quote, backslash, control character). */
const stringStop = new Uint8Array(256)
for (let i = 0; i < 0x20; i += 1) stringStop[i] = 1
stringStop[quote] = 1
stringStop[backslash] = 1

const escapes = new Uint8Array(256)
for (const character of '"\\/bfnrt') escapes[character.charCodeAt(0)] = 1

const isHex = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66)
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39

/** 1: a byte that a decisive key or one for further models, in any spelling, can begin with: its letter in either case, an escape, a character beyond ASCII. */
const mayDecide = new Uint8Array(256).fill(1, 0x80)
for (const character of "mMsSfF\\") mayDecide[character.charCodeAt(0)] = 1

const beyondAscii = /[^\0-\x7f]/

/** A key as a server that ignores case reads it; the long s folds to an ASCII letter too, as the Kelvin sign does. */
const fold = (key: string): string => key.toLowerCase().replaceAll("\u017f", "s")

class Scanner {
  readonly #bytes: Buffer
  #at = 0
  #depth = 0
  readonly #seen = new Set<string>()
  #model: JsonFacts["model"] = null
  #namesOtherModels = false
  #stream = false
  #includeUsage = false
  #messages: number | null = null
  #hasTools = false
  #isEmpty = true
  #maxOutputTokens: number | null = null

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  scan(): JsonFacts {
    this.#space()
    if (this.#peek() !== openBrace) throw new JsonFault("the body must be a JSON object", this.#at)
    this.#object(true)
    this.#space()
    if (this.#at < this.#bytes.length) throw new JsonFault("unexpected text after the JSON object", this.#at)
    return {
      model: this.#model,
      namesOtherModels: this.#namesOtherModels,
      stream: this.#stream,
      includeUsage: this.#includeUsage,
      isEmpty: this.#isEmpty,
      messages: this.#messages,
      hasTools: this.#hasTools,
      maxOutputTokens: this.#maxOutputTokens,
    }
  }

  #peek(): number {
    return this.#bytes[this.#at] ?? -1
  }

  #space(): void {
    const bytes = this.#bytes
    let byte = bytes[this.#at]
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
      this.#at += 1
      byte = bytes[this.#at]
    }
  }

  #fail(): never {
    if (this.#at >= this.#bytes.length) throw new JsonFault("the JSON ends too early", this.#bytes.length)
    throw new JsonFault("the body is not valid JSON", this.#at)
  }

  #enter(): void {
    this.#depth += 1
    if (this.#depth > maxJsonDepth) throw new JsonFault(`JSON nested deeper than ${maxJsonDepth} levels`, this.#at)
    this.#at += 1
    this.#space()
  }

  #leave(): void {
    this.#depth -= 1
    this.#at += 1
  }

  #object(top: boolean): void {
    this.#enter()
    let more = this.#peek() !== closeBrace
    while (more) {
      const start = this.#at
      if (this.#peek() !== quote) this.#fail()
      const escaped = this.#string()
      const end = this.#at
      this.#space()
      if (this.#peek() !== colon) this.#fail()
      this.#at += 1
      this.#space()
      if (top) this.#member(start, end, escaped)
      else this.#value()
      this.#space()
      more = this.#peek() === comma
      if (more) {
        this.#at += 1
        this.#space()
      } else if (this.#peek() !== closeBrace) this.#fail()
    }
    this.#leave()
  }

  /** A top-level member whose key is between `start` and `end`, quotes included. */
  #member(start: number, end: number, escaped: boolean): void {
    this.#isEmpty = false
    const key = end - start <= longestKey ? this.#key(start, end, escaped) : ""
    if (mayDecide[this.#bytes[start + 1] as number] === 1) this.#refuseRepetition(key, start)
    const from = this.#at
    if (conversations.has(key) && this.#peek() === openBracket) {
      this.#messages = this.#array()
      return
    }
    if (toolLists.has(key) && this.#peek() === openBracket) {
      if (this.#array() > 0) this.#hasTools = true
      return
    }
    const first = this.#peek()
    this.#value()
    if (key === "model") this.#takeModel(first, from)
    else if (key === "stream") this.#stream = first === 0x74
    else if (key === "stream_options" && first === openBrace) this.#takeStreamOptions(from)
    else if (outputLimits.has(key)) this.#takeMaxOutput(from)
    else if (key === "generationConfig" && first === openBrace) this.#takeGenerationConfig(from)
  }

  #key(start: number, end: number, escaped: boolean): string {
    if (escaped) return JSON.parse(this.#bytes.toString("utf8", start, end)) as string
    const raw = this.#bytes.toString("latin1", start + 1, end - 1)
    return beyondAscii.test(raw) ? this.#bytes.toString("utf8", start + 1, end - 1) : raw
  }

  #refuseRepetition(key: string, start: number): void {
    const isExact = decisive.has(key)
    const folded = isExact ? key : fold(key)
    if (alternatives.has(folded)) this.#namesOtherModels = true
    if (!isExact && !decisive.has(folded)) return
    if (!isExact) throw new JsonFault(`the key ${JSON.stringify(key)} must be written "${folded}"`, start)
    if (this.#seen.has(folded)) throw new JsonFault(`the key "${folded}" is given twice`, start)
    this.#seen.add(folded)
  }

  #takeModel(first: number, from: number): void {
    if (first !== quote) throw new JsonFault('"model" must be a string', from)
    const value = JSON.parse(this.#bytes.toString("utf8", from, this.#at)) as string
    this.#model = { value, start: from, end: this.#at }
  }

  #takeStreamOptions(from: number): void {
    if (this.#at - from > 4096) return
    const options = JSON.parse(this.#bytes.toString("utf8", from, this.#at)) as { include_usage?: unknown }
    this.#includeUsage = options.include_usage === true
  }

  /** Gemini's place for it. A schema for the answer may stand there too, and make it long. */
  #takeGenerationConfig(from: number): void {
    if (this.#at - from > 65_536) return
    const config = JSON.parse(this.#bytes.toString("utf8", from, this.#at)) as { maxOutputTokens?: unknown }
    this.#raiseMaxOutput(String(config.maxOutputTokens ?? ""))
  }

  #takeMaxOutput(from: number): void {
    if (this.#at - from <= 20) this.#raiseMaxOutput(this.#bytes.toString("latin1", from, this.#at))
  }

  /** The larger one, should there be two. What is no whole number is the provider's to complain about. */
  #raiseMaxOutput(text: string): void {
    if (!/^[0-9]+$/.test(text)) return
    this.#maxOutputTokens = Math.min(largestOutput, Math.max(this.#maxOutputTokens ?? 0, Number(text)))
  }

  /** Returns the number of elements. */
  #array(): number {
    this.#enter()
    if (this.#peek() === closeBracket) {
      this.#leave()
      return 0
    }
    for (let count = 1; ; count += 1) {
      this.#value()
      this.#space()
      const byte = this.#peek()
      if (byte === closeBracket) {
        this.#leave()
        return count
      }
      if (byte !== comma) this.#fail()
      this.#at += 1
      this.#space()
    }
  }

  #value(): void {
    const byte = this.#peek()
    if (byte === quote) this.#string()
    else if (byte === openBrace) this.#object(false)
    else if (byte === openBracket) this.#array()
    else if (byte === 0x74) this.#word("true")
    else if (byte === 0x66) this.#word("false")
    else if (byte === 0x6e) this.#word("null")
    else this.#number()
  }

  /** Walks over a string from its opening quote; true when it held an escape. */
  #string(): boolean {
    const bytes = this.#bytes
    const { length } = bytes
    let at = this.#at + 1
    let escaped = false
    for (;;) {
      while (at < length && stringStop[bytes[at] as number] === 0) at += 1
      this.#at = at
      const byte = bytes[at]
      if (byte === quote) {
        this.#at = at + 1
        return escaped
      }
      if (byte !== backslash) this.#fail()
      escaped = true
      at = this.#escape(at + 1)
    }
  }

  /** The position after the escape whose letter stands at `at`. */
  #escape(at: number): number {
    const bytes = this.#bytes
    const letter = bytes[at] ?? 0
    if (escapes[letter] === 1) return at + 1
    this.#at = at
    if (letter !== 0x75) this.#fail()
    for (let i = 1; i <= 4; i += 1) if (!isHex(bytes[at + i] ?? 0)) this.#fail()
    return at + 5
  }

  #word(word: string): void {
    for (let i = 0; i < word.length; i += 1) if (this.#bytes[this.#at + i] !== word.charCodeAt(i)) this.#fail()
    this.#at += word.length
  }

  #number(): void {
    if (this.#peek() === 0x2d) this.#at += 1
    if (this.#peek() === 0x30) this.#at += 1
    else this.#digits()
    if (this.#peek() === 0x2e) {
      this.#at += 1
      this.#digits()
    }
    const byte = this.#peek()
    if (byte === 0x65 || byte === 0x45) {
      this.#at += 1
      const sign = this.#peek()
      if (sign === 0x2b || sign === 0x2d) this.#at += 1
      this.#digits()
    }
  }

  #digits(): void {
    if (!isDigit(this.#peek())) this.#fail()
    while (isDigit(this.#peek())) this.#at += 1
  }
}
