/** Made-up exchanges, for tests of other domains. */
export { type ExamplePlace, exampleBatch, exampleExchange, exampleUsage } from "../domains/requests/example-exchange.ts"
