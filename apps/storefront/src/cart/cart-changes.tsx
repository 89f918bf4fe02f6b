/** What has changed in the cart by itself since its owner last saw it: said wherever it matters, until they agree or order. */
import { formatMoney } from '@meshmart/contracts'
import { Button } from '@meshmart/ui'
import { useState } from 'react'
import { Notice, wordsFor } from '../shell/notice.tsx'
import { useLanguage } from '../texts/language.tsx'
import { useCart } from './cart.tsx'

export function CartChanges() {
  const { language, texts } = useLanguage()
  const { cart, changes, agree } = useCart()
  const [failure, setFailure] = useState<unknown>(null)
  const gone = cart?.gone ?? []
  if (changes.length === 0 && gone.length === 0) return null
  const words = texts.cart.changes
  const accept = async () => {
    setFailure(null)
    await agree().catch(setFailure)
  }
  return (
    <div className="notice notice--quiet cart__changes" role="alert">
      <p>{words.title}</p>
      <ul>
        {changes.map(({ sku, name, before, after }) => (
          <li key={sku}>{words.price(name[language], formatMoney(before, language), formatMoney(after, language))}</li>
        ))}
        {gone.map(({ sku, name }) => (
          <li key={sku}>{words.gone(name[language])}</li>
        ))}
      </ul>
      <Button variant="quiet" onClick={() => void accept()}>
        {words.agree}
      </Button>
      {failure !== null && <Notice words={wordsFor(failure, texts)} />}
    </div>
  )
}
