import { useState } from "react"
import { PageHeader } from "../../components/page-header.tsx"
import { Arrival } from "./arrival.tsx"
import { CredentialStep } from "./credential-step.tsx"
import { KeyStep } from "./key-step.tsx"
import { SnippetStep } from "./snippet-step.tsx"
import type { ClientId } from "./snippets.ts"

/** The first five minutes: a credential, a key, three changed lines, and the sign that the first request came. */
export function Quickstart() {
  const [client, setClient] = useState<ClientId>("openai")
  return (
    <div className="mx-auto grid max-w-3xl gap-6 px-6 py-8 max-md:px-4 max-md:py-5">
      <PageHeader title="Quickstart">
        Send one request through the gateway. The application changes its base URL and its key; everything else stays.
      </PageHeader>
      <Arrival />
      <ol className="grid gap-6">
        <CredentialStep />
        <KeyStep />
        <SnippetStep client={client} onClient={setClient} />
      </ol>
    </div>
  )
}
