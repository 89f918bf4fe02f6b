/** The few signs that both rooms use, drawn on one 24 px grid with one stroke. They are decoration: the words stand beside them. */
import type { ReactNode } from 'react'

const draw = (paths: ReactNode) =>
  function Icon() {
    return (
      <svg
        className="icon"
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.6"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
      >
        {paths}
      </svg>
    )
  }

export const LockIcon = draw(
  <>
    <rect x="5" y="11" width="14" height="9" rx="2" />
    <path d="M8 11V8a4 4 0 0 1 8 0v3" />
  </>,
)

export const OpenLockIcon = draw(
  <>
    <rect x="5" y="11" width="14" height="9" rx="2" />
    <path d="M8 11V8a4 4 0 0 1 7.6-1.7" />
  </>,
)

export const BagIcon = draw(
  <>
    <path d="M5 8h14l-1 12H6L5 8Z" />
    <path d="M9 10V7a3 3 0 0 1 6 0v3" />
  </>,
)

export const SearchIcon = draw(
  <>
    <circle cx="11" cy="11" r="6" />
    <path d="m20 20-4.6-4.6" />
  </>,
)

export const CheckIcon = draw(<path d="m5 12.5 4.5 4.5L19 7.5" />)
export const CrossIcon = draw(<path d="m7 7 10 10M17 7 7 17" />)
export const ArrowIcon = draw(<path d="M5 12h14m-5-5 5 5-5 5" />)
export const RepeatIcon = draw(<path d="M4 12a8 8 0 0 1 14-5l2 2m0-5v5h-5M20 12a8 8 0 0 1-14 5l-2-2m0 5v-5h5" />)
