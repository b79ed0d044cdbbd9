import type { ReactNode } from "react"
import { classNames } from "./class-names.ts"
import { CopyButton } from "./copy-button.tsx"

interface CodeBlockProps {
  /** What the code is, for screen readers. */
  readonly label: string
  readonly lines: readonly { readonly text: string; readonly isMarked: boolean }[]
  readonly heading?: ReactNode
}

/** Code to copy; the lines that matter are marked by colour and by a bar. */
export function CodeBlock({ label, lines, heading }: CodeBlockProps) {
  const numbered = lines.map((line, index) => ({ ...line, number: index + 1 }))
  return (
    <figure className="m-0 overflow-hidden rounded-lg border border-line bg-sunken">
      <figcaption className="flex h-10 items-center justify-between border-line border-b pr-1.5 pl-2">
        <span className="sr-only">{label}</span>
        {heading ?? <span />}
        <CopyButton size="small" text={lines.map(({ text }) => text).join("\n")} label="Copy the code" words="Copy" />
      </figcaption>
      {/* Long lines wrap: a block that scrolls sideways hides the key's end on a phone. */}
      <pre className="whitespace-pre-wrap break-all py-3 font-mono text-xs leading-5">
        <code className="grid">
          {numbered.map(({ number, text, isMarked }) => (
            <span
              key={number}
              className={classNames(
                "border-l-2 px-3.5",
                isMarked ? "border-accent bg-accent-soft text-ink" : "border-transparent text-ink-soft",
              )}
            >
              {text === "" ? " " : text}
            </span>
          ))}
        </code>
      </pre>
    </figure>
  )
}
