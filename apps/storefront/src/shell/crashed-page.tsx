/** Shown in place of a page whose code threw. The error itself goes to the browser's console by the router. */
import { Button, buttonClass } from '@meshmart/ui'
import { useTexts } from '../texts/language.tsx'
import { PageTitle } from './page-title.tsx'

export function CrashedPage() {
  const { failure } = useTexts()
  return (
    <div className="empty" role="alert">
      <PageTitle>{failure.crashed}</PageTitle>
      <h1>{failure.crashed}</h1>
      <p>{failure.crashedHint}</p>
      <p className="row">
        <Button onClick={() => location.reload()}>{failure.reload}</Button>
        {/* A full load on purpose: whatever broke must not survive. */}
        <a className={buttonClass('quiet')} href="/">
          {failure.home}
        </a>
      </p>
    </div>
  )
}
