import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { readRequestHead } from "./request-head.ts"

const key = "slk_pABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ab"
const read = (headers: Record<string, string> | string[], url = "/v1/chat/completions") =>
  readRequestHead(Array.isArray(headers) ? headers : Object.entries(headers).flat(), url)

describe("the head of a request", () => {
  it("finds our key wherever an SDK puts its key, and forwards it nowhere", () => {
    const places: Record<string, string>[] = [
      { "X-Sluice-Key": key },
      { Authorization: `Bearer ${key}` },
      { authorization: `bearer   ${key}` },
      { "x-api-key": key },
      { "api-key": key },
      { "x-goog-api-key": key },
    ]
    for (const headers of places) {
      const head = read(headers)
      expect(head.key).toBe(key)
      expect(head.callerCredential).toBeNull()
      expect(head.forward).toEqual([])
    }
    const head = read({}, `/v1beta/models/gemini-2.5-flash:generateContent?alt=sse&key=${key}`)
    expect(head.key).toBe(key)
    expect(head.target).toBe("/v1beta/models/gemini-2.5-flash:generateContent?alt=sse")
  })

  it("keeps the caller's own provider key beside ours", () => {
    const head = read({ "X-Sluice-Key": key, Authorization: "Bearer sk-own" })
    expect(head.key).toBe(key)
    expect(head.callerCredential).toEqual({ header: "authorization", value: "Bearer sk-own", secret: "sk-own" })
  })

  it("refuses a repeated authentication header and two different keys of ours", () => {
    expect(() => read(["Authorization", "Bearer a", "authorization", "Bearer b"])).toThrow("sent twice")
    expect(() => read({ "x-sluice-key": key, "x-api-key": `${key}x` })).toThrow("two different Sluice keys")
    expect(() => read({}, `/v1beta/models/m:generateContent?key=${key}&key=other`)).toThrow("sent twice")
  })

  it("accepts the same key of ours in two places", () => {
    expect(read({ "x-sluice-key": key, authorization: `Bearer ${key}` }).key).toBe(key)
  })

  it("forwards everything else in the client's order and spelling", () => {
    const head = read([
      "User-Agent",
      "x/1",
      "X-Sluice-Feature",
      "f",
      "Accept",
      "*/*",
      "OpenAI-Beta",
      "a",
      "OpenAI-Beta",
      "b",
    ])
    expect(head.forward).toEqual(["User-Agent", "x/1", "Accept", "*/*", "OpenAI-Beta", "a", "OpenAI-Beta", "b"])
    expect(head.feature).toBe("f")
  })

  it("keeps connection headers, those they name, and cookies to itself", () => {
    const head = read([
      "Connection",
      "keep-alive, X-Secret-Hop",
      "X-Secret-Hop",
      "1",
      "Keep-Alive",
      "5",
      "TE",
      "trailers",
      "Host",
      "h",
      "Cookie",
      "sluice_session=1",
      "A",
      "b",
    ])
    expect(head.forward).toEqual(["A", "b"])
  })

  it("offers the provider only encodings whose answers can be read", () => {
    expect(read({ "accept-encoding": "gzip, deflate" }).forward[1]).toBe("gzip, deflate")
    expect(read({ "accept-encoding": "gzip, deflate, br, zstd" }).forward[1]).toBe("gzip, deflate, br")
    expect(read({ "accept-encoding": "zstd;q=1.0" }).forward[1]).toBe("identity")
    expect(read({ "accept-encoding": "*" }).forward[1]).toBe("identity")
  })

  it("cuts labels that are too long and says so, and reads them as UTF-8", () => {
    const head = read({ "x-sluice-feature": "f".repeat(101), "x-sluice-user": Buffer.from("Zoë").toString("latin1") })
    expect(head.feature).toHaveLength(100)
    expect(head.user).toBe("Zoë")
    expect(head.quality).toEqual(["feature_truncated"])
  })

  it("never fails a request over a label it cannot read", () => {
    expect(read({ "x-sluice-metadata": "{oops" }).quality).toEqual(["metadata_invalid"])
    expect(read({ "x-sluice-metadata": "[1]" }).quality).toEqual(["metadata_invalid"])
    expect(read({ "x-sluice-metadata": `{"a":"${"x".repeat(2048)}"}` }).quality).toEqual(["metadata_truncated"])
    expect(read({ "x-sluice-metadata": '{"tier":"gold"}' }).metadata).toEqual({ tier: "gold" })
    expect(read({ "x-sluice-request-id": "a\u00e9" })).toMatchObject({
      clientRequestId: null,
      quality: ["client_request_id_invalid"],
    })
  })

  it("reads a traceparent and forwards it", () => {
    const value = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    const head = read({ traceparent: value })
    expect(head).toMatchObject({ traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7" })
    expect(head.forward).toEqual(["traceparent", value])
    expect(read({ traceparent: "00-00000000000000000000000000000000-00f067aa0ba902b7-01" }).traceId).toBeNull()
  })

  it("never forwards anything that begins like a key of ours", () => {
    const names = fc.constantFrom(
      "authorization",
      "x-api-key",
      "api-key",
      "x-goog-api-key",
      "x-sluice-key",
      "accept",
      "cookie",
    )
    fc.assert(
      fc.property(fc.uniqueArray(names), (present) => {
        const head = read(present.flatMap((name) => [name, name === "accept" ? "*/*" : key]))
        return !head.forward.some((value) => value.includes("slk_"))
      }),
    )
  })
})
