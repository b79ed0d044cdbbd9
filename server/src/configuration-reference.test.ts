import { describe, expect, it } from "vitest"
import { variables } from "./config-variables.ts"
import { renderConfigurationReference } from "./configuration-reference.ts"

describe("the configuration reference", () => {
  it("is docs/configuration.md, as the schema says it now (vitest -u writes it anew)", async () => {
    await expect(renderConfigurationReference()).toMatchFileSnapshot("../../docs/configuration.md")
  })

  it("has every variable exactly once", () => {
    const text = renderConfigurationReference()
    for (const name of Object.keys(variables)) expect(text.split(`| \`${name}\` |`), name).toHaveLength(2)
  })
})
