import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { JsonFault, maxJsonDepth, scanJson } from "./json-scan.ts"

const scan = (text: string) => scanJson(Buffer.from(text))

const accepts = (text: string): boolean => {
  try {
    scan(text)
    return true
  } catch (error) {
    if (error instanceof JsonFault) return false
    throw error
  }
}

/** What JSON.parse makes of the text: whether it is an object, whatever the gateway thinks of its keys. */
const isJsonObject = (text: string): boolean => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

describe("reading a request's JSON", () => {
  it("finds the model and where its bytes stand, whatever the spacing", () => {
    const text =
      '{ "messages" : [ {"role":"user","content":"é\\"}{"} ] ,\n\t"model"\n:  "gpt-4o" , "big": 123456789012345678901234567890}'
    const facts = scan(text)
    expect(facts.model?.value).toBe("gpt-4o")
    const bytes = Buffer.from(text)
    expect(bytes.subarray(facts.model?.start, facts.model?.end).toString()).toBe('"gpt-4o"')
    expect(facts.messages).toBe(1)
  })

  it("decodes escapes in the model and in the keys it decides on", () => {
    expect(scan('{"m\\u006fdel":"gpt\\u002d4o"}').model?.value).toBe("gpt-4o")
  })

  it("refuses a decisive key that comes twice, however it is spelled", () => {
    for (const key of ["model", "stream", "stream_options", "max_tokens", "max_completion_tokens"]) {
      const escaped = `\\u00${key.charCodeAt(0).toString(16)}${key.slice(1)}`
      expect(() => scan(`{"${key}":null,"${escaped}":null}`.replace("null", key === "model" ? '"a"' : "null"))).toThrow(
        `the key "${key}" is given twice`,
      )
    }
  })

  it("refuses another spelling, which a parser without regard for case would take for the same key", () => {
    for (const [first, second] of [
      ['"model":"a"', '"Model":"b"'],
      ['"MODEL":"a"', '"model":"b"'],
      ['"Model":"a"', '"user":"b"'],
      ['"model":"a"', '"\\u004dodel":"b"'],
      ['"stream":true', '"\u017ftream":false'],
      ['"max_tokens":1', '"max_to\u212aens":2'],
    ]) {
      expect(() => scan(`{${first},${second}}`)).toThrow("must be written")
    }
    expect(accepts('{"model":"a","Modell":1,"models":2}')).toBe(true)
  })

  it.each([
    ['{"model":"a","models":["b"]}', true],
    ['{"model":"a","Fallbacks":[{"model":"b"}]}', true],
    ['{"model":"a","\\u006dodels":["b"]}', true],
    ['{"model":"a","fallback":1,"metadata":{"models":["b"]}}', false],
  ])("tells of %s whether it names further models: %s", (body, expected) => {
    expect(scan(body).namesOtherModels).toBe(expected)
  })

  it("walks over a key of a megabyte", () => {
    expect(scan(`{"${"k".repeat(1_000_000)}":1,"model":"a"}`).model?.value).toBe("a")
  })

  it("lets other keys repeat, and decisive names below the top", () => {
    expect(accepts('{"model":"a","user":"x","user":"y","metadata":{"model":"b","model":"c"}}')).toBe(true)
  })

  it("reads stream and include_usage only when they are true", () => {
    expect(scan('{"model":"a","stream":true,"stream_options":{"include_usage":true}}')).toMatchObject({
      stream: true,
      includeUsage: true,
    })
    expect(scan('{"model":"a","stream":"true","stream_options":{"include_usage":1}}')).toMatchObject({
      stream: false,
      includeUsage: false,
    })
  })

  it.each([
    ['"max_tokens":100', 100],
    ['"max_completion_tokens" : 200', 200],
    ['"max_output_tokens":300', 300],
    ['"generationConfig":{"temperature":1,"maxOutputTokens":400}', 400],
    ['"max_tokens":100,"max_completion_tokens":50', 100],
    ['"max_tokens":100,"generationConfig":{"maxOutputTokens":400}', 400],
    ['"max_tokens":0', 0],
    ['"generationConfig":{"maxOutputTokens":"400"}', 400],
    ['"max_output_tokens":99999999999999999999', Number.MAX_SAFE_INTEGER],
  ])("reads from %s how long the answer may become", (member, expected) => {
    const facts = scan(`{"model":"a",${member},"messages":[]}`)
    if (expected === Number.MAX_SAFE_INTEGER) expect(Number.isSafeInteger(facts.maxOutputTokens)).toBe(true)
    else expect(facts.maxOutputTokens).toBe(expected)
  })

  it.each([
    '"max_tokens":null',
    '"max_tokens":-1',
    '"max_tokens":1.5',
    '"max_tokens":"100"',
    '"max_tokens":1e3',
    '"max_output_tokens":{"maxOutputTokens":7}',
    '"generationConfig":null',
    '"generationConfig":[400]',
    '"generationConfig":{"max_tokens":400}',
    '"generationConfig":{"maxOutputTokens":null}',
    '"metadata":{"max_tokens":100}',
  ])("takes %s for no word on the answer's length", (member) => {
    expect(scan(`{"model":"a",${member}}`).maxOutputTokens).toBeNull()
  })

  it("refuses a model that is not a string", () => {
    for (const value of ["1", "null", "{}", "[]", "true"]) {
      expect(() => scan(`{"model":${value}}`)).toThrow('"model" must be a string')
    }
  })

  it("refuses nesting beyond the limit without overflowing, and accepts what is at it", () => {
    const nest = (depth: number) => `{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`
    expect(accepts(nest(maxJsonDepth))).toBe(true)
    expect(() => scan(nest(maxJsonDepth + 1))).toThrow("nested deeper")
    expect(() => scan(`{"a":${"[".repeat(1_000_000)}`)).toThrow("nested deeper")
  })

  it("says where a broken body breaks", () => {
    expect(() => scan('{"model":"a",}')).toThrow("the body is not valid JSON at byte 13")
    expect(() => scan('{"model":"a"')).toThrow("the JSON ends too early at byte 12")
    expect(() => scan('{"model":"a"} x')).toThrow("unexpected text after the JSON object at byte 14")
    expect(() => scan("[1]")).toThrow("the body must be a JSON object at byte 0")
  })

  it("accepts every JSON object that JSON.parse accepts, and reads the same model from it", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string({ maxLength: 50 }), (rest, model) => {
        const text = JSON.stringify({ ...rest, model, stream: true }, null, rest.length ? 1 : undefined)
        const facts = scan(text)
        return facts.model?.value === model && facts.stream
      }),
    )
  })

  it("agrees with JSON.parse on what is JSON, for any damage to a valid body", () => {
    const damaged = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom("", "{", "}", '"', "\\", ",", ":", "0", "e", "-", ".", "\u0001", "tru"),
      )
      .map(([json, at, insert]) => {
        const text = `{"a":${json},"b":"\\u00e9\\n"}`
        const cut = at % (text.length + 1)
        return text.slice(0, cut) + insert + text.slice(cut + (at % 2))
      })
    fc.assert(
      fc.property(damaged, (text) => accepts(text) === isJsonObject(text)),
      { numRuns: 2000 },
    )
  })

  it("never reads past the end, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          scanJson(Buffer.from(bytes))
        } catch (error) {
          return error instanceof JsonFault && error.offset <= bytes.length
        }
        return true
      }),
    )
  })
})
