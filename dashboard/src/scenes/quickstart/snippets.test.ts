import { describe, expect, it } from "vitest"
import { clients, createSnippet, keyPlaceholder, languagesOf } from "./snippets.ts"

const all = clients.flatMap(({ id }) => languagesOf(id).map((language) => ({ client: id, language })))

describe("createSnippet", () => {
  it.each(all)("fills $client in $language with the address and the key, on lines marked as ours", (choice) => {
    const lines = createSnippet({ ...choice, gatewayUrl: "http://gate.example:8484/", key: "slk_pFresh" })
    const ours = lines.filter(({ isOurs }) => isOurs).map(({ text }) => text)
    expect(ours).toHaveLength(2)
    expect(ours.join("\n")).toContain("http://gate.example:8484")
    expect(ours.join("\n")).not.toContain("8484//")
    expect(ours.join("\n")).toContain("slk_pFresh")
  })

  it.each(all)("shows a placeholder in $client in $language that no key looks like", (choice) => {
    const text = createSnippet({ ...choice, gatewayUrl: "http://g", key: null })
      .map((line) => line.text)
      .join("\n")
    expect(text).toContain(keyPlaceholder)
    expect(text).not.toContain("slk_")
  })

  it("gives the OpenAI SDK the root with its version, and the others the bare root", () => {
    const text = (client: "openai" | "anthropic" | "gemini") =>
      createSnippet({ client, language: "python", gatewayUrl: "http://g", key: null })
        .map((line) => line.text)
        .join("\n")
    expect(text("openai")).toContain('base_url="http://g/v1"')
    expect(text("anthropic")).toContain('base_url="http://g"')
    expect(text("gemini")).toContain('"base_url": "http://g"')
  })

  it("keeps the Gemini SDK for Python on v1beta: newer ones ask for v1, which is not a route of the gateway", () => {
    const lines = createSnippet({ client: "gemini", language: "python", gatewayUrl: "http://g", key: null })
    expect(lines.filter(({ isOurs }) => isOurs).map(({ text }) => text)[0]).toContain('"api_version": "v1beta"')
  })
})
