/** Bytes that the headers of one part may take. */
const headerCap = 16 * 1024
/** Bytes of a model's name; more cannot be one. */
const modelCap = 1024

/** The `model` field of a form: its text, and where in the body its bytes are. */
export interface FormModel {
  readonly value: string
  readonly start: number
  readonly end: number
}

/**
 * The delimiter of a multipart/form-data body (RFC 7578, RFC 2046 §5.1.1), taken out of its `content-type`; null when the
 * header names another type, no boundary, or one that cannot be.
 */
export function readBoundary(contentType: string | null): string | null {
  if (contentType === null || !/^\s*multipart\/form-data\s*;/i.test(contentType)) return null
  const match = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/i.exec(contentType)
  const boundary = match?.[1]?.replace(/\\(.)/g, "$1") ?? match?.[2] ?? ""
  return /^[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]$/.test(boundary) ? boundary : null
}

/**
 * Reads along in a multipart form as its bytes pass, for one thing: its `model` field. Keeps no more than a part's headers
 * or that field, whatever the sizes and however the bytes are cut. A form that breaks the rules is read no further; what to
 * make of it is the provider's to say.
 */
export class FormScanner {
  readonly #delimiter: Buffer
  #state: "boundary" | "padding" | "headers" | "model" | "content" | "end" = "boundary"
  /** What is not consumed yet. */
  #pending: Buffer
  /** Where in the body `#pending` begins. It starts with a line break that is not there, so that a first boundary fits. */
  #at = -2
  #model: FormModel | null = null
  #repeated = false
  #sawFile = false
  #broken = false

  constructor(boundary: string) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, "latin1")
    this.#pending = Buffer.from("\r\n")
  }

  /** The first `model` field, once it was read whole. */
  get model(): FormModel | null {
    return this.#model
  }

  /** Whether a second `model` field began: what is checked would not be what is used. */
  get repeated(): boolean {
    return this.#repeated
  }

  /** Whether all is known that can be known before a file's content: the model, a file, the end, or a broken form. */
  get isDecided(): boolean {
    return this.#model !== null || this.#sawFile || this.#broken || this.#state === "end"
  }

  push(chunk: Buffer): void {
    if (this.#broken || this.#state === "end") return
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    while (this.#step());
  }

  /** Takes one step; false when it needs more bytes, or is over. */
  #step(): boolean {
    switch (this.#state) {
      case "boundary":
      case "content":
        return this.#skipContent()
      case "padding":
        return this.#afterBoundary()
      case "headers":
        return this.#headers()
      case "model":
        return this.#readModel()
      case "end":
        return false
    }
  }

  #consume(bytes: number): void {
    this.#pending = this.#pending.subarray(bytes)
    this.#at += bytes
  }

  #break(): false {
    this.#broken = true
    this.#pending = Buffer.alloc(0)
    return false
  }

  /** Lets everything pass up to the next delimiter, keeping what may be the beginning of one. */
  #skipContent(): boolean {
    const found = this.#pending.indexOf(this.#delimiter)
    if (found < 0) {
      const kept = Math.min(this.#pending.length, this.#delimiter.length - 1)
      this.#consume(this.#pending.length - kept)
      // Not a view of the chunk: that would hold the whole of it in memory.
      this.#pending = Buffer.from(this.#pending)
      return false
    }
    this.#consume(found + this.#delimiter.length)
    this.#state = "padding"
    return true
  }

  /** After a delimiter: `--` ends the form, a line break (padding may stand before it) begins a part. */
  #afterBoundary(): boolean {
    const { length } = this.#pending
    let at = 0
    while (at < length && (this.#pending[at] === 0x20 || this.#pending[at] === 0x09)) at += 1
    if (at > headerCap) return this.#break()
    if (length < at + 2) return false
    const next = this.#pending.toString("latin1", at, at + 2)
    if (next === "--" && at === 0) {
      this.#state = "end"
      this.#pending = Buffer.alloc(0)
      return false
    }
    // A longer line that only begins like the delimiter is content. The preamble has such lines, too.
    if (next !== "\r\n") {
      this.#state = "content"
      return true
    }
    // The line break stays: headers that are none end with it.
    this.#consume(at)
    this.#state = "headers"
    return true
  }

  #headers(): boolean {
    const end = this.#pending.indexOf("\r\n\r\n")
    if (end > headerCap || (end < 0 && this.#pending.length > headerCap)) return this.#break()
    if (end < 0) return false
    const disposition = readDisposition(this.#pending.toString("latin1", 2, Math.max(2, end)))
    if (disposition === null) return this.#break()
    this.#consume(end + 4)
    if (disposition.isFile) this.#sawFile = true
    const isModel = disposition.name === "model" && !disposition.isFile
    if (isModel && this.#model !== null) this.#repeated = true
    this.#state = isModel && this.#model === null ? "model" : "content"
    return true
  }

  #readModel(): boolean {
    const found = this.#pending.indexOf(this.#delimiter)
    // However it was cut: the same form must not be broken in pieces and whole in one.
    if (found > modelCap || (found < 0 && this.#pending.length >= modelCap + this.#delimiter.length))
      return this.#break()
    if (found < 0) return false
    const value = this.#pending.toString("utf8", 0, found)
    this.#model = { value, start: this.#at, end: this.#at + found }
    this.#state = "content"
    return true
  }
}

const parameter = /\s*;\s*([^=;\s"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/y

/** What `content-disposition` says of a part; null when it is missing, twice there, or names something twice. */
function readDisposition(headers: string): { readonly name: string | null; readonly isFile: boolean } | null {
  const lines = headers.split("\r\n").filter((line) => /^content-disposition\s*:/i.test(line))
  const [line] = lines
  if (line === undefined || lines.length > 1) return null
  const value = line.slice(line.indexOf(":") + 1).trim()
  if (!/^form-data\b/i.test(value)) return null
  let name: string | null = null
  let isFile = false
  let at = "form-data".length
  while (at < value.length) {
    parameter.lastIndex = at
    const found = parameter.exec(value)
    // What cannot be read to its end could be read otherwise by somebody else.
    if (!found) return null
    at = parameter.lastIndex
    const key = (found[1] ?? "").toLowerCase()
    if (key === "filename" || key === "filename*") isFile = true
    if (key !== "name") continue
    if (name !== null) return null
    name = decodeName(found[2]?.replace(/\\(.)/g, "$1") ?? found[3] ?? "")
  }
  return { name, isFile }
}

/** Browsers write a quote or line break in a name as `%22`, `%0D`, `%0A` (WHATWG HTML, multipart/form-data encoding). */
const decodeName = (name: string): string =>
  name.replace(/%22|%0D|%0A/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)))
