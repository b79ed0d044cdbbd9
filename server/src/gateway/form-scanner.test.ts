import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { FormScanner, readBoundary } from "./form-scanner.ts"

const boundary = "X-form-1"

interface Part {
  readonly head: string
  readonly content: Buffer | string
}

const field = (name: string, content: Buffer | string): Part => ({
  head: `Content-Disposition: form-data; name="${name}"`,
  content,
})
const file = (content: Buffer | string): Part => ({
  head: 'Content-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav',
  content,
})

const formOf = (parts: readonly Part[], preamble = ""): Buffer =>
  Buffer.concat([
    Buffer.from(preamble),
    ...parts.flatMap(({ head, content }) => [
      Buffer.from(`--${boundary}\r\n${head}\r\n\r\n`),
      Buffer.from(content),
      Buffer.from("\r\n"),
    ]),
    Buffer.from(`--${boundary}--\r\n`),
  ])

/** Pushes a body in pieces of these sizes, over and over. */
function scan(body: Buffer, sizes: readonly number[] = [body.length]): FormScanner {
  const scanner = new FormScanner(boundary)
  let at = 0
  for (let i = 0; at < body.length; i += 1) {
    const size = sizes[i % sizes.length] || 1
    scanner.push(body.subarray(at, at + size))
    at += size
  }
  return scanner
}

describe("a form's boundary", () => {
  it.each([
    ["multipart/form-data; boundary=abc", "abc"],
    ['multipart/form-data; charset=utf-8; boundary="a b"', "a b"],
    ["Multipart/Form-Data;BOUNDARY=a-b_c'", "a-b_c'"],
    ['multipart/form-data; boundary="a\\+b"', "a+b"],
    ["multipart/form-data", null],
    ["multipart/form-data; boundary=", null],
    ['multipart/form-data; boundary="ends in space "', null],
    [`multipart/form-data; boundary=${"x".repeat(71)}`, null],
    ["multipart/form-data; boundary=a\u00e9", null],
    ["multipart/mixed; boundary=abc", null],
    ["application/json", null],
    [null, null],
  ])("of %j is %j", (header, expected) => {
    expect(readBoundary(header)).toBe(expected)
  })
})

describe("a form", () => {
  it("tells its model and where it stands, however it is cut", () => {
    const model = fc.string({ unit: fc.constantFrom("a", "-", "ü", "\r", "\n", "0"), minLength: 1, maxLength: 30 })
    // What looks like the delimiter without being it: cut short, without its line break, with one dash.
    const tricky = fc.constantFrom(`--${boundary}`, `\r\n--${boundary.slice(0, -1)}`, "\r\n-", "\r\n--", "\r", "x")
    const content = fc.array(tricky, { maxLength: 8 }).map((pieces) => pieces.join(""))
    fc.assert(
      fc.property(
        model,
        fc.array(content, { maxLength: 4 }),
        fc.array(content, { maxLength: 3 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
        (name, before, after, sizes) => {
          const body = formOf([
            ...before.map((text) => field("prompt", text)),
            field("model", name),
            ...after.map((text) => file(text)),
          ])
          const { model: found } = scan(body, sizes)
          expect(found?.value).toBe(name)
          expect(body.subarray(found?.start, found?.end).toString()).toBe(name)
        },
      ),
      { numRuns: 500 },
    )
  })

  it("is decided by its model, by a file, or by its end, and not before", () => {
    const decidedAfter = (parts: readonly Part[]): number => {
      const body = formOf(parts)
      const scanner = new FormScanner(boundary)
      for (let at = 0; at < body.length; at += 1) {
        scanner.push(body.subarray(at, at + 1))
        if (scanner.isDecided) return at + 1
      }
      return -1
    }
    expect(decidedAfter([field("model", "whisper-1"), file("x".repeat(100))])).toBeLessThan(100)
    const withFile = formOf([file("y".repeat(1000)), field("model", "whisper-1")])
    expect(decidedAfter([file("y".repeat(1000)), field("model", "whisper-1")])).toBe(withFile.indexOf("yyy"))
    const without = formOf([field("purpose", "batch")])
    expect(decidedAfter([field("purpose", "batch")])).toBe(without.length - 2)
  })

  it("goes on reading behind a file, and says of a second model that it is there", () => {
    const late = scan(formOf([file("sound"), field("model", "whisper-1")]), [7])
    expect(late.model?.value).toBe("whisper-1")
    expect(late.repeated).toBe(false)
    const twice = scan(formOf([field("model", "a"), file("sound"), field("model", "b")]), [3])
    expect(twice.model?.value).toBe("a")
    expect(twice.repeated).toBe(true)
  })

  it.each([
    ["a file that is called model", 'Content-Disposition: form-data; name="model"; filename="m"'],
    ["a name inside a file's name", 'Content-Disposition: form-data; name="x"; filename="; name=\\"model\\""'],
    ["another case of the name", 'Content-Disposition: form-data; name="Model"'],
  ])("does not take %s for the model", (_what, head) => {
    expect(scan(formOf([{ head, content: "no" }])).model).toBeNull()
  })

  it.each([
    ["without quotes", "content-disposition:form-data;name=model"],
    ["after other headers", 'X-A: b\r\nContent-Disposition: form-data; name="model"\r\nContent-Type: text/plain'],
    ["with an escape", 'Content-Disposition: form-data; name="mo\\del"'],
  ])("finds the model %s", (_what, head) => {
    expect(scan(formOf([{ head, content: "whisper-1" }])).model?.value).toBe("whisper-1")
  })

  it.each([
    ["without a disposition", "Content-Type: text/plain"],
    [
      "with two dispositions",
      'Content-Disposition: form-data; name="a"\r\nContent-Disposition: form-data; name="model"',
    ],
    ["with two names", 'Content-Disposition: form-data; name="a"; name="model"'],
    ["whose quotes do not close", 'Content-Disposition: form-data; filename="; name="model"'],
    ["whose headers have no end", `Content-Disposition: form-data; name="${"x".repeat(20_000)}"`],
  ])("is read no further at a part %s", (_what, head) => {
    const scanner = scan(formOf([{ head, content: "one" }, field("model", "whisper-1")]), [100])
    expect(scanner.isDecided).toBe(true)
    expect(scanner.model).toBeNull()
  })

  it("passes over a preamble, and over what only begins like a delimiter", () => {
    const body = formOf([field("model", "m")], `hello\r\n--${boundary}andmore\r\n\r\n`)
    expect(scan(body, [5]).model?.value).toBe("m")
  })

  it("gives up on a model that is none, and keeps nothing of a large file", () => {
    expect(scan(formOf([field("model", "x".repeat(5000))]), [64]).model).toBeNull()
    const scanner = new FormScanner(boundary)
    scanner.push(Buffer.from(`--${boundary}\r\n${file("").head}\r\n\r\n`))
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 400; i += 1) scanner.push(Buffer.alloc(256 * 1024, i))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * 1024 * 1024)
  })

  it("never throws, whatever comes", () => {
    const piece = fc.constantFrom(
      "--",
      boundary,
      "\r\n",
      "\r",
      "Content-Disposition: form-data",
      "; name=",
      '"model"',
      "x",
      ":",
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (pieces, size) => {
        const body = Buffer.from(pieces.join(""))
        const whole = scan(body)
        const cut = scan(body, [size])
        expect(cut.model).toEqual(whole.model)
        expect(cut.isDecided).toBe(whole.isDecided)
        expect(cut.repeated).toBe(whole.repeated)
      }),
      { numRuns: 1000 },
    )
  })
})
