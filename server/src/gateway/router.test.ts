import { describe, expect, it } from "vitest"
import { findRoute, protocolOfPath } from "./router.ts"

describe("the router", () => {
  it("finds every documented route of a provider's API", () => {
    for (const path of [
      "/v1/chat/completions",
      "/v1/responses",
      "/v1/embeddings",
      "/v1/messages",
      "/v1/messages/count_tokens",
    ]) {
      expect(findRoute(path)).toMatchObject({ kind: "call", endpoint: { route: path } })
    }
  })

  it("takes the model out of a Gemini path, decoded", () => {
    expect(findRoute("/v1beta/models/gemini-2.5-pro:streamGenerateContent")).toMatchObject({
      kind: "call",
      model: "gemini-2.5-pro",
      endpoint: { route: "/v1beta/models/{model}:streamGenerateContent", alwaysStreams: true },
    })
    expect(findRoute("/v1beta/models/tuned%3Amine:generateContent")).toMatchObject({ model: "tuned:mine" })
  })

  it("takes Gemini's calls under /v1 too, and leaves a listed model with a colon in its name alone", () => {
    expect(findRoute("/v1/models/gemini-2.5-flash:generateContent")).toMatchObject({
      kind: "call",
      model: "gemini-2.5-flash",
    })
    expect(findRoute("/v1/models/ft:gpt-4o:acme")).toMatchObject({ kind: "models", model: "ft:gpt-4o:acme" })
  })

  it("leads a path that cannot be decoded, an empty model and an unknown method nowhere", () => {
    for (const path of [
      "/v1beta/models/%zz:generateContent",
      "/v1beta/models/:generateContent",
      "/v1beta/models/m:explode",
      "/v1/models/",
      "/v2/chat",
      "/v1/chat/completions/",
    ]) {
      expect(findRoute(path).kind).toBe("unknown")
    }
  })

  it("leads a model that climbs out of its place nowhere, written plainly or encoded", () => {
    for (const model of [
      "../../v1/files",
      "..%2F..%2Fv1%2Ffiles",
      "%2e%2e/x",
      "a/../b",
      "..%5Cx",
      "/x",
      "a//b",
      "./a",
    ]) {
      expect(findRoute(`/v1beta/models/${model}:generateContent`).kind).toBe("unknown")
      expect(findRoute(`/v1/models/${model}`).kind).toBe("unknown")
    }
    expect(findRoute("/v1beta/models/gemini%2Fgemini-2.5-flash:generateContent").kind).toBe("call")
  })

  it("finds models, health and the page for people", () => {
    expect(findRoute("/v1/models/gpt-4o")).toEqual({ kind: "models", dialect: "v1", model: "gpt-4o" })
    expect(findRoute("/v1beta/models")).toEqual({ kind: "models", dialect: "gemini", model: null })
    expect(findRoute("/readyz").kind).toBe("ready")
    expect(findRoute("/").kind).toBe("home")
  })

  it("gives an unmatched path the error shape its caller can read", () => {
    expect(protocolOfPath("/v1beta/x")).toBe("gemini")
    expect(protocolOfPath("/v1/messages/batches")).toBe("anthropic")
    expect(protocolOfPath("/nowhere")).toBe("openai")
  })
})
