/** The addresses that are kept, one of them the default, and a form for one more. */
import { MOST_ADDRESSES, type SavedAddress } from '@meshmart/contracts'
import { Button, Skeleton } from '@meshmart/ui'
import { useState } from 'react'
import { addAddress, listAddresses, removeAddress, replaceAddress } from '../api/shop.ts'
import { useLoaded } from '../loaded.ts'
import { LoadFailed, Notice, wordsFor } from '../shell/notice.tsx'
import { useTexts } from '../texts/language.tsx'
import { AddressForm } from './address-form.tsx'
import { useSending } from './sending.ts'

export function AddressBook() {
  const texts = useTexts()
  const { account } = texts
  const { loaded, reload } = useLoaded('addresses', listAddresses)
  const [adding, setAdding] = useState(false)
  const { busy, failure, send } = useSending()
  const addresses = loaded.state === 'ready' ? loaded.value.items : []
  const act = (work: () => Promise<unknown>) =>
    send(async () => {
      await work()
      reload()
    })

  return (
    <section aria-labelledby="addresses-heading">
      <h2 id="addresses-heading">{account.addresses}</h2>
      {loaded.state === 'loading' && <Skeleton height="96px" />}
      {loaded.state === 'failed' && <LoadFailed error={loaded.error} retry={reload} />}
      {loaded.state === 'ready' && addresses.length === 0 && <p className="soft">{account.noAddresses}</p>}
      {failure !== null && <Notice words={wordsFor(failure, texts)} />}
      <ul className="own__addresses">
        {addresses.map((address) => (
          <li key={address.id}>
            <AddressLines address={address} />
            <div className="row">
              {!address.isDefault && (
                <Button variant="text" disabled={busy} onClick={() => act(() => makeDefault(address))}>
                  {account.makeDefault}
                </Button>
              )}
              <Button variant="text" disabled={busy} onClick={() => act(() => removeAddress(address.id))}>
                {account.removeAddress}
              </Button>
            </div>
          </li>
        ))}
      </ul>
      {adding ? (
        <AddressForm
          save={async (address) => {
            await addAddress(address)
            setAdding(false)
            reload()
          }}
          cancel={() => setAdding(false)}
        />
      ) : (
        loaded.state === 'ready' &&
        addresses.length < MOST_ADDRESSES && (
          <Button variant="quiet" onClick={() => setAdding(true)}>
            {account.addAddress}
          </Button>
        )
      )}
    </section>
  )
}

function AddressLines({ address }: { address: SavedAddress }) {
  const { account } = useTexts()
  const { name, line1, line2, postalCode, city, country, isDefault } = address
  return (
    <p>
      <strong>{name}</strong> {isDefault && <span className="soft">({account.defaultAddress})</span>}
      <br />
      {[line1, line2, `${postalCode} ${city}`, country].filter(Boolean).join(', ')}
    </p>
  )
}

const makeDefault = ({ id, isDefault: _before, ...address }: SavedAddress) =>
  replaceAddress(id, { ...address, isDefault: true })
