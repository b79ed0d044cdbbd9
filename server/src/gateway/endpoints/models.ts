import type { Protocol } from "@sluice/protocol/providers"
import { type Endpoint, modelCall } from "./endpoint.ts"

/** Listing models: answered from the catalog, in the shape of the protocol that asks. */
export const listModels = (protocol: Protocol): Endpoint => ({
  ...modelCall,
  methods: ["GET"],
  route: protocol === "gemini" ? "/v1beta/models" : "/v1/models",
  protocol,
  operation: "models",
  format: null,
})
