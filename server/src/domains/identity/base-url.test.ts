import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { normaliseBaseUrl } from "./base-url.ts"

describe("a credential's base URL", () => {
  it("ends before what Azure puts at the beginning of its paths, and at Azure only", () => {
    for (const given of [
      "https://r.openai.azure.com/openai/v1/",
      "https://r.openai.azure.com/openai",
      "https://r.openai.azure.com",
    ]) {
      expect(normaliseBaseUrl(given, true, "azure").url).toBe("https://r.openai.azure.com")
    }
    expect(normaliseBaseUrl("https://api.groq.com/openai/v1", true, "groq").url).toBe("https://api.groq.com/openai")
  })

  it.each([
    ["https://host", "https://host"],
    ["https://host/", "https://host"],
    ["https://host/v1", "https://host"],
    ["https://host/v1/", "https://host"],
    ["https://host/v1beta", "https://host"],
    ["https://host:8443/openai/v1", "https://host:8443/openai"],
    ["http://127.0.0.1:8000/v1", "http://127.0.0.1:8000"],
    ["https://HOST/Path", "https://host/Path"],
    ["https://host/v1/v1", "https://host/v1"],
    ["https://host/av1", "https://host/av1"],
  ])("%s is kept as %s", (given, kept) => {
    expect(normaliseBaseUrl(given, true)).toEqual({ url: kept, mistake: null })
  })

  it.each([
    "http://169.254.169.254/latest",
    "http://2852039166/",
    "http://0xa9fea9fe",
    "http://0251.0376.0251.0376/",
    "http://[::ffff:169.254.169.254]/",
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/",
    "http://100.100.100.200",
    "http://metadata.google.internal/",
    "http://METADATA.google.internal./",
  ])("%s is refused, however it is written", (given) => {
    expect(normaliseBaseUrl(given, true)).toMatchObject({
      url: null,
      mistake: expect.stringMatching(/metadata|link-local/),
    })
  })

  it.each([
    "http://10.0.0.8:8000",
    "http://localhost:11434",
    "http://[::1]/",
    "http://127.1/",
    "http://ollama.localhost",
  ])("%s is refused where private addresses are not allowed", (given) => {
    expect(normaliseBaseUrl(given, false).mistake).toContain("private")
    expect(normaliseBaseUrl(given, true).mistake).toBeNull()
  })

  it.each([
    ["ftp://host", "http"],
    ["not a url", "http"],
    ["https://user:password@host", "user name"],
    ["https://host/?key=1", "query"],
    ["https://host/#part", "fragment"],
  ])("%s is refused with what is expected instead", (given, words) => {
    expect(normaliseBaseUrl(given, true).mistake).toContain(words)
  })

  it("stays as it is when it is given again", () => {
    fc.assert(
      fc.property(fc.webUrl(), (given) => {
        const once = normaliseBaseUrl(given, true).url
        if (once === null || /\/v1(beta)?$/.test(once)) return
        expect(normaliseBaseUrl(once, true).url).toBe(once)
      }),
    )
  })
})
