/** A new version of the app is fetched in the background and put on while the person does something else. */

const ASK_EVERY_MS = 3_600_000

/** Something typed and not yet kept: nobody pulls the page away from under it. */
export function isBusy(page: ParentNode = document): boolean {
  const fields = page.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('textarea, input')
  const isTyped = [...fields].some(
    (field) => !['checkbox', 'radio'].includes(field.type) && field.value !== field.defaultValue,
  )
  return isTyped || page.querySelector('[aria-busy="true"]') !== null
}

/** Keep the app's own pages on the phone from now on. */
export async function keepOnPhone(): Promise<void> {
  const workers = (navigator as { serviceWorker?: ServiceWorkerContainer }).serviceWorker
  if (!import.meta.env.PROD || !workers) return
  let isWanted = false
  workers.addEventListener('controllerchange', () => {
    if (isWanted) location.reload()
  })
  const kept = await workers.register('/sw.js', { scope: '/app', updateViaCache: 'none' }).catch(() => null)
  if (!kept) return
  let asked = Date.now()
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') {
      isWanted = kept.waiting !== null && !isBusy()
      if (isWanted) kept.waiting?.postMessage({ type: 'switch' })
    } else if (Date.now() - asked > ASK_EVERY_MS) {
      asked = Date.now()
      void kept.update().catch(() => undefined)
    }
  })
}
