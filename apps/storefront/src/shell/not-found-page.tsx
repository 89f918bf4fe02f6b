import { buttonClass } from '@meshmart/ui'
import { Link } from 'react-router'
import { useTexts } from '../texts/language.tsx'
import { Empty } from './empty.tsx'
import { PageTitle } from './page-title.tsx'

export function NotFoundPage() {
  const texts = useTexts()
  return (
    <>
      <PageTitle>{texts.notFound.title}</PageTitle>
      <Empty title={texts.notFound.title} hint={texts.notFound.hint}>
        <Link className={buttonClass('primary')} to="/">
          {texts.failure.home}
        </Link>
      </Empty>
    </>
  )
}
