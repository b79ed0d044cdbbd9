import { describe, expect, it } from "vitest"
import { toCreate, toDraft, toUpdate } from "./custom-model-draft.ts"

const draft = { ...toDraft(null), name: " ours ", credentialId: "crd_1" }

describe("the form of a custom model", () => {
  it("sends the name upstream where no other is given, and no price where none is known", () => {
    expect(toCreate(draft)).toEqual({
      name: "ours",
      provider: "custom",
      upstream_model: "ours",
      credential_id: "crd_1",
      base_url: null,
      price: null,
      context_window: null,
      description: null,
    })
  })

  it("sends a base URL only where no credential names the server", () => {
    const keyless = { ...draft, credentialId: "", baseUrl: " http://gpu:8000 " }
    expect(toCreate(keyless)).toMatchObject({ credential_id: null, base_url: "http://gpu:8000" })
    expect(toCreate({ ...keyless, credentialId: "crd_1" }).base_url).toBeNull()
  })

  it("shows and sends back everything a model has", () => {
    const price = {
      input_per_million_usd: "1",
      output_per_million_usd: "2",
      cache_read_per_million_usd: "0.1",
      cache_write_per_million_usd: null,
    }
    const model = { name: "ours", price, context_window: 131072, description: "On the GPU box" }
    expect(toUpdate(toDraft(model as Parameters<typeof toDraft>[0]))).toMatchObject(model)
  })

  it("takes a price away when all its fields are emptied, and sends a rate of the cache alone to be refused", () => {
    expect(toUpdate({ ...draft, inputPrice: " " }).price).toBeNull()
    expect(toUpdate({ ...draft, cacheWritePrice: "3" }).price).toEqual({
      input_per_million_usd: "",
      output_per_million_usd: "",
      cache_read_per_million_usd: null,
      cache_write_per_million_usd: "3",
    })
  })
})
