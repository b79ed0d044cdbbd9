import { Check, Copy, type LucideIcon } from "lucide-react"
import { useEffect, useState } from "react"
import { Button, type ButtonProps } from "./button.tsx"
import { useNotify } from "./toasts.tsx"

interface CopyButtonProps extends Pick<ButtonProps, "look" | "size" | "className"> {
  readonly text: string
  /** What is copied, e.g. `Copy request id`. */
  readonly label: string
  /** Words beside the sign; without them the label is the tooltip. */
  readonly words?: string
  readonly icon?: LucideIcon
}

/** Copies a text and says so on itself. Where the browser refuses (an address without TLS), it says what to do. */
export function CopyButton(props: CopyButtonProps) {
  const { text, label, words, icon = Copy, look = "quiet", size = "icon-small", className } = props
  const [isCopied, setIsCopied] = useState(false)
  const notify = useNotify()
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setIsCopied(false), 1600)
    return () => clearTimeout(timer)
  }, [isCopied])
  const copy = async (): Promise<void> => {
    if (await writeClipboard(text)) setIsCopied(true)
    else notify("bad", "The browser did not allow copying. Select the text and copy it by hand.")
  }
  const Icon = isCopied ? Check : icon
  return (
    <Button look={look} size={size} className={className} label={words ? undefined : label} onClick={() => void copy()}>
      <Icon aria-hidden className={isCopied ? "text-good" : undefined} />
      {words && (isCopied ? "Copied" : words)}
      {!words && isCopied && (
        <span role="status" className="sr-only">
          Copied
        </span>
      )}
    </Button>
  )
}

/** The modern way needs a secure context, which an installation on a private network without TLS is not. */
async function writeClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyBySelection(text)
  }
}

function copyBySelection(text: string): boolean {
  const holder = document.createElement("textarea")
  const active = document.activeElement
  holder.value = text
  holder.className = "sr-only"
  document.body.append(holder)
  holder.select()
  const done = document.execCommand("copy")
  holder.remove()
  if (active instanceof HTMLElement) active.focus()
  return done
}
