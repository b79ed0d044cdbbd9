import { Tabs } from "radix-ui"
import { useState } from "react"
import { CodeBlock } from "../../components/code-block.tsx"
import { useFreshKey } from "../../hooks/use-fresh-key.ts"
import { useMe } from "../../hooks/use-me.ts"
import { type ClientId, clients, createSnippet, type Language, languagesOf, languageTitles } from "./snippets.ts"
import { Step } from "./step.tsx"

interface SnippetStepProps {
  readonly client: ClientId
  readonly onClient: (client: ClientId) => void
}

/** The lines to change, in the client and language the reader uses. */
export function SnippetStep({ client, onClient }: SnippetStepProps) {
  const { gateway_url: gatewayUrl } = useMe()
  const { freshKey } = useFreshKey()
  const [wanted, setWanted] = useState<Language>("python")
  const languages = languagesOf(client)
  const language = languages.includes(wanted) ? wanted : languages[0]!
  const lines = createSnippet({ client, language, gatewayUrl, key: freshKey?.key ?? null })
  return (
    <Step number={3} title="Point the application at the gateway">
      <Tabs.Root value={client} onValueChange={(value) => onClient(value as ClientId)} className="grid gap-3">
        <Tabs.List aria-label="Client" className="flex gap-4 overflow-x-auto border-line border-b">
          {clients.map(({ id, title }) => (
            <Tabs.Trigger
              key={id}
              value={id}
              className="-mb-px shrink-0 border-transparent border-b-2 px-0.5 pb-2 font-medium text-ink-mute -outline-offset-2 hover:text-ink data-[state=active]:border-accent data-[state=active]:text-ink"
            >
              {title}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <Tabs.Content value={client} tabIndex={-1} className="grid gap-3">
          <CodeBlock
            label={`${languageTitles[language]} with the gateway's address`}
            lines={lines.map(({ text, isOurs }) => ({ text, isMarked: isOurs }))}
            heading={<LanguageChoice languages={languages} language={language} onLanguage={setWanted} />}
          />
          <p className="text-ink-mute text-xs">
            Marked lines differ from calling the provider directly. Send the header{" "}
            <code className="font-mono">X-Sluice-Feature</code> to see later which part of the application asked.
          </p>
        </Tabs.Content>
      </Tabs.Root>
    </Step>
  )
}

interface LanguageChoiceProps {
  readonly languages: readonly Language[]
  readonly language: Language
  readonly onLanguage: (language: Language) => void
}

function LanguageChoice({ languages, language, onLanguage }: LanguageChoiceProps) {
  return (
    <fieldset className="flex gap-1">
      <legend className="sr-only">Language</legend>
      {languages.map((each) => (
        <button
          key={each}
          type="button"
          aria-pressed={each === language}
          onClick={() => onLanguage(each)}
          className="h-6 rounded px-2 text-ink-mute text-xs hover:text-ink aria-pressed:bg-surface aria-pressed:font-medium aria-pressed:text-ink"
        >
          {languageTitles[each]}
        </button>
      ))}
    </fieldset>
  )
}
