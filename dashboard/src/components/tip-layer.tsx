import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react"

const openAfterMs = 350
const tipId = "tip"
const gapPx = 6
const edgePx = 8

/** Asks for the tip of an element that has no focus of its own, such as a grid's active cell; `null` takes it away. */
export function showTip(element: Element | null): void {
  document.dispatchEvent(new CustomEvent("sluice-tip", { detail: element }))
}

/**
 * One tooltip for the whole page: any element with `data-tip` gets it on hover and on focus. One layer instead of a component
 * per cell keeps a table of thousands of them light. It can be hovered, and Escape dismisses it (WCAG 1.4.13).
 */
export function TipLayer() {
  const [target, setTarget] = useState<Element | null>(null)
  const tip = useRef<HTMLDivElement>(null)
  useTipEvents(tip, setTarget)
  useLayoutEffect(() => {
    const element = tip.current
    if (!target || !element) return
    target.setAttribute("aria-describedby", tipId)
    element.showPopover()
    place(element, target.getBoundingClientRect())
    return () => {
      target.removeAttribute("aria-describedby")
      if (element.isConnected) element.hidePopover()
    }
  }, [target])
  return (
    <div
      ref={tip}
      id={tipId}
      role="tooltip"
      popover="manual"
      className="fixed m-0 max-w-72 whitespace-pre-line rounded-md border border-line bg-surface px-2 py-1 text-ink text-xs shadow-float"
    >
      {target?.getAttribute("data-tip")}
    </div>
  )
}

function useTipEvents(tip: RefObject<HTMLDivElement | null>, setTarget: (target: Element | null) => void): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const listeners = new AbortController()
    const { signal } = listeners
    const open = (target: Element | null, afterMs: number): void => {
      clearTimeout(timer)
      timer = setTimeout(() => setTarget(target), afterMs)
    }
    const over = (event: PointerEvent): void => {
      if (event.pointerType === "touch" || tip.current?.contains(event.target as Node)) {
        clearTimeout(timer)
        return
      }
      const target = tipTargetOf(event.target)
      open(target, target ? openAfterMs : 120)
    }
    document.addEventListener("pointerover", over, { signal })
    document.addEventListener(
      "focusin",
      (event) => {
        const target = tipTargetOf(event.target)
        open(target?.matches(":focus-visible") ? target : null, 0)
      },
      { signal },
    )
    document.addEventListener("focusout", () => open(null, 0), { signal })
    document.addEventListener("sluice-tip", (event) => open((event as CustomEvent<Element | null>).detail, 0), {
      signal,
    })
    document.addEventListener("pointerdown", () => open(null, 0), { signal })
    document.addEventListener("scroll", () => open(null, 0), { signal, capture: true, passive: true })
    document.addEventListener("keydown", (event) => event.key === "Escape" && open(null, 0), { signal })
    return () => {
      clearTimeout(timer)
      listeners.abort()
    }
  }, [tip, setTarget])
}

function tipTargetOf(target: EventTarget | null): Element | null {
  return target instanceof Element ? target.closest("[data-tip]") : null
}

/** Below the target when there is room, above it otherwise, and never past an edge of the window. */
function place(tip: HTMLElement, around: DOMRect): void {
  const { width, height } = tip.getBoundingClientRect()
  const below = around.bottom + gapPx
  const top = below + height > innerHeight - edgePx ? around.top - gapPx - height : below
  const left = around.left + around.width / 2 - width / 2
  tip.style.top = `${Math.max(edgePx, top)}px`
  tip.style.left = `${Math.max(edgePx, Math.min(left, innerWidth - width - edgePx))}px`
}
