import { CreateCredential } from "@sluice/protocol/api/credentials"
import { providerNames } from "@sluice/protocol/providers"
import { describe, expect, it } from "vitest"
import { toCreateCredential } from "./credential-draft.ts"

const draft = {
  provider: "openai",
  label: "",
  secret: "sk-1",
  baseUrl: "",
  organization: "",
  project: "",
  apiVersion: "",
} as const

describe("toCreateCredential", () => {
  it("leaves out what is blank", () => {
    expect(toCreateCredential(draft)).toEqual({ provider: "openai", secret: "sk-1" })
  })

  it("takes off the white space that a paste brings along", () => {
    expect(toCreateCredential({ ...draft, secret: " sk-1\n", label: " prod " })).toMatchObject({
      secret: "sk-1",
      label: "prod",
    })
  })

  it("leaves out fields that were filled in for another provider", () => {
    const filled = { ...draft, baseUrl: "https://x.example", organization: "org-1", project: "" }
    expect(toCreateCredential(filled)).toEqual({
      provider: "openai",
      secret: "sk-1",
      options: { organization: "org-1" },
    })
    expect(toCreateCredential({ ...filled, provider: "custom" })).toEqual({
      provider: "custom",
      secret: "sk-1",
      base_url: "https://x.example",
    })
  })

  it("takes an endpoint and a version to Azure, and the version nowhere else", () => {
    const filled = { ...draft, baseUrl: "https://r.openai.azure.com", apiVersion: " 2024-10-21 " }
    expect(toCreateCredential({ ...filled, provider: "azure" })).toEqual({
      provider: "azure",
      secret: "sk-1",
      base_url: "https://r.openai.azure.com",
      options: { api_version: "2024-10-21" },
    })
    expect(toCreateCredential(filled)).toEqual({ provider: "openai", secret: "sk-1" })
  })

  it("makes what the API accepts", () => {
    for (const provider of providerNames) {
      const body = toCreateCredential({ ...draft, provider, baseUrl: "http://localhost:9000" })
      expect(CreateCredential.safeParse(body).success).toBe(true)
    }
  })
})
