import { useState } from 'preact/hooks'
import { formatRatio } from '../../src/model/format.ts'
import { useWidth } from './use-width.ts'

export interface FlameGraphNode {
  name: string
  file: string | null
  line: number | null
  value: number
  self: number
  children: FlameGraphNode[]
}

const rowHeight = 20
const minWidth = 2
const maxRows = 40

interface Box {
  flame: FlameGraphNode
  x: number
  width: number
  row: number
}

/** Where a process spends its time: each function above what it calls. A click shows one function over the whole width. */
export function FlameGraph({ root, unit }: { root: FlameGraphNode; unit: string }) {
  const [element, width] = useWidth<HTMLDivElement>()
  const [focus, setFocus] = useState<FlameGraphNode>(root)
  const [hovered, setHovered] = useState<FlameGraphNode>(root)
  const boxes = layOut(focus, width)
  const height = (Math.max(...boxes.map(({ row }) => row)) + 1) * rowHeight
  const shareOf = ({ value }: FlameGraphNode) => formatRatio(root.value > 0 ? value / root.value : 0)
  return (
    <div ref={element} class="chart">
      <p class="readout">
        <strong>{hovered.name}</strong> {hovered.file ? `${hovered.file}:${hovered.line ?? ''} ` : ''}· {shareOf(hovered)} of the{' '}
        {unit}
        {focus !== root && (
          <button type="button" class="quiet" onClick={() => setFocus(root)}>
            Show everything
          </button>
        )}
      </p>
      {/* biome-ignore lint/a11y/useSemanticElements: an SVG has no field sets */}
      <svg width={width} height={height} class="flame" role="group" aria-label="Flame graph">
        {boxes.map(({ flame, x, width, row }, index) => (
          // biome-ignore lint/a11y/useSemanticElements: an SVG has no buttons
          <g
            key={index}
            role="button"
            tabIndex={width > 30 ? 0 : -1}
            aria-label={`${flame.name}, ${shareOf(flame)}`}
            onClick={() => setFocus(flame)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' && event.key !== ' ') return
              event.preventDefault()
              setFocus(flame)
            }}
            onPointerEnter={() => setHovered(flame)}
            onFocus={() => setHovered(flame)}
          >
            <rect
              class={`heat-${hashOf(flame.name) % 5}`}
              x={x}
              y={row * rowHeight}
              width={Math.max(1, width - 1)}
              height={rowHeight - 1}
              rx="2"
            />
            {width > 36 && (
              <text x={x + 4} y={row * rowHeight + 14}>
                {flame.name.slice(0, Math.floor((width - 8) / 6.6))}
              </text>
            )}
          </g>
        ))}
      </svg>
    </div>
  )
}

function layOut(root: FlameGraphNode, width: number): Box[] {
  const boxes: Box[] = []
  const place = (flame: FlameGraphNode, x: number, size: number, row: number) => {
    if (size < minWidth || row >= maxRows) return
    boxes.push({ flame, x, width: size, row })
    let at = x
    for (const child of flame.children) {
      const share = flame.value > 0 ? (size * child.value) / flame.value : 0
      place(child, at, share, row + 1)
      at += share
    }
  }
  place(root, 0, width, 0)
  return boxes
}

const hashOf = (text: string) => [...text].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) >>> 0, 7)
