import { describe, expect, it } from "vitest"
import { findRoute, protocolOfPath } from "./router.ts"

describe("the router", () => {
  it("finds every documented route of a provider's API", () => {
    for (const path of [
      "/v1/chat/completions",
      "/v1/responses",
      "/v1/embeddings",
      "/v1/completions",
      "/v1/images/generations",
      "/v1/audio/transcriptions",
      "/v1/moderations",
      "/v1/rerank",
      "/v1/files",
      "/v1/batches",
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

  it("takes files, batches, images and sound by their family, with what a request says left out of the record", () => {
    const routeOf = (path: string) => {
      const route = findRoute(path)
      return route.kind === "call" ? [route.endpoint.route, route.endpoint.methods.join(" "), route.tail] : route.kind
    }
    expect(routeOf("/v1/files/file-1")).toEqual(["/v1/files/{id}", "GET DELETE", "/files/file-1"])
    expect(routeOf("/v1/files/file-1/content")).toEqual(["/v1/files/{id}/content", "GET", "/files/file-1/content"])
    expect(routeOf("/v1/batches/batch_1/cancel")).toEqual([
      "/v1/batches/{id}/cancel",
      "POST",
      "/batches/batch_1/cancel",
    ])
    expect(routeOf("/v1/audio/voices")).toEqual(["/v1/audio/{path}", "GET POST DELETE", "/audio/voices"])
    for (const path of ["/v1/files/", "/v1/files/a//b", "/v1/files/../x", "/v1/files/%2e%2e/x", "/v1/files/a%2fb"]) {
      expect(routeOf(path)).toBe("unknown")
    }
    for (const path of ["/v1/files/{id}", "/v1/images", "/v1/moderations/x", "/v1/files/a#b", "/v1/assistants"]) {
      expect(routeOf(path)).toBe("unknown")
    }
  })

  it("takes Azure's paths: below a deployment, below its /v1, below nothing", () => {
    expect(findRoute("/openai/deployments/my-gpt/chat/completions")).toMatchObject({
      kind: "call",
      azure: true,
      model: "my-gpt",
      tail: "/chat/completions",
      endpoint: { route: "/v1/chat/completions" },
    })
    expect(findRoute("/openai/v1/responses")).toMatchObject({ azure: true, model: null, tail: "/responses" })
    expect(findRoute("/openai/files/file-1")).toMatchObject({ azure: true, tail: "/files/file-1" })
    expect(findRoute("/openai/models")).toEqual({ kind: "models", dialect: "v1", model: null })
    for (const path of [
      "/openai/deployments/../chat/completions",
      "/openai/deployments/%2e%2e/chat/completions",
      "/openai/deployments/a%2Fb/chat/completions",
      "/openai/deployments/x",
      "/openai/v1/messages",
    ]) {
      expect(findRoute(path).kind).toBe("unknown")
    }
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
      "gemini-2.5-pro:generateContent#x-flash",
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
